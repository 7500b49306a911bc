"""Results side by side: what differs between them, and all their numbers as rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, final

import attrs
import numpy as np

from wzsim.errors import InputError
from wzsim.reporting.coded import CODED, coded_columns, coded_errors, coded_figures
from wzsim.reporting.compare_labels import (
    ABSENT,
    IDENTITIES,
    differing_keys,
    flat,
    label_parts,
    labels_of,
    text,
)
from wzsim.reporting.refinement import with_refinement_loss
from wzsim.reporting.replicates import replicate_groups
from wzsim.reporting.selection import select
from wzsim.simulation.result import Result
from wzsim.storage import ComparedBound, ComparedResult, Record

MOST_FILES = 3
"""Files that an error names for each value."""


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
    coded: Mapping[str, float] = attrs.field(factory=dict)
    """Real bits by the names of `coded.CODED`, where coders ran."""
    file: str = ""
    content_sha256: str = ""

    def figure(self, name: str) -> float | None:
        """A figure by the name of its column; None for what the result does not have."""
        found: float | None = self.coded.get(name) if name in CODED else getattr(self, name)
        return found


@final
@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """Results side by side, in the order in which they were named."""

    keys: tuple[str, ...]
    """The scenario keys that differ."""
    results: tuple[ComparedResult, ...]
    bounds: tuple[ComparedBound, ...]
    """Every bound once."""
    pairs: int
    """How many pairs (X, Y) and distortions the results were measured with."""

    @cached_property
    def coded(self) -> tuple[str, ...]:
        """The columns of real bits; empty where no result has any."""
        return coded_columns(one.record.coding for one in self.results)

    @property
    def labels(self) -> tuple[str, ...]:
        """What tells each result from the others."""
        return tuple(one.label for one in self.results)

    @cached_property
    def replicates(self) -> tuple[tuple[int, ...], ...]:
        """Places of the results: those that differ in nothing but the seed stand together."""
        told_by = [
            text({key: value for key, value in one.differing.items() if key not in IDENTITIES})
            for one in self.results
        ]
        groups = replicate_groups([one.record for one in self.results], told_by)
        return tuple(map(tuple, groups))

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All stages of all results."""
        return tuple(row for one in self.results for row in self.rows_of(one))

    def rows_of(self, one: ComparedResult) -> list[Row]:
        """The stages of one of the results."""
        return _rows(one, self.loss_of(one))

    def loss_of(self, one: ComparedResult) -> float | None:
        """The loss of one code [nat], where all have one price and its last stage is here."""
        last_is_here = one.record.layers in one.record.stage_numbers
        return one.record.loss if self._of_one_price and last_is_here else None

    @cached_property
    def _of_one_price(self) -> bool:
        return _of_one_price(self.results)


def compare_results(
    records: Sequence[Record], *, mixed: bool = False, where: str | None = None
) -> Comparison:
    """Put results side by side.

    mixed: also those of different pairs (X, Y) or distortions, whose gaps and
    bounds do not compare. where: a condition that a stage must meet; those that do not
    are left out, but monolithic codes among them count for the refinement loss.
    Raises InputError for results of different pairs otherwise, and where there is
    nothing to compare.
    """
    if not records:
        raise InputError("there is no result to compare")
    pairs = _pairs(records)
    records = with_refinement_loss(records, pairs)
    if where is not None:
        records = select(records, where)
        if not records:
            raise InputError(f"no stage of any result meets the condition {where}")
        pairs = _pairs(records)
    if not mixed and len(set(pairs)) > 1:
        raise _other_pairs(records)
    scenarios = [record.scenario for record in records]
    differing = differing_keys(scenarios)
    labels = labels_of(label_parts(differing, scenarios), [record.name for record in records])
    results = tuple(
        ComparedResult(label=label, record=record, differing=keys)
        for record, label, keys in zip(records, labels, differing, strict=True)
    )
    names = dict.fromkeys(name for keys in differing for name in keys)
    return Comparison(
        keys=tuple(sorted(names)),
        results=results,
        bounds=_bounds(results, pairs),
        pairs=len(set(pairs)),
    )


