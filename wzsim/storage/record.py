"""What a comparison needs to know of a result: thousands of these fit where few results do."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, final
from weakref import WeakValueDictionary

import attrs
import numpy as np

from wzsim.errors import printable, printable_data
from wzsim.simulation.coding_figures import CodingFigures
from wzsim.simulation.result import BoundCurve, Result, StageFigures


@final
@attrs.frozen(kw_only=True, eq=False)
class Record:
    """A result without its code, training and pictures.

    Its texts are safe to show: what would steer a terminal is escaped.
    """

    name: str
    title: str
    scenario: Mapping[str, Any]
    """Resolved: every key, defaults included, as plain JSON data."""
    stages: StageFigures
    """Of the stages in `stage_numbers`."""
    stage_numbers: tuple[int, ...]
    """From 1; all of them unless some were selected."""
    layers: int
    """K, how many stages the code has."""
    bounds: Mapping[str, BoundCurve]
    flags: tuple[str, ...]
    status: Literal["complete", "failed"]
    distortion_unit: str
    loss: float | None
    """Of the whole hard code [nat]; None where none was measured."""
    uses_side_information: bool | None
    """Whether the rate is that of a Slepian-Wolf coder; None where the file does not say."""
    coding: CodingFigures | None = None
    """Real bits of the stages in `stage_numbers`; None where no coder ran."""
    content_sha256: str
    """The content hash of its file (of a result from no file: the one that its file would have)."""
    file: str = ""
    """As the user named it; empty for a result that came from no file."""

    @classmethod
    def of(cls, result: Result, *, file: str = "", content_sha256: str = "") -> Record:
        """The record of a result in memory."""
        loss = result.evaluation.get("loss")
        uses = result.evaluation.get("uses_side_information")
        return cls(
            name=printable(result.name),
            title=printable(result.title),
            scenario=printable_data(result.scenario),
            stages=result.stages,
            stage_numbers=tuple(range(1, result.stages.stages + 1)),
            layers=result.stages.stages,
            bounds={
                printable(name): readable_bound(curve) for name, curve in result.bounds.items()
            },
            flags=tuple(map(printable, result.flags)),
            status=result.status,
            distortion_unit=printable(result.distortion_unit),
            loss=loss if isinstance(loss, float) else None,
            uses_side_information=uses if isinstance(uses, bool) else None,
            coding=result.coding and readable_coding(result.coding),
            content_sha256=content_sha256,
            file=file,
        )

    def only(self, stage_numbers: Sequence[int]) -> Record:
        """The same record with some of its stages, by number."""
        if tuple(stage_numbers) == self.stage_numbers:
            return self
        places = [self.stage_numbers.index(number) for number in stage_numbers]
        stages = StageFigures(
            **{name: array[places] for name, array in self.stages.arrays().items()},
            errors={name: array[places] for name, array in self.stages.errors.items()},
        )
        coding = self.coding and self.coding.only(places)
        return attrs.evolve(self, stages=stages, stage_numbers=tuple(stage_numbers), coding=coding)


def readable_bound(curve: BoundCurve) -> BoundCurve:
    """A bound whose texts are safe to show."""
    title, certificate = printable(curve.title), printable(curve.certificate)
    if (title, certificate) == (curve.title, curve.certificate):
        return curve
    return attrs.evolve(curve, title=title, certificate=certificate)


def readable_coding(coding: CodingFigures) -> CodingFigures:
    """Real bits whose texts are safe to show."""
    return attrs.evolve(coding, coder=printable(coding.coder))


def bound_key(curve: BoundCurve) -> str:
    """What bounds with the same content, to the last bit, have in common."""
    digest = hashlib.sha256(repr((curve.title, curve.certificate)).encode())
    for array in (curve.rate, curve.distortion, curve.distortion_upper, curve.distortion_db):
        content = b"" if array is None else np.ascontiguousarray(array).tobytes()
        digest.update(len(content).to_bytes(8))
        digest.update(content)
    return digest.hexdigest()


_SHARED: WeakValueDictionary[str, BoundCurve] = WeakValueDictionary()


def shared(curve: BoundCurve) -> BoundCurve:
    """The same curve; those of equal content are one, so that thousands take no memory."""
    return _SHARED.setdefault(bound_key(curve), curve)
