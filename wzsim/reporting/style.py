"""How figures look: legible in print and in grey, and by readers who see fewer colours.

Points of different results differ in marker, line style and colour (the palette of
Okabe and Ito); bounds are black and grey and differ in their dashes. Sizes are
those of a `Look`: `SCREEN`, or `PAPER` for a column of a two-column IEEE paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, final

import attrs
import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.rcsetup import cycler
from matplotlib.text import Text

COLORS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: Final = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))

BOUND_COLORS: Final = ("#000000", "#555555", "#777777", "#999999")
BOUND_DASHES: Final = ("-", (0, (6, 3)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))

FONT_SIZE: Final = 9.0
SMALL: Final = 8.0
TINY: Final = 6.5

STIX: Final = ("STIXGeneral", "DejaVu Serif", "DejaVu Sans")
"""Fonts like Times that come with matplotlib, and those to take other letters from."""


@final
@attrs.frozen(kw_only=True)
class Look:
    """Sizes of what stands in a figure."""

    width: float
    height: float
    """Without the legend below [inch]."""
    font: float
    small: float
    """Sizes of letters: of labels, and of ticks, names and legends [point]."""
    scale: float
    """Of lines and markers."""
    rc: Any
    """Settings of matplotlib, by their names, to draw and to save with; they serve figures of your
    own, too: `plt.rcParams.update(PAPER.rc)`."""


SCREEN: Final = Look(width=5.0, height=3.6, font=FONT_SIZE, small=SMALL, scale=1.0, rc={})

PAPER: Final = Look(
    width=3.5,
    height=2.5,
    font=8.0,
    small=7.0,
    scale=0.7,
    rc={
        "font.family": list(STIX),
        "mathtext.fontset": "stix",
        "font.size": 8.0,
        "axes.labelsize": 8.0,
        "xtick.labelsize": 7.0,
        "ytick.labelsize": 7.0,
        "legend.fontsize": 7.0,
        "axes.linewidth": 0.5,
        "lines.linewidth": 0.8,
        "lines.markersize": 3.8,
        "axes.prop_cycle": cycler(color=COLORS),
        "figure.figsize": (3.5, 2.5),
        "pdf.fonttype": 42,
        "svg.fonttype": "path",
    },
)
"""A column of an IEEE paper: 3.5 inch wide, letters of 8 and 7 point like Times, thin lines."""

Color = tuple[float, float, float, float]
"""Red, green, blue and opacity, 0 to 1."""

MOST_NAMED: Final = 8
"""Symbols or curves beyond which their names would crowd a panel."""

SUM_RATE_LABEL: Final = r"sum rate $R_1 + \cdots + R_k$ [bit/sample]"


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that arranges its own margins."""
    return Figure(figsize=(width, height), dpi=200, layout=SteadyLayout())


@final
class SteadyLayout(ConstrainedLayoutEngine):
    """Constrained layout with rounded positions.

    The last bits that its solver finds vary from figure to figure, and would
    show in the names of an SVG file.
    """

    def execute(self, fig: Figure) -> Any:
        """Arrange the axes of a figure."""
        found = super().execute(fig)
        for axes in fig.axes:
            bounds = [round(bound, 6) for bound in axes.get_position().bounds]
            axes.set_position((bounds[0], bounds[1], bounds[2], bounds[3]), which="active")
            axes.set_in_layout(True)  # set_position takes the axes out of the layout
        return found


def dress(
    axes: Axes, xlabel: str = "", ylabel: str = "", *, grid: bool = True, look: Look = SCREEN
) -> None:
    """Labels, thin spines on two sides, and a grid that stays in the background."""
    axes.set_xlabel(xlabel, fontsize=look.font)
    axes.set_ylabel(ylabel, fontsize=look.font)
    axes.tick_params(labelsize=look.small, width=0.6, length=3)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.6)
    if grid:
        axes.grid(visible=True, color="#dddddd", linewidth=0.5)
        axes.set_axisbelow(True)


def result_style(number: int) -> dict[str, Any]:
    """Colour, marker and line style of the results of a figure, by their number."""
    return {
        "color": COLORS[number % len(COLORS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": DASHES[number % len(DASHES)],
    }


def bound_style(number: int) -> dict[str, Any]:
    """Grey and dashes of the bounds of a figure, by their number; the first is solid black."""
    return {
        "color": BOUND_COLORS[number % len(BOUND_COLORS)],
        "linestyle": BOUND_DASHES[number % len(BOUND_DASHES)],
    }


def fills(count: int) -> list[Color]:
    """Colours of areas for values in an order, from light to dark."""
    return _steps("Blues", 0.12, 0.78, count)


def strokes(count: int) -> list[Color]:
    """Colours of lines for values in an order, from dark to light, all dark enough on white."""
    return _steps("viridis", 0.0, 0.78, count)


def _steps(palette: str, first: float, last: float, count: int) -> list[Color]:
    """Even steps of a palette whose lightness goes one way, so that grey tells them apart too."""
    return [colormaps[palette](value) for value in np.linspace(first, last, count)]


def verbatim(text: Text) -> Text:
    """A text that users wrote: a dollar sign in it is no formula."""
    text.set_parse_math(False)
    return text


def add_legend(figure: Figure, entries: Mapping[str, Artist], look: Look = SCREEN) -> None:
    """A legend below all axes, for which the figure grows; texts are verbatim."""
    if not entries:
        return
    width, height = figure.get_size_inches()
    lines = sum(text.count("\n") + 1 for text in entries)
    figure.set_size_inches(width, height + 0.1 + 0.165 * look.small / SMALL * lines)
    legend = figure.legend(
        entries.values(),
        entries.keys(),
        loc="outside lower center",
        fontsize=look.small,
        frameon=False,
        handlelength=3.0,
    )
    for text in legend.get_texts():
        verbatim(text)
