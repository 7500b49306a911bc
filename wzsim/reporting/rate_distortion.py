"""Rate-distortion figure: the stages of each result, and the bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np
from matplotlib.artist import Artist
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
from wzsim.storage import Record

VISIBLE = 0.012
"""Standard errors smaller than this fraction of an axis hide behind their marker."""

NARROWEST = 0.25
"""The rate axis is at least this long [bit/sample]: a collapsed result has no rate."""


@final
@attrs.frozen(kw_only=True, eq=False)
class PointLine:
    """The points of one or more results, joined in the order of their rates."""

    label: str
    results: tuple[Result | Record, ...]
    style: Mapping[str, Any]
    """Colour, marker, its face, and line style, as matplotlib has them."""

    def rate_and_distortion(self) -> Line:
        """Sum rate and distortion of the stages that have both."""
        rate, distortion = self.values("sum_rate"), self.values(self.distortion_name)
        finite = np.isfinite(rate) & np.isfinite(distortion)
        return rate[finite], distortion[finite]

    def values(self, name: str) -> Array:
        """A figure of all points."""
        arrays = [result.stages.arrays()[name] for result in self.results]
        return self._ordered(np.concatenate(arrays))

    def errors(self, name: str) -> Array:
        """Its standard errors; zero where there is none."""
        stages = [result.stages for result in self.results]
        none = [np.zeros(figures.stages) for figures in stages]
        arrays = [
            figures.errors.get(name, zero) for figures, zero in zip(stages, none, strict=True)
        ]
        return self._ordered(np.concatenate(arrays))

    @property
    def distortion_name(self) -> str:
        """What the figure shows of the distortion."""
        has_db = self.results[0].stages.distortion_db is not None
        return "distortion_db" if has_db else "distortion"

    def _ordered(self, values: Array) -> Array:
        if len(self.results) == 1:
            return values
        rates = np.concatenate([result.stages.sum_rate for result in self.results])
        ordered: Array = values[np.argsort(rates, kind="stable")]
        return ordered


def rate_distortion_figure(
    results: Sequence[Result | Record], lines: Sequence[PointLine] | None = None
) -> Figure:
    """Distortion over sum rate: a line of points for each result, a smooth curve for each bound.

    lines: what to draw instead of a line for each result, where several results make one.

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
    lines = _line_each(results) if lines is None else lines
    points = [line.rate_and_distortion() for line in lines]
    widest = max((rate.max() for rate, _ in points if len(rate)), default=0.0)
    right = max(NARROWEST, 1.1 * widest)
    curves = [curve.until(right) for curve in bound_curves(results)]
    _set_limits(axes, right, [d for _, d in points] + [curve.lower for curve in curves])
    entries: dict[str, Artist] = {}
    for number, line in enumerate(lines):
        entries[line.label] = _draw_line(axes, line, number)
    entries |= draw_bounds(figure, axes, curves, [line for line in points if len(line[0])])
    if len(results) == 1 and curves:
        _draw_gaps(axes, results[0])
    add_legend(figure, entries)
    return figure


def _common_unit(results: Sequence[Result | Record]) -> str:
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


def _set_limits(axes: Axes, right: float, levels: Sequence[Array]) -> None:
    level = np.concatenate(levels)
    bottom, top = (level.min(), level.max()) if len(level) else (0.0, 1.0)
    margin = 0.06 * (top - bottom) or 1.0
    axes.set_xlim(0.0, right)
    axes.set_ylim(bottom - margin, top + margin)


def _line_each(results: Sequence[Result | Record]) -> list[PointLine]:
    """A line for each result; hollow where it has flags or failed."""
    lines = []
    for number, (result, label) in enumerate(zip(results, labels(results), strict=True)):
        style = result_style(number)
        sound = result.status == "complete" and not result.flags
        style["markerfacecolor"] = style["color"] if sound else "white"
        lines.append(PointLine(label=label, results=(result,), style=style))
    return lines


def _draw_line(axes: Axes, line: PointLine, number: int) -> Line2D:
    """The points, joined, with the errors that can be seen."""
    style = dict(line.style)
    if len(line.rate_and_distortion()[0]) < 2:
        style["linestyle"] = "none"  # in the legend, too
    drawn = axes.errorbar(
        line.values("sum_rate"),
        line.values(line.distortion_name),
        xerr=_visible(line.errors("sum_rate"), axes.get_xlim()),
        yerr=_visible(line.errors(line.distortion_name), axes.get_ylim()),
        linewidth=1.2,
        markersize=5.5,
        elinewidth=0.9,
        capsize=2.5,
        zorder=3 + 0.1 * number,
        **style,
    )
    return drawn.lines[0]


def _visible(errors: Array, limits: tuple[float, float]) -> Array | None:
    """Standard errors that stand out from their markers; None where none does."""
    low, high = limits
    return errors if np.any(errors > VISIBLE * (high - low)) else None


def _draw_gaps(axes: Axes, result: Result | Record) -> None:
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