def measured_pair(record: Result | Record) -> dict[str, Any]:
    """The pair (X, Y) and the distortion that a result was measured with, by key path."""
    scenario = record.scenario
    evaluation = scenario.get("evaluation")
    other = evaluation.get("correlation") if isinstance(evaluation, Mapping) else None
    tables = {
        "correlation": other or scenario.get("correlation") or {},
        "distortion": scenario.get("distortion") or {},
    }
    return flat(tables) | {"distortion unit": record.distortion_unit}


def _pairs(records: Sequence[Record]) -> list[str]:
    """What results of one pair and distortion have in common, and no others."""
    known: dict[str, str] = {}
    pairs = []
    for record in records:
        tables = (record.scenario.get(name) for name in ("correlation", "evaluation", "distortion"))
        key = repr((*tables, record.distortion_unit))
        if key not in known:
            known[key] = text(measured_pair(record))
        pairs.append(known[key])
    return pairs


def _other_pairs(records: Sequence[Record]) -> InputError:
    """Every key in which pairs or distortions differ."""
    pairs = [measured_pair(record) for record in records]
    problems = []
    for key in sorted({key for pair in pairs for key in pair}):
        files: dict[str, list[str]] = {}
        for pair, record in zip(pairs, records, strict=True):
            value = text(pair.get(key, ABSENT))
            files.setdefault(value, []).append(record.file or record.name)
        if len(files) > 1:
            values = " and ".join(f"{value} in {_some(names)}" for value, names in files.items())
            problems.append(f"{key} is {values}")
    return InputError(
        "the results were measured with different pairs (X, Y) or distortions, so that their "
        f"gaps and bounds do not compare: {'; '.join(problems)}; "
        "--mixed compares them all the same"
    )


def _some(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = len(names) - MOST_FILES
    return ", ".join(names[:MOST_FILES]) + (f" and {more} more" if more > 0 else "")


def _of_one_price(results: Sequence[ComparedResult]) -> bool:
    """Whether all codes have one price, so that they rank by their losses."""
    found: dict[str, tuple[Any, ...]] = {}
    for one in results:
        training = one.record.scenario.get("training")
        table = training if isinstance(training, Mapping) else {}
        keys = ("lagrange_multiplier", "rate_weights")
        price = (one.record.distortion_unit, *(table.get(key, ABSENT) for key in keys))
        found.setdefault(repr(price), price)
    prices = {tuple(map(text, price)) for price in found.values()}
    return len(prices) == 1 and text(ABSENT) not in next(iter(prices))


def _rows(one: ComparedResult, loss: float | None) -> list[Row]:
    record = one.record
    figures = record.stages.arrays()
    errors = {**record.stages.errors, **coded_errors(record.coding)}
    coded = coded_figures(record.coding)
    coded_by_stage = np.array([*coded.values()]).T.tolist() or [()] * len(record.stage_numbers)
    by_stage = zip(*(array.tolist() for array in figures.values()), strict=True)
    errors_by_stage = np.array([*errors.values()]).T.tolist() or [()] * len(record.stage_numbers)
    return [
        Row(
            label=one.label,
            stage=stage,
            **dict(zip(figures, numbers, strict=True)),
            loss=loss if stage == record.layers else None,
            errors=dict(zip(errors, uncertainties, strict=True)),
            coded=dict(zip(coded, sent, strict=True)),
            file=record.file,
            content_sha256=record.content_sha256,
        )
        for stage, numbers, uncertainties, sent in zip(
            record.stage_numbers, by_stage, errors_by_stage, coded_by_stage, strict=True
        )
    ]


def _bounds(results: Sequence[ComparedResult], pairs: Sequence[str]) -> tuple[ComparedBound, ...]:
    """Each bound of each pair, from the result in which it reaches farthest."""
    found: dict[tuple[str, str], ComparedBound] = {}
    for one, pair in zip(results, pairs, strict=True):
        for name, curve in one.record.bounds.items():
            known = found.get((pair, name))
            if known is None or (
                curve is not known.curve and curve.rate[-1:].sum() > known.curve.rate[-1:].sum()
            ):
                found[pair, name] = ComparedBound(name=name, curve=curve, source=one)
    return tuple(found.values())
