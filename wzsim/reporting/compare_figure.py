"""The figure of a comparison: distortion of all systems over their sum rate, and the bounds."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from matplotlib.figure import Figure

from wzsim.reporting.compare import Comparison
from wzsim.reporting.compare_labels import (
    ALWAYS,
    PAIRS,
    flat,
    label_parts,
    labels_of,
    short_names,
)
from wzsim.reporting.point_line import PointLine, remarks
from wzsim.reporting.rate_distortion import rate_distortion_figure
from wzsim.reporting.replicates import MedianRun
from wzsim.reporting.style import COLORS, DASHES, MARKERS, SCREEN, Look
from wzsim.storage import ComparedResult, Record

SIZES: Final = "code.alphabet_sizes"
KIND: Final = "code.rate_estimator.name"
JOINED: Final = (SIZES, "training.lagrange_multiplier")
"""Codes of one stage that differ in these alone are points of one line."""

WIDEST: Final = 62
"""Characters of a line of the legend."""

Parts = Mapping[str, str]
"""Keys and values of a label."""


def comparison_figure(comparison: Comparison, *, each: bool = False, look: Look = SCREEN) -> Figure:
    """All systems in one figure, as in the paper's Fig. 2.

    Marker and colour tell the system. Line and face of the marker tell the rate:
    dashed and hollow for the rate of an entropy coder without side information
    (`marginal`), solid and full for that of a Slepian-Wolf coder. Monolithic
    codes that differ in their alphabet make one line. Dotted lines are of results without
    bounds beside others that have some. Replicates make one point a stage, their median,
    unless `each` is true. Raises InputError where the distortions have no common axis.
    """
    records = [one.record for one in comparison.results]
    alone = tuple((place,) for place in range(len(records)))
    replicates = alone if each else comparison.replicates
    firsts = [comparison.results[places[0]] for places in replicates]
    parts = label_parts([one.differing for one in firsts], [one.record.scenario for one in firsts])
    groups: dict[object, list[int]] = {}
    for number, (one, mine) in enumerate(zip(firsts, parts, strict=True)):
        groups.setdefault(_line_key(one, mine) or number, []).append(number)
    for group in groups.values():
        group.sort(key=lambda number: _messages(firsts[number].record))
    joined = [_join([parts[number] for number in group]) for group in groups.values()]
    names = [_line_name([firsts[number].record for number in group]) for group in groups.values()]
    systems: dict[object, int] = {}
    kinds: dict[str, int] = {}
    lines = []
    labels = labels_of(joined, names, nameless=ALWAYS)
    some_bounds = any(record.bounds for record in records)
    for group, mine, label in zip(groups.values(), joined, labels, strict=True):
        points = [[records[place] for place in replicates[number]] for number in group]
        results = [record for point in points for record in point]
        system = systems.setdefault(_without(mine, (KIND,)), len(systems))
        kind = _rate_kind(results[0])
        if kind != "marginal":
            kinds.setdefault(kind, len(kinds))
        style, found = _style(system, kinds.get(kind)), remarks(points)
        if some_bounds and not any(result.bounds for result in results):
            # Beside bounds of another pair: no code shown crosses one of its own.
            style["linestyle"] = ":"
            found += " (dotted: the bounds are not of its pair)"
        wrapped = textwrap.fill(label + found, WIDEST)
        runs = tuple(MedianRun.of(point) for point in points)
        lines.append(PointLine(label=wrapped, runs=runs, style=style))
    return rate_distortion_figure(named_by_pair(firsts, parts), lines, look=look)


def named_by_pair(results: Sequence[ComparedResult], parts: Sequence[Parts]) -> list[Record]:
    """The results, called by what tells their pairs apart: so are bounds that differ."""
    tables = tuple(f"{table}." for table in PAIRS)
    short = short_names({name for mine in parts for name in mine})
    return [
        attrs.evolve(
            one.record,
            name=" ".join(
                f"{short[name]}={value}" for name, value in mine.items() if name.startswith(tables)
            ),
        )
        for one, mine in zip(results, parts, strict=True)
    ]


def _line_key(one: ComparedResult, parts: Parts) -> object | None:
    """What codes of one line have in common; None for a code that is a line of its own."""
    if one.record.layers > 1:
        return None
    return ("monolithic", _rate_kind(one.record), _without(parts, JOINED))


def _without(parts: Parts, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in parts.items() if name not in names)


def _join(group: Sequence[Parts]) -> dict[str, str]:
    """The label of a line: values that differ between its points stand side by side."""
    joined = {}
    for name in dict.fromkeys(name for parts in group for name in parts):
        values = list(dict.fromkeys(parts[name] for parts in group if name in parts))
        if name == SIZES or len(values) == 1:
            joined[name] = " ".join(values)
    return joined


def _style(system: int, kind: int | None) -> dict[str, Any]:
    """kind: None for marginal rates, 0, 1, ... for others."""
    color = COLORS[system % len(COLORS)]
    return {
        "color": color,
        "marker": MARKERS[system % len(MARKERS)],
        "linestyle": DASHES[1] if kind is None else ("-", *DASHES[2:])[kind % 3],
        "markerfacecolor": "white" if kind is None else (color, "#cccccc", "#777777")[kind % 3],
    }


def _line_name(results: Sequence[Record]) -> str:
    """What to call a line that no key tells from others: several points by their encoder."""
    if len(results) == 1:
        return results[0].name
    name = flat(results[0].scenario).get("code.encoder.name", results[0].name)
    return str(name)


def _messages(result: Record) -> int:
    """How many messages a code has: the product of its alphabet sizes."""
    code = result.scenario.get("code")
    return math.prod(code.get("alphabet_sizes", ())) if isinstance(code, Mapping) else 0


def _rate_kind(result: Record) -> str:
    """The rate estimator by name; `marginal` has a rate without side information."""
    code = result.scenario.get("code")
    estimator = code.get("rate_estimator") if isinstance(code, Mapping) else None
    return str(estimator.get("name", "")) if isinstance(estimator, Mapping) else ""
