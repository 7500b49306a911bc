"""The replicates of a comparison, together under one label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from wzsim.reporting.compare import Comparison, Row
from wzsim.reporting.compare_groups import Group
from wzsim.reporting.compare_labels import ABSENT as MISSING
from wzsim.reporting.compare_labels import IDENTITIES, label_parts, labels_of
from wzsim.reporting.compare_table import FIGURES
from wzsim.reporting.replicates import findings, group_name
from wzsim.reporting.statistics import Spread

STATISTICS: Final[Mapping[str, Callable[[Spread], float | None]]] = {
    "": lambda spread: spread.median,
    "_lower_quartile": lambda spread: spread.lower_quartile,
    "_upper_quartile": lambda spread: spread.upper_quartile,
    "_mean": lambda spread: spread.mean,
    "_standard_deviation": lambda spread: spread.standard_deviation,
    "_interval_low": lambda spread: spread.interval and spread.interval[0],
    "_interval_high": lambda spread: spread.interval and spread.interval[1],
}
"""Statistics by what follows the name of a figure in the name of their column."""


def replicates_of(comparison: Comparison) -> list[Group]:
    """Every result in a group with its replicates; none where no result has any."""
    places = comparison.replicates
    if len(places) == len(comparison.results):
        return []
    groups = [tuple(comparison.results[place] for place in group) for group in places]
    firsts = [group[0] for group in groups]
    parts = label_parts([one.differing for one in firsts], [one.record.scenario for one in firsts])
    labels = labels_of(parts, [group_name([one.record for one in group]) for group in groups])
    return [Group(label, group, whole=True) for label, group in zip(labels, groups, strict=True)]


def replicate_columns(comparison: Comparison, groups: Sequence[Group]) -> dict[str, list[Any]]:
    """A value for each stage of each group, by the name of the column.

    The median of each figure stands under its name, and beside it what
    `STATISTICS` says; then the scenario keys that differ between groups. What a
    group does not have is `MISSING`. Runs that failed are counted among the flags alone.
    """
    rows: dict[str, list[Row]] = {}
    for row in comparison.rows:
        rows.setdefault(row.label, []).append(row)
    keys = [key for key in comparison.keys if key not in IDENTITIES]
    lines: list[dict[str, Any]] = []
    for group in groups:
        first = group.results[0]
        records = [one.record for one in group.results]
        sound = [one for one in group.results if one.record.status == "complete"]
        found = findings(records).items()
        about: dict[str, Any] = {key: first.differing.get(key, MISSING) for key in keys}
        about |= {
            "distortion_unit": first.record.distortion_unit,
            "flags": " ".join(f"{count} {finding}" for finding, count in found),
            "seeds": " ".join(str(record.scenario.get("seed")) for record in records),
        }
        by_stage: dict[int, list[Row]] = {}
        for row in (row for one in sound for row in rows[one.label]):
            by_stage.setdefault(row.stage, []).append(row)
        for stage, mine in sorted(by_stage.items()):
            line = {"label": group.name, "stage": stage, "count": len(mine)}
            lines.append(line | _statistics(mine, (*FIGURES, *comparison.coded)) | about)
    return {name: [line[name] for line in lines] for name in (lines[0] if lines else ())}


def _statistics(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Any]:
    """What the figures of a stage come to over some runs, by column."""
    found: dict[str, Any] = {}
    for name in names:
        values = [value for row in rows if (value := row.figure(name)) is not None]
        spread = Spread.of(values) if len(values) == len(rows) else None
        for suffix, statistic in STATISTICS.items():
            value = None if spread is None else statistic(spread)
            found[name + suffix] = MISSING if value is None else value
    return found
