"""The code as a picture, as the paper's Fig. 3: bins by x above, reconstructions by y below."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from wzsim.errors import InputError
from wzsim.reporting.intervals import runs
from wzsim.reporting.reconstructions import draw_reconstruction, panels
from wzsim.reporting.style import FONT_SIZE, MOST_NAMED, TINY, Color, dress, fills, new_figure
from wzsim.simulation.result import Array, Binning, Result

STRIP = 0.28
"""Height of a stage's strip [inch]."""


def binning_figure(result: Result) -> Figure:
    """Bins by stage and message index by x; reconstructions by y for each message prefix.

    A prefix that no x is mapped to is drawn thin and grey, without a name.
    Raises InputError for a result without such data: a code of blocks or of symbols has none.
    """
    binning, reconstruction = result.binning, result.reconstruction
    unit = result.distortion_unit.removesuffix("^2")
    heights = []
    if binning is not None:
        heights.append(1.9 + STRIP * len(binning.stage_symbols))
    if reconstruction is not None:
        heights.append(2.9 * panels(len(reconstruction.x_hat))[0])
    if not heights:
        raise InputError(
            f"{result.name} has no bins to draw: they exist for codes of single real samples only"
        )
    figure = new_figure(7.0, sum(heights))
    parts = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    if binning is not None:
        _draw_binning(parts[0], binning, unit)
    if reconstruction is not None:
        draw_reconstruction(parts[-1], reconstruction, binning, unit)
    return figure


def _draw_binning(part: SubplotSpec, binning: Binning, unit: str) -> None:
    stages = len(binning.stage_symbols)
    heights = (STRIP * stages + 0.1, 1.4)
    grid = part.subgridspec(2, 1, height_ratios=heights).subplots(sharex=True, squeeze=False)
    strips, index = grid[:, 0]
    dress(strips, grid=False)
    strips.spines[:].set_visible(False)
    strips.tick_params(left=False, bottom=False, labelbottom=False)
    strips.set_ylim(stages, 0)
    names = [f"$m_{{{stage + 1}}}$" for stage in range(stages)]
    strips.set_yticks(np.arange(stages) + 0.5, names, fontsize=FONT_SIZE)
    for stage, symbols in enumerate(binning.stage_symbols):
        _draw_strip(strips, binning.x, symbols, stage)
    dress(index, f"source $x$ [{unit}]", "message index")
    starts, stops, messages = runs(binning.x, binning.message_index)
    index.hlines(messages, starts, stops, colors="black", linewidths=1.6)
    if messages.max() < 2 * MOST_NAMED:
        index.set_yticks(range(0, int(messages.max()) + 1, 1 + int(messages.max()) // MOST_NAMED))
    index.set_xlim(binning.x[0], binning.x[-1])


def _draw_strip(axes: Axes, x: Array, symbols: NDArray[np.int64], stage: int) -> None:
    """One stage: a colour a symbol, with a key at the right."""
    top, height = stage + 0.1, 0.8
    colors = fills(max(2, int(symbols.max()) + 1))
    starts, stops, values = runs(x, symbols)
    boxes = [
        [(left, top), (right, top), (right, top + height), (left, top + height)]
        for left, right in zip(starts, stops, strict=True)
    ]
    axes.add_collection(
        PolyCollection(boxes, facecolors=[colors[value] for value in values], linewidths=0)
    )
    if len(colors) > MOST_NAMED:
        axes.annotate(
            f"0 (light) to {len(colors) - 1}",
            (1.01, stage + 0.5),
            xycoords=axes.get_yaxis_transform(),
            verticalalignment="center",
            fontsize=TINY,
        )
        return
    for symbol, color in enumerate(colors):
        _draw_key(axes, symbol, color, 1.01 + 0.024 * symbol, top, height)


def _draw_key(
    axes: Axes, symbol: int, color: Color, left: float, top: float, height: float
) -> None:
    """A symbol's name in its colour; `left` in widths of the axes."""
    box = Rectangle(
        (left, top), 0.022, height, color=color, transform=axes.get_yaxis_transform(), clip_on=False
    )
    axes.add_patch(box)
    axes.text(
        left + 0.011,
        top + height / 2,
        str(symbol),
        transform=axes.get_yaxis_transform(),
        horizontalalignment="center",
        verticalalignment="center",
        fontsize=TINY,
        color="white" if sum(color[:3]) < 1.6 else "black",
    )
