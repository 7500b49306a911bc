"""The Laplacian source."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs
from wzsim.contracts import DensitySource, Range, doc

from wzsim_laplace import law

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
@attrs.frozen(kw_only=True)
class LaplaceSource(DensitySource):
    """Independent samples with density exp(-|v| / scale) / (2 scale).

    >>> LaplaceSource(scale=0.5).variance
    0.5
    """

    name: ClassVar[str] = "laplace"

    scale: float = attrs.field(
        default=1.0, validator=Range(ge=1e-6, le=1e6), metadata=doc("mean of |v| [units]")
    )

    @property
    def variance(self) -> float:
        return law.variance(self.scale)

    def sample(self, batch: int, generator: Generator) -> Tensor:
        import torch

        like = torch.empty(batch, self.block_length, device=generator.device)
        return law.draw(like, self.scale, generator)

    def log_prob(self, value: Tensor) -> Tensor:
        return law.log_density(value, self.scale)

    def interval(self, tail: float) -> tuple[float, float]:
        return law.interval(self.scale, tail)

    def breakpoints(self) -> tuple[float, ...]:
        return (0.0,)
