"""Bounds drawn into a rate-distortion figure, with their names along them where there is room."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from wzsim.reporting.curves import MAIN, Curve
from wzsim.reporting.style import SCREEN, Look, bound_style, verbatim
from wzsim.simulation.result import Array

Line = tuple[Array, Array]
"""Rates and distortions."""

LABEL_HEIGHT = 0.09
LETTER_WIDTH = 0.0165
"""Room that a bound's name needs beside its curve, as fractions of the axes."""

MARKER = 0.025
"""Half the height of a point's marker and some air, as a fraction of the axes."""

BENT = 0.012
"""How far a curve may bend towards a straight name, as a fraction of the axes."""

SEEN = 0.01
"""Width of an interval that can be seen, as a fraction of the axes."""

UNCERTAIN = "bound lies in here"
"""What the legend calls the area between the ends of an interval."""


def draw_bounds(
    figure: Figure,
    axes: Axes,
    curves: Sequence[Curve],
    points: Sequence[Line],
    look: Look = SCREEN,
) -> dict[str, Artist]:
    """Every bound, with its name beside it; for the legend, what has no room for one.

    The Wyner-Ziv bound is the solid black line, and the lowest bound where there
    is none. The lowest has its name below, where none of its own points can be,
    the others above. Grey between the ends of an interval: a numeric bound.
    """
    kinds = list(dict.fromkeys(curve.title for curve in curves))
    by_weight = sorted(kinds, key=lambda title: not title.startswith(MAIN))
    nameless: dict[str, Artist] = {}
    areas = []
    bottom, top = axes.get_ylim()
    for curve in curves:
        weight = by_weight.index(curve.title)
        style = bound_style(weight)
        if not np.array_equal(curve.lower, curve.upper):
            area = axes.fill_between(
                curve.rate, curve.lower, curve.upper, color="#cccccc", linewidth=0
            )
            if np.max(curve.upper - curve.lower) > SEEN * (top - bottom):
                areas.append(area)
        width, level = (1.4, 2.5) if weight == 0 else (1.1, 2.0)
        (line,) = axes.plot(
            curve.rate, curve.lower, linewidth=width * look.scale, zorder=level, **style
        )
        side = -1 if curve.title == kinds[0] else 1
        others = [(other.rate, other.lower) for other in curves if other is not curve]
        if _has_room(axes, curve, side, others, points):
            shift = ScaledTranslation(0, side * 3 / 72, figure.dpi_scale_trans)
            _name_bound(axes, curve, style["color"], side, shift, look.small)
        else:
            nameless[curve.title] = line
    nameless = dict(sorted(nameless.items(), key=lambda entry: not entry[0].startswith(MAIN)))
    if areas:
        nameless[UNCERTAIN] = areas[0]
    return nameless


def _has_room(
    axes: Axes, curve: Curve, side: int, curves: Sequence[Line], points: Sequence[Line]
) -> bool:
    """Whether a straight name fits just above (side = 1) or below (-1) the end of a curve."""
    start = _start(curve)
    if start < 0.0:
        return False
    bottom, top = axes.get_ylim()
    end = curve.rate[-1]
    grid = np.linspace(start, 1.0, 40) * end
    own = np.interp(grid, curve.rate, curve.lower)
    bend = side * (own - np.linspace(own[0], own[-1], len(grid))) / (top - bottom)
    if bend.max() > BENT or bend.min() < -LABEL_HEIGHT / 2:
        return False
    for rate, distortion in [*curves, *points]:
        away = np.interp(grid, rate, distortion, left=np.inf, right=np.inf)
        away = side * (away - own) / (top - bottom)
        if np.any((away > 0) & (away < LABEL_HEIGHT)):
            return False
    for rate, distortion in points:
        away = side * (distortion - np.interp(rate, curve.rate, curve.lower)) / (top - bottom)
        beside = rate > (start - MARKER) * end
        if np.any(beside & (away > -MARKER) & (away < LABEL_HEIGHT)):
            return False
    return True


def _start(curve: Curve) -> float:
    """Where the name along the right end begins, as a fraction of the rates; below 0: too long."""
    return 1.0 - LETTER_WIDTH * len(curve.label)


def _name_bound(
    axes: Axes, curve: Curve, color: str, side: int, shift: ScaledTranslation, size: float
) -> None:
    """The name along the right end, above (side = 1) or below (-1)."""
    rate = 0.985 * curve.rate[-1]
    left = _start(curve) * curve.rate[-1]
    start, end = np.interp([left, rate], curve.rate, curve.lower)
    text = axes.text(
        rate,
        end,
        curve.label,
        rotation=math.degrees(math.atan((end - start) / (rate - left))),
        rotation_mode="anchor",
        transform_rotates_text=True,
        transform=axes.transData + shift,
        horizontalalignment="right",
        verticalalignment="bottom" if side > 0 else "top",
        fontsize=size,
        color=color,
    )
    verbatim(text)
