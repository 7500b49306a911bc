"""Rate-distortion figure: the stages of each result, and the bounds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from wzsim.errors import InputError
from wzsim.reporting.bound_lines import Line, draw_bounds
from wzsim.reporting.curves import bound_curves
from wzsim.reporting.style import (
    SMALL,
    SUM_RATE_LABEL,
    add_legend,
    dress,
    labels,
    new_figure,
    result_style,
)
from wzsim.simulation.result import Array, Result

VISIBLE = 0.012
"""Standard errors smaller than this fraction of an axis hide behind their marker."""

NARROWEST = 0.25
"""The rate axis is at least this long [bit/sample]: a collapsed result has no rate."""


def rate_distortion_figure(results: Sequence[Result]) -> Figure:
    """Distortion over sum rate: a line of points for each result, a smooth curve for each bound.

    Bounds that coincide are drawn once; each has its name beside it where there
    is room, in the legend elsewhere. Error bars are one standard error to each
    side, where they are larger than the marker. A figure of one result tells
    each stage's gap to the bound. Raises InputError where the distortions of the
    results have no common axis.
    """
    unit = _common_unit(results)
    figure = new_figure(5.0, 3.6)
    axes = figure.add_subplot()
    dress(axes, SUM_RATE_LABEL, f"distortion $D$ [{unit}]")
    points = [_points(result) for result in results]
    widest = max((rate.max() for rate, _ in points if len(rate)), default=0.0)
    right = max(NARROWEST, 1.1 * widest)
    curves = [curve.until(right) for curve in bound_curves(results)]
    _set_limits(axes, right, [d for _, d in points] + [curve.lower for curve in curves])
    entries = {}
    for number, (result, label) in enumerate(zip(results, labels(results), strict=True)):
        entries[label] = _draw_result(axes, result, number)
    entries |= draw_bounds(figure, axes, curves, [line for line in points if len(line[0])])
    if len(results) == 1 and curves:
        _draw_gaps(axes, results[0])
    add_legend(figure, entries)
    return figure


def _common_unit(results: Sequence[Result]) -> str:
    if not results:
        raise InputError("there is no result to draw")
    units = {
        result.distortion_unit if result.stages.distortion_db is None else "dB": result.name
        for result in results
    }
    if len(units) > 1:
        listed = ", ".join(f"{unit} ({name})" for unit, name in units.items())
        raise InputError(f"results of different distortions have no common axis: {listed}")
    return next(iter(units))


def _points(result: Result) -> Line:
    """Sum rate and distortion of the stages that have both."""
    rate, distortion = result.stages.sum_rate, _distortion(result)
    finite = np.isfinite(rate) & np.isfinite(distortion)
    return rate[finite], distortion[finite]


def _distortion(result: Result) -> Array:
    stages = result.stages
    return stages.distortion if stages.distortion_db is None else stages.distortion_db


def _set_limits(axes: Axes, right: float, levels: Sequence[Array]) -> None:
    level = np.concatenate(levels)
    bottom, top = (level.min(), level.max()) if len(level) else (0.0, 1.0)
    margin = 0.06 * (top - bottom) or 1.0
    axes.set_xlim(0.0, right)
    axes.set_ylim(bottom - margin, top + margin)


def _draw_result(axes: Axes, result: Result, number: int) -> Line2D:
    """The stages, joined; hollow where the result has flags or failed."""
    style = result_style(number)
    sound = result.status == "complete" and not result.flags
    drawn = axes.errorbar(
        result.stages.sum_rate,
        _distortion(result),
        xerr=_visible(axes, result, "sum_rate"),
        yerr=_visible(axes, result, "distortion_db" if _has_db(result) else "distortion"),
        linewidth=1.2,
        markersize=5.5,
        markerfacecolor=style["color"] if sound else "white",
        elinewidth=0.9,
        capsize=2.5,
        zorder=3 + 0.1 * number,
        **style,
    )
    return drawn.lines[0]


def _has_db(result: Result) -> bool:
    return result.stages.distortion_db is not None


def _visible(axes: Axes, result: Result, name: str) -> Array | None:
    """Standard errors that stand out from their markers; None where none does."""
    errors = result.stages.errors.get(name)
    low, high = axes.get_xlim() if name == "sum_rate" else axes.get_ylim()
    if errors is None or not np.any(errors > VISIBLE * (high - low)):
        return None
    return errors


def _draw_gaps(axes: Axes, result: Result) -> None:
    """How far above the bound each stage lies."""
    stages = result.stages
    if stages.gap_db is None or stages.distortion_db is None:
        return
    for k in range(stages.stages):
        rate, distortion, gap = stages.sum_rate[k], stages.distortion_db[k], stages.gap_db[k]
        if not np.isfinite([rate, distortion, gap]).all():
            continue
        left = rate < 0.88 * axes.get_xlim()[1]
        axes.plot([rate, rate], [distortion - gap, distortion], color="#555555", linewidth=0.8)
        axes.annotate(
            f"stage {k + 1}\n{gap:+.2f} dB",
            (rate, distortion),
            xytext=(3, 5) if left else (0, 8),
            textcoords="offset points",
            fontsize=SMALL - 1,
            linespacing=1.1,
            horizontalalignment="left" if left else "center",
        )
