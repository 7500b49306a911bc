"""Results side by side: what differs between them, and all their numbers as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs

from wzsim.errors import InputError
from wzsim.reporting.compare_labels import (
    ABSENT,
    differing_keys,
    flat,
    label_parts,
    labels_of,
    text,
)
from wzsim.reporting.refinement import with_refinement_loss
from wzsim.simulation.result import Result
from wzsim.storage import ComparedBound, ComparedResult

MOST_FILES = 3
"""Files that an error names for each value."""


@final
@attrs.frozen(eq=False)
class Source:
    """A result to compare, and where it came from."""

    result: Result
    file: str
    """Empty for a result that came from no file."""
    content_sha256: str


@final
@attrs.frozen(kw_only=True)
class Row:
    """One stage of one result. What the result does not have is None."""

    label: str
    stage: int
    """From 1."""
    stage_rate: float
    """[bit/sample]"""
    sum_rate: float
    """[bit/sample]"""
    distortion: float
    """In the unit of the result's distortion."""
    distortion_db: float | None = None
    gap_db: float | None = None
    gap_bits: float | None = None
    """[bit/sample]"""
    refinement_loss_db: float | None = None
    loss: float | None = None
    """Of the whole code [nat]; at its last stage, where all results have one price."""
    errors: Mapping[str, float] = attrs.field(factory=dict)
    """Standard errors of the figures above, by their name, where there are any."""
    file: str = ""
    content_sha256: str = ""


@final
@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """Results side by side, in the order in which they were named."""

    keys: tuple[str, ...]
    """The scenario keys that differ."""
    results: tuple[ComparedResult, ...]
    bounds: tuple[ComparedBound, ...]
    """Every bound once."""

    @property
    def labels(self) -> tuple[str, ...]:
        """What tells each result from the others."""
        return tuple(one.label for one in self.results)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All stages of all results."""
        losses = _losses(self.results)
        return tuple(
            row for one, loss in zip(self.results, losses, strict=True) for row in _rows(one, loss)
        )


def compare_results(sources: Sequence[Source], *, mixed: bool = False) -> Comparison:
    """Put results side by side.

    mixed: also those of different pairs (X, Y) or distortions, whose gaps and
    bounds do not compare. Raises InputError for such results otherwise, and
    where there is no result.
    """
    if not sources:
        raise InputError("there is no result to compare")
    if not mixed:
        _require_one_pair(sources)
    scenarios = [source.result.scenario for source in sources]
    differing = differing_keys(scenarios)
    labels = labels_of(
        label_parts(differing, scenarios), [source.result.name for source in sources]
    )
    refined = with_refinement_loss(
        [source.result for source in sources],
        [measured_pair(source.result) for source in sources],
    )
    results = tuple(
        ComparedResult(
            label=label,
            result=result,
            file=source.file,
            content_sha256=source.content_sha256,
            differing=keys,
        )
        for source, result, label, keys in zip(sources, refined, labels, differing, strict=True)
    )
    names = dict.fromkeys(name for keys in differing for name in keys)
    return Comparison(keys=tuple(sorted(names)), results=results, bounds=_bounds(results))


def measured_pair(result: Result) -> dict[str, Any]:
    """The pair (X, Y) and the distortion that a result was measured with, by key path."""
    scenario = result.scenario
    evaluation = scenario.get("evaluation")
    other = evaluation.get("correlation") if isinstance(evaluation, Mapping) else None
    tables = {
        "correlation": other or scenario.get("correlation") or {},
        "distortion": scenario.get("distortion") or {},
    }
    return flat(tables) | {"distortion unit": result.distortion_unit}


def _require_one_pair(sources: Sequence[Source]) -> None:
    """Raise InputError that names every key in which pairs or distortions differ."""
    pairs = [measured_pair(source.result) for source in sources]
    problems = []
    for key in sorted({key for pair in pairs for key in pair}):
        files: dict[str, list[str]] = {}
        for pair, source in zip(pairs, sources, strict=True):
            value = text(pair.get(key, ABSENT))
            files.setdefault(value, []).append(source.file or source.result.name)
        if len(files) > 1:
            values = " and ".join(f"{value} in {_some(names)}" for value, names in files.items())
            problems.append(f"{key} is {values}")
    if problems:
        raise InputError(
            "the results were measured with different pairs (X, Y) or distortions, so that their "
            f"gaps and bounds do not compare: {'; '.join(problems)}; "
            "--mixed compares them all the same"
        )


def _some(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = len(names) - MOST_FILES
    return ", ".join(names[:MOST_FILES]) + (f" and {more} more" if more > 0 else "")


def _losses(results: Sequence[ComparedResult]) -> list[float | None]:
    """The loss of each code, by which codes of one price rank; None where prices differ."""
    prices = set()
    for one in results:
        training = one.result.scenario.get("training")
        table = training if isinstance(training, Mapping) else {}
        unit = one.result.distortion_unit
        keys = ("lagrange_multiplier", "rate_weights")
        prices.add((unit, *(text(table.get(key, ABSENT)) for key in keys)))
    if len(prices) > 1 or text(ABSENT) in next(iter(prices)):
        return [None] * len(results)
    losses = [one.result.evaluation.get("loss") for one in results]
    return [loss if isinstance(loss, float) else None for loss in losses]


def _rows(one: ComparedResult, loss: float | None) -> list[Row]:
    stages = one.result.stages
    return [
        Row(
            label=one.label,
            stage=stage + 1,
            **{name: float(array[stage]) for name, array in stages.arrays().items()},
            loss=loss if stage == stages.stages - 1 else None,
            errors={name: float(error[stage]) for name, error in stages.errors.items()},
            file=one.file,
            content_sha256=one.content_sha256,
        )
        for stage in range(stages.stages)
    ]


def _bounds(results: Sequence[ComparedResult]) -> tuple[ComparedBound, ...]:
    """Each bound of each pair, from the result in which it reaches farthest."""
    found: dict[tuple[str, str], ComparedBound] = {}
    for one in results:
        pair = text(measured_pair(one.result))
        for name, curve in one.result.bounds.items():
            known = found.get((pair, name))
            if known is None or curve.rate[-1:].sum() > known.curve.rate[-1:].sum():
                found[pair, name] = ComparedBound(name=name, curve=curve, source=one)
    return tuple(found.values())
