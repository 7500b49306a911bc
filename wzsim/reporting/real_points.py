"""Real bits in a rate-distortion figure: where stages lie at the rate that was sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, final

import attrs
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from wzsim.reporting.point_line import PointLine
from wzsim.reporting.replicates import MedianRun
from wzsim.simulation.result import Array

ENTRY: Final = "real bits"
SURVIVORS: Final = "crossed: of decoded frames alone, no bound holds"


@final
@attrs.frozen(kw_only=True, eq=False)
class RealPoints:
    """Stages of one line that were coded; every array has shape (J,)."""

    sum_rate: Array
    """Ideal."""
    level: Array
    """Distortion of the ideal point, in the unit of the axis."""
    coded_sum_rate: Array
    coded_level: Array
    """Distortion after real decoding."""
    survivors_only: NDArray[np.bool_]
    requests: int | None
    """Of the decoders for more; None where none might ask."""


def real_points(line: PointLine) -> RealPoints:
    """The coded stages of a line; of replicates that were all coded, medians."""
    found = [_of_run(run, line.distortion_name) for run in line.runs]
    columns = np.concatenate([np.empty((5, 0)), *(one for one in found if one is not None)], axis=1)
    columns = columns[:, np.isfinite(columns).all(axis=0)]
    return RealPoints(
        sum_rate=columns[0],
        level=columns[1],
        coded_sum_rate=columns[2],
        coded_level=columns[3],
        survivors_only=columns[4] > 0,
        requests=_requests(line),
    )


def draw_real_points(
    axes: Axes, lines: Sequence[PointLine], points: Sequence[RealPoints], size: float = 1.0
) -> dict[str, Artist]:
    """A square at each real point, joined to its ideal one; returns the entries of the legend."""
    entries: dict[str, Artist] = {}
    coded = [one for one in zip(lines, points, strict=True) if len(one[1].level)]
    for line, real in coded:
        color = line.style["color"]
        axes.plot(
            [real.sum_rate, real.coded_sum_rate],
            [real.level, real.coded_level],
            color=color,
            linewidth=0.7 * size,
            zorder=2.8,
        )
        for marker, chosen in (("s", slice(None)), ("x", real.survivors_only)):
            axes.plot(
                real.coded_sum_rate[chosen],
                real.coded_level[chosen],
                **_look(marker, color, size),
                zorder=4,
            )
    if coded:
        entries[_entry([real for _, real in coded])] = Line2D([], [], **_look("s", "#555555", size))
    if any(real.survivors_only.any() for _, real in coded):
        entries[SURVIVORS] = Line2D([], [], **_look("x", "#555555", size))
    return entries


def _of_run(run: MedianRun, distortion_name: str) -> Array | None:
    """Rows: ideal rate and distortion, real ones, whether of survivors; None for no real bits."""
    codings = [one.coding for one in run.runs if one.coding is not None]
    stages = run.median.stages
    if len(codings) < len(run.runs) or any(one.stages != stages for one in codings):
        return None
    levels = [getattr(one, distortion_name) for one in codings]
    if any(level is None for level in levels):
        return None
    return np.array(
        [
            run.median.sum_rate,
            run.median.arrays()[distortion_name],
            np.median([one.coded_sum_rate for one in codings], axis=0),
            np.median(levels, axis=0),
            np.any([one.survivors_only for one in codings], axis=0),
        ]
    )


def _requests(line: PointLine) -> int | None:
    codings = [one.coding for run in line.runs for one in run.runs if one.coding is not None]
    asking = [int(coding.requests.sum()) for coding in codings if coding.feedback]
    return sum(asking) if asking else None


def _entry(points: Sequence[RealPoints]) -> str:
    """What the legend calls the squares: feedback makes them another system."""
    asking = [real.requests for real in points if real.requests is not None]
    if not asking:
        return ENTRY
    some = "" if len(asking) == len(points) else "some "
    return f"{ENTRY}, {some}with feedback ({sum(asking):,} request{'s' * (sum(asking) != 1)})"


def _look(marker: str, color: str, size: float) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": marker,
        "markersize": (6.5 if marker == "s" else 4.5) * size,
        "markerfacecolor": "none",
        "markeredgecolor": color,
        "markeredgewidth": 1.0 * size,
    }
