"""Rate-distortion figure: the stages of each result, and the bounds."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wzsim.errors import InputError
from wzsim.reporting.bound_lines import draw_bounds
from wzsim.reporting.curves import bound_curves
from wzsim.reporting.point_line import PointLine, draw_line, line_each
from wzsim.reporting.real_points import draw_real_points, real_points
from wzsim.reporting.replicates import replicate_groups
from wzsim.reporting.style import SCREEN, SUM_RATE_LABEL, Look, add_legend, dress, new_figure
from wzsim.simulation.result import Array, Result
from wzsim.storage import Record

NARROWEST = 0.25
"""The rate axis is at least this long [bit/sample]: a collapsed result has no rate."""


def rate_distortion_figure(
    results: Sequence[Result | Record],
    lines: Sequence[PointLine] | None = None,
    *,
    each: bool = False,
    look: Look = SCREEN,
) -> Figure:
    """Distortion over sum rate: a line of points for each result, a smooth curve for each bound.

    Replicates make one line, of the medians of their rates and of their
    distortions, unless `each` is true. lines: what to draw instead, where
    other results make one line.

    Bounds that coincide are drawn once; each has its name beside it where there
    is room, in the legend elsewhere. Bars are one standard error to each side, of replicates
    from quartile to quartile, where they are larger than the marker. Where coders ran, a square
    stands at the rate that was sent and the distortion after decoding, joined to the stage's
    point. A figure of one result tells each stage's gap to the bound. Raises InputError
    where the distortions of the results have no common axis.
    """
    unit = common_unit(results)
    with mpl.rc_context(look.rc):
        figure = new_figure(look.width, look.height)
        axes = figure.add_subplot()
        dress(axes, SUM_RATE_LABEL, f"distortion $D$ [{unit}]", look=look)
        if lines is None:
            groups = (
                [[place] for place in range(len(results))] if each else replicate_groups(results)
            )
            lines = line_each([[results[place] for place in group] for group in groups])
        points = [line.rate_and_distortion() for line in lines]
        reaches = [(line.reach("sum_rate"), line.reach(line.distortion_name)) for line in lines]
        real = [real_points(line) for line in lines]
        reaches += [(one.coded_sum_rate, one.coded_level) for one in real]
        widest = max((rate.max() for rate, _ in reaches if len(rate)), default=0.0)
        right = max(NARROWEST, 1.1 * widest)
        curves = [curve.until(right) for curve in bound_curves(results)]
        set_limits(axes, right, [d for _, d in reaches] + [curve.lower for curve in curves])
        entries: dict[str, Artist] = {}
        for number, line in enumerate(lines):
            entries[line.label] = draw_line(axes, line, number, look.scale)
        entries |= draw_real_points(axes, lines, real, look.scale)
        entries |= draw_bounds(
            figure, axes, curves, [line for line in points if len(line[0])], look
        )
        if len(results) == 1 and curves:
            _draw_gaps(axes, results[0], look)
        add_legend(figure, entries, look)
        return figure


def common_unit(results: Sequence[Result | Record]) -> str:
    """The unit of the distortion axis. Raises InputError where results have no common one."""
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


def set_limits(axes: Axes, right: float, levels: Sequence[Array]) -> None:
    """Set the ends of both axes, so that all distortions are shown."""
    level = np.concatenate(levels)
    bottom, top = (level.min(), level.max()) if len(level) else (0.0, 1.0)
    margin = 0.06 * (top - bottom) or 1.0
    axes.set_xlim(0.0, right)
    axes.set_ylim(bottom - margin, top + margin)


def _draw_gaps(axes: Axes, result: Result | Record, look: Look) -> None:
    """How far above the bound each stage lies."""
    stages = result.stages
    if stages.gap_db is None or stages.distortion_db is None:
        return
    for k in range(stages.stages):
        rate, distortion, gap = stages.sum_rate[k], stages.distortion_db[k], stages.gap_db[k]
        if not np.isfinite([rate, distortion, gap]).all():
            continue
        left = rate < 0.88 * axes.get_xlim()[1]
        axes.plot(
            [rate, rate],
            [distortion - gap, distortion],
            color="#555555",
            linewidth=0.8 * look.scale,
        )
        axes.annotate(
            f"stage {k + 1}\n{gap:+.2f} dB",
            (rate, distortion),
            xytext=(3, 5) if left else (0, 8),
            textcoords="offset points",
            fontsize=look.small - 1,
            linespacing=1.1,
            horizontalalignment="left" if left else "center",
        )
