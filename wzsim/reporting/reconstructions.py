"""The decoder as curves: a panel for each stage, a curve for each message prefix."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec

from wzsim.reporting.prefixes import alphabet_sizes, prefix_name, used_prefixes
from wzsim.reporting.style import DASHES, FONT_SIZE, MOST_NAMED, TINY, dress, strokes
from wzsim.simulation.result import Array, Binning, Reconstruction


def panels(stages: int) -> tuple[int, int]:
    """Rows and columns for a panel a stage: three columns, but two where they fill better."""
    columns = 2 if stages in (2, 4) else min(max(stages, 1), 3)
    return max(1, math.ceil(stages / columns)), columns


def draw_reconstruction(
    part: SubplotSpec, reconstruction: Reconstruction, binning: Binning | None, unit: str
) -> None:
    """A panel a stage; where the bins are known, prefixes that no x has step back."""
    stages = len(reconstruction.x_hat)
    sizes = alphabet_sizes(reconstruction)
    rows, columns = panels(stages)
    grid = part.subgridspec(rows, columns).subplots(sharex=True, sharey=True, squeeze=False)
    for stage, axes in enumerate(grid.flat):
        if stage >= stages:
            axes.set_visible(False)
            continue
        dress(axes, f"side information $y$ [{unit}]")
        axes.tick_params(labelleft=stage % columns == 0, labelbottom=True)
        if stage % columns == 0:
            axes.set_ylabel(rf"reconstruction $\hat x_k$ [{unit}]", fontsize=FONT_SIZE)
        curves = reconstruction.x_hat[stage]
        used = used_prefixes(stage, sizes, binning)
        _draw_curves(axes, reconstruction.y, curves, sizes[: stage + 1], used)


def _draw_curves(axes: Axes, y: Array, curves: Array, sizes: list[int], used: set[int]) -> None:
    """One stage: colour by message prefix, dashes by its last symbol; in grey, x_hat = y."""
    axes.plot(y, y, color="#bbbbbb", linewidth=0.7, zorder=1)
    named = []
    for prefix, (curve, color) in enumerate(zip(curves, strokes(len(curves)), strict=True)):
        dashes = DASHES[prefix % sizes[-1] % len(DASHES)]
        if prefix in used:
            (line,) = axes.plot(y, curve, color=color, linestyle=dashes, linewidth=1.1)
            line.set_label(prefix_name(prefix, sizes))
            named.append(line)
        else:
            axes.plot(y, curve, color="#bbbbbb", linestyle=dashes, linewidth=0.6, zorder=1)
    names = "".join(f"m_{{{stage + 1}}}" for stage in range(len(sizes)))
    axes.set_title(f"stage {len(sizes)}: ${names}$", fontsize=FONT_SIZE)
    if len(named) > MOST_NAMED:
        named = [named[0], named[-1]]  # all in between have the colours in between
        named[-1].set_label(f"... {named[-1].get_label()}")
    axes.legend(
        handles=named,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.24),
        ncols=4,
        fontsize=TINY,
        frameon=False,
        handlelength=2.2,
        columnspacing=0.9,
        handletextpad=0.4,
    )
