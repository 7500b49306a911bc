"""The figure of a comparison with more results than a legend could name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wzsim.reporting.bound_lines import draw_bounds
from wzsim.reporting.compare import Comparison
from wzsim.reporting.compare_figure import named_by_pair
from wzsim.reporting.compare_groups import Group
from wzsim.reporting.compare_labels import differing_keys, label_parts
from wzsim.reporting.curves import bound_curves
from wzsim.reporting.rate_distortion import NARROWEST, common_unit, set_limits
from wzsim.reporting.real_points import ENTRY as REAL
from wzsim.reporting.style import (
    COLORS,
    DASHES,
    SCREEN,
    SUM_RATE_LABEL,
    Look,
    add_legend,
    dress,
    new_figure,
)
from wzsim.simulation.result import Array
from wzsim.storage import ComparedResult, Record

MOST_NAMED: Final = 12
"""Groups with a colour of their own: the largest ones."""

MOST_PAIRS: Final = 6
"""Pairs (X, Y) whose bounds are drawn; those of more would hide the points."""

SQUARES: Final[Mapping[str, Any]] = {"linestyle": "none", "marker": "s", "fillstyle": "none"}
"""Of real bits, which nothing joins to their stages here."""

OTHERS: Final = "#bbbbbb"

MANY: Final = 1000
"""Lines from which they are drawn as pixels, also in a file of vectors."""


def crowd_figure(comparison: Comparison, groups: Sequence[Group], look: Look = SCREEN) -> Figure:
    """A thin line for each result in the colour of its group, and the bounds.

    The largest groups have colours of their own and a name in the legend, all others
    are grey. The bounds of more than `MOST_PAIRS` pairs (X, Y) are left out. Raises
    InputError where the distortions have no common axis.
    """
    with mpl.rc_context(look.rc):
        return _draw(comparison, groups, look)


def _draw(comparison: Comparison, groups: Sequence[Group], look: Look) -> Figure:
    records = [one.record for one in comparison.results]
    figure = new_figure(look.width, look.height)
    axes = figure.add_subplot()
    dress(axes, SUM_RATE_LABEL, f"distortion $D$ [{common_unit(records)}]", look=look)
    lines = [_points(group.results) for group in groups]
    real = [_real_points(group.results) for group in groups]
    both = [*lines, *real]
    finite = [(rate[ok], level[ok]) for rate, level in both if (ok := np.isfinite(rate)).any()]
    right = max([NARROWEST, *(1.1 * float(rate.max()) for rate, _ in finite)])
    curves = [curve.until(right) for curve in bound_curves(_with_bounds(comparison))]
    set_limits(axes, right, [level for _, level in finite] + [curve.lower for curve in curves])
    largest = sorted(range(len(groups)), key=lambda place: -len(groups[place].results))
    named = {place: number for number, place in enumerate(sorted(largest[:MOST_NAMED]))}
    thin = 0.9 if len(records) < 100 else 0.5 if len(records) < MANY else 0.25
    entries: dict[str, Artist] = {}
    for place, (rate, level) in sorted(enumerate(lines), key=lambda item: item[0] in named):
        number = named.get(place)
        style: dict[str, Any] = {
            "color": OTHERS if number is None else COLORS[number % len(COLORS)],
            "linestyle": "-" if number is None else DASHES[number // len(COLORS)],
        }
        axes.plot(
            rate,
            level,
            linewidth=thin,
            marker=".",
            markersize=4 * thin,
            rasterized=len(records) >= MANY,
            zorder=2.5 if number is None else 3,
            **style,
        )
        if len(real[place][0]):
            size = {"markersize": 6 * thin, "markeredgewidth": 0.8 * thin}
            axes.plot(*real[place], rasterized=len(records) >= MANY, **{**style, **SQUARES, **size})
        sample = Line2D([], [], linewidth=1.5 * look.scale, **style)
        if number is not None:
            count = len(groups[place].results)
            name = groups[place].name or "all"
            entries[f"{name} ({count} result{'' if count == 1 else 's'})"] = sample
        else:
            entries[f"{len(groups) - len(named)} other groups"] = sample
    if any(len(rate) for rate, _ in real):
        entries[REAL] = Line2D([], [], color="#555555", **SQUARES)
    entries |= draw_bounds(figure, axes, curves, finite, look)
    add_legend(figure, entries, look)
    return figure


def _with_bounds(comparison: Comparison) -> list[Record]:
    """A few results that have all bounds, called by their pairs where there are several."""
    if comparison.pairs > MOST_PAIRS:
        return []
    sources = [*{id(bound.source): bound.source for bound in comparison.bounds}.values()]
    scenarios = [one.record.scenario for one in sources]
    return named_by_pair(sources, label_parts(differing_keys(scenarios), scenarios))


def _real_points(results: Sequence[ComparedResult]) -> tuple[Array, Array]:
    """Rates that were sent and distortions after decoding, of all stages that were coded."""
    rates, levels = [np.empty(0)], [np.empty(0)]
    for coding in (one.record.coding for one in results):
        if coding is not None:
            level = coding.distortion if coding.distortion_db is None else coding.distortion_db
            finite = np.isfinite(level)
            rates.append(coding.coded_sum_rate[finite])
            levels.append(level[finite])
    return np.concatenate(rates), np.concatenate(levels)


def _points(results: Sequence[ComparedResult]) -> tuple[Array, Array]:
    """Sum rates and distortions of all stages; a NaN between two results parts their lines."""
    gap = np.array([np.nan])
    rates, levels = [], []
    for one in results:
        stages = one.record.stages
        level = stages.distortion if stages.distortion_db is None else stages.distortion_db
        finite = np.isfinite(stages.sum_rate) & np.isfinite(level)
        rates += [stages.sum_rate[finite], gap]
        levels += [level[finite], gap]
    return np.concatenate(rates), np.concatenate(levels)
