"""The points of a rate-distortion figure that belong together, and how they are drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from wzsim.reporting.bound_lines import Line
from wzsim.reporting.replicates import MedianRun, findings, group_name
from wzsim.reporting.style import result_style
from wzsim.simulation.result import Array, Result
from wzsim.storage import Record

VISIBLE = 0.012
"""Standard errors smaller than this fraction of an axis hide behind their marker."""


@final
@attrs.frozen(kw_only=True, eq=False)
class PointLine:
    """The points of one or more runs, or medians of replicates, in the order of their rates."""

    label: str
    runs: tuple[MedianRun, ...]
    style: Mapping[str, Any]
    """Colour, marker, its face, and line style, as matplotlib has them."""

    def rate_and_distortion(self) -> Line:
        """Sum rate and distortion of the stages that have both."""
        rate, distortion = self.values("sum_rate"), self.values(self.distortion_name)
        finite = np.isfinite(rate) & np.isfinite(distortion)
        return rate[finite], distortion[finite]

    def values(self, name: str) -> Array:
        """A figure of all points."""
        return self._ordered([run.median.arrays()[name] for run in self.runs])

    def bars(self, name: str) -> Array:
        """How far the bars of a figure reach below and above, shape (2, J).

        To the quartiles of replicates; by one standard error of a single run,
        zero where none is known.
        """
        reaches = []
        for run in self.runs:
            values = run.median.arrays()[name]
            if len(run.runs) > 1:
                reach = np.array([values - run.lower[name], run.upper[name] - values])
            else:
                reach = np.tile(run.median.errors.get(name, np.zeros(len(values))), (2, 1))
            reaches.append(np.nan_to_num(reach, nan=0.0))
        return self._ordered(reaches)

    def reach(self, name: str) -> Array:
        """All finite values of a figure, and the ends of the bars of medians."""
        values, (below, above) = self.values(name), self.bars(name)
        if not any(len(run.runs) > 1 for run in self.runs):
            below = above = np.zeros(len(values))
        ends = np.concatenate([values - below, values + above])
        finite: Array = ends[np.isfinite(ends)]
        return finite

    @property
    def distortion_name(self) -> str:
        """What the figure shows of the distortion."""
        has_db = self.runs[0].median.distortion_db is not None
        return "distortion_db" if has_db else "distortion"

    def _ordered(self, arrays: Sequence[Array]) -> Array:
        values: Array = np.concatenate(arrays, axis=-1)
        if len(self.runs) == 1:
            return values
        rates = np.concatenate([run.median.sum_rate for run in self.runs])
        return values[..., np.argsort(rates, kind="stable")]


def line_each(groups: Sequence[Sequence[Result | Record]]) -> list[PointLine]:
    """A line for each result or group of replicates; hollow where half of them have findings."""
    lines = []
    for number, (group, label) in enumerate(zip(groups, labels(groups), strict=True)):
        style = result_style(number)
        found = sum(run.status != "complete" or bool(run.flags) for run in group)
        style["markerfacecolor"] = "white" if 2 * found >= len(group) else style["color"]
        lines.append(PointLine(label=label, runs=(MedianRun.of(group),), style=style))
    return lines


def labels(groups: Sequence[Sequence[Result | Record]]) -> list[str]:
    """What a legend calls each group: its title, or its name where two titles are the same.

    Names that are the same are numbered. Findings that a reader must know are
    added, and of how many runs the median is.
    """
    titles = [group[0].title for group in groups]
    unique = all(titles) and len(set(titles)) == len(titles)
    names = titles if unique else [group_name(group) for group in groups]
    total, so_far = Counter(names), Counter[str]()
    chosen = []
    for group, name in zip(groups, names, strict=True):
        so_far[name] += 1
        number = f" [{so_far[name]}]" if total[name] > 1 else ""
        chosen.append(name + number + remarks([group]))
    return chosen


def remarks(points: Sequence[Sequence[Result | Record]]) -> str:
    """What a reader must know of the runs at the points of a line, in brackets; else empty.

    How many runs a median is of, and how many runs have each finding.
    """
    counts = [len(MedianRun.of(point).runs) for point in points]
    found = findings([run for point in points for run in point])
    alone = sum(map(len, points)) == 1
    words = [finding if alone else f"{count} {finding}" for finding, count in found.items()]
    words = [word for word in (medians_in_words(counts), *words) if word]
    return f" ({', '.join(words)})" if words else ""


def medians_in_words(counts: Sequence[int]) -> str:
    """What is drawn of this many runs at each point; empty for single runs.

    >>> medians_in_words([10]), medians_in_words([3, 5]), medians_in_words([1, 1])
    ('median and quartiles of 10 runs', 'median and quartiles of 3 to 5 runs each', '')
    """
    least, most = min(counts), max(counts)
    if most == 1:
        return ""
    runs = f"{most} runs" if least == most else f"{least} to {most} runs"
    return f"median and quartiles of {runs}" + (" each" if len(counts) > 1 else "")


def draw_line(axes: Axes, line: PointLine, number: int, size: float = 1.0) -> Line2D:
    """The points, joined, with the bars that can be seen; size: of lines and markers."""
    style = dict(line.style)
    if len(line.rate_and_distortion()[0]) < 2:
        style["linestyle"] = "none"  # in the legend, too
    drawn = axes.errorbar(
        line.values("sum_rate"),
        line.values(line.distortion_name),
        xerr=_visible(line.bars("sum_rate"), axes.get_xlim()),
        yerr=_visible(line.bars(line.distortion_name), axes.get_ylim()),
        linewidth=1.2 * size,
        markersize=5.5 * size,
        elinewidth=0.9 * size,
        capsize=2.5 * size,
        zorder=3 + 0.1 * number,
        **style,
    )
    return drawn.lines[0]


def _visible(bars: Array, limits: tuple[float, float]) -> Array | None:
    """Bars that stand out from their markers; None where none does."""
    low, high = limits
    return bars if np.any(bars > VISIBLE * (high - low)) else None
