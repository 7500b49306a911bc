"""Rows of a data file as a correlated pair."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, final

import attrs
from wzsim.contracts import OneOf, PairSource, Range, doc

from wzsim_data.split import PARTS

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from wzsim_data.reading import Pairs


@final
@attrs.frozen(kw_only=True)
class DataPair(PairSource):
    """Rows (x, y) of a data file, drawn with replacement.

    X = x + x_offset and Y = y_slope * y + y_offset, so that data can be put on the
    scale of a code that was designed for zero means. `part` leaves rows out: `held-out` is the
    third and the eighth tenth of the file, `training` the rest. The file is read at the first
    draw, not before: a result whose data is elsewhere still opens. `sample` raises
    InputError where the file cannot be read or holds something that is no number.
    """

    name: ClassVar[str] = "data"

    path: str = attrs.field(
        metadata=doc(
            "CSV, NPY, Parquet or HDF5 file, or a folder of NPY files; a relative path "
            "begins at the working directory"
        )
    )
    x: str = attrs.field(metadata=doc("column of the source to encode"))
    y: str = attrs.field(metadata=doc("column of the side information"))
    part: str = attrs.field(
        default="all",
        validator=OneOf(PARTS),
        metadata=doc("rows to draw from: held-out is the third and the eighth tenth of the file"),
    )
    x_offset: float = attrs.field(
        default=0.0, validator=Range(), metadata=doc("added to x [units]")
    )
    y_slope: float = attrs.field(default=1.0, validator=Range(), metadata=doc("factor of y"))
    y_offset: float = attrs.field(
        default=0.0, validator=Range(), metadata=doc("added to the scaled y [units]")
    )

    @property
    def block_length(self) -> int:
        return 1

    def files(self) -> tuple[str, ...]:
        return (self.path,)

    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        import torch

        pairs = _read(self.path, self.x, self.y, self.part, _age(self.path))
        device = generator.device
        rows = torch.randint(len(pairs.x), (batch, 1), generator=generator, device=device)
        chosen = rows.cpu().numpy()
        x = pairs.x[chosen] + self.x_offset
        y = self.y_slope * pairs.y[chosen] + self.y_offset
        return torch.from_numpy(x).float().to(device), torch.from_numpy(y).float().to(device)


def _age(path: str) -> tuple[int, int] | None:
    """What changes when somebody writes the file again."""
    try:
        status = Path(path).stat()
    except OSError:
        return None  # reading it says what is wrong
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=2)
def _read(path: str, x: str, y: str, part: str, _age: tuple[int, int] | None) -> Pairs:
    from wzsim_data.reading import read_pairs

    return read_pairs(path, x, y).part(part)
