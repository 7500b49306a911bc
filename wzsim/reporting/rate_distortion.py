"""Rate-distortion figure: the stages of each result, and the bounds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from wzsim.errors import InputError
from wzsim.reporting.curves import Curve, bound_curves
from wzsim.reporting.style import (
    SMALL,
    SUM_RATE_LABEL,
    add_legend,
    bound_style,
    dress,
    labels,
    new_figure,
    result_style,
    verbatim,
)
from wzsim.simulation.result import Array, Result

VISIBLE = 0.012
"""Standard errors smaller than this fraction of an axis hide behind their marker."""

NARROWEST = 0.25
"""The rate axis is at least this long [bit/sample]: a collapsed result has no rate."""

Line = tuple[Array, Array]
"""Rates and distortions."""

LABEL_HEIGHT = 0.09
LETTER_WIDTH = 0.0165
"""Room that a bound's name needs beside its curve, as fractions of the axes."""


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
    entries |= _draw_bounds(figure, axes, curves, [line for line in points if len(line[0])])
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


def _draw_bounds(
    figure: Figure, axes: Axes, curves: Sequence[Curve], points: Sequence[Line]
) -> dict[str, Line2D]:
    """Every bound, with its name beside it; for the legend, those that have no room for one.

    The lowest kind has its name below, where none of its own points can be, the
    others above. Grey between the ends of an interval: a numeric bound.
    """
    kinds = list(dict.fromkeys(curve.title for curve in curves))
    nameless = {}
    for curve in curves:
        kind = kinds.index(curve.title)
        style = bound_style(kind)
        if not np.array_equal(curve.lower, curve.upper):
            axes.fill_between(curve.rate, curve.lower, curve.upper, color="#cccccc", linewidth=0)
        (line,) = axes.plot(curve.rate, curve.lower, linewidth=1.2, zorder=2, **style)
        side = -1 if kind == 0 else 1
        others = [(other.rate, other.lower) for other in curves if other is not curve]
        if _has_room(axes, curve, side, [*points, *others]):
            shift = ScaledTranslation(0, side * 3 / 72, figure.dpi_scale_trans)
            _name_bound(axes, curve, style["color"], side, shift)
        else:
            nameless[curve.title] = line
    return nameless


def _has_room(axes: Axes, curve: Curve, side: int, lines: Sequence[Line]) -> bool:
    """Whether nothing passes just above (side = 1) or below (-1) the right end of a curve."""
    bottom, top = axes.get_ylim()
    start = 1.0 - LETTER_WIDTH * len(curve.label)
    if start < 0.0:
        return False
    grid = np.linspace(start, 1.0, 40) * curve.rate[-1]
    for rate, distortion in lines:
        away = np.interp(grid, rate, distortion, left=np.inf, right=np.inf)
        away = side * (away - np.interp(grid, curve.rate, curve.lower)) / (top - bottom)
        if np.any((away > 0) & (away < LABEL_HEIGHT)):
            return False
    return True


def _name_bound(axes: Axes, curve: Curve, color: str, side: int, shift: ScaledTranslation) -> None:
    """The name along the right end, above (side = 1) or below (-1)."""
    rate = 0.985 * curve.rate[-1]
    start, end = np.interp([0.75 * rate, rate], curve.rate, curve.lower)
    text = axes.text(
        rate,
        end,
        curve.label,
        rotation=math.degrees(math.atan((end - start) / (0.25 * rate))),
        rotation_mode="anchor",
        transform_rotates_text=True,
        transform=axes.transData + shift,
        horizontalalignment="right",
        verticalalignment="bottom" if side > 0 else "top",
        fontsize=SMALL,
        color=color,
    )
    verbatim(text)


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
