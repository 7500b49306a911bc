"""Bounds drawn into a rate-distortion figure, with their names along them where there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from wzsim.reporting.curves import Curve
from wzsim.reporting.style import SMALL, bound_style, verbatim
from wzsim.simulation.result import Array

Line = tuple[Array, Array]
"""Rates and distortions."""

LABEL_HEIGHT = 0.09
LETTER_WIDTH = 0.0165
"""Room that a bound's name needs beside its curve, as fractions of the axes."""


def draw_bounds(
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
