"""Rate and distortion against a key of the scenario, such as a wrong noise variance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import final

import attrs
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from wzsim.errors import InputError, did_you_mean
from wzsim.reporting.compare_labels import IDENTITIES, flat, label_parts, labels_of
from wzsim.reporting.point_line import medians_in_words
from wzsim.reporting.replicates import MedianRun, replicate_groups
from wzsim.reporting.style import SCREEN, Look, add_legend, dress, new_figure, result_style
from wzsim.simulation.result import Array, Result

LOGARITHMIC = 8.0
"""Ratio of the largest to the smallest value from which the axis is logarithmic."""


@final
@attrs.frozen(eq=False)
class Series:
    """Results that differ in the key alone, by its value."""

    label: str
    at: Array
    """Values of the key, ascending."""
    runs: tuple[MedianRun, ...]
    """The result at each value, or the median of the replicates there."""


def series_against(results: Sequence[Result], key: str, *, each: bool = False) -> list[Series]:
    """Group results by everything but a key, which must be a number in each.

    each: whether replicates are results of their own, as they are against the seed.
    Raises InputError for a key that is not there or is no number.
    """
    each = each or key == "seed"
    replicates = [[place] for place in range(len(results))] if each else replicate_groups(results)
    points = [[results[place] for place in places] for places in replicates]
    results = [point[0] for point in points]
    tables = [flat(result.scenario) for result in results]
    for result, table in zip(results, tables, strict=True):
        if key not in table:
            raise InputError(
                f"{result.name} has no key '{key}' to draw against; {_hint(key, table)}"
            )
        if not isinstance(table[key], int | float) or isinstance(table[key], bool):
            raise InputError(f"'{key}' of {result.name} is no number: {table[key]!r}")
    left_out = {key, "name", "title"} if each else {key, *IDENTITIES}
    others = [
        {name: value for name, value in table.items() if name not in left_out} for table in tables
    ]
    groups: dict[str, list[int]] = {}
    for index, other in enumerate(others):
        groups.setdefault(repr(sorted(other.items())), []).append(index)
    firsts = [members[0] for members in groups.values()]
    labels = labels_of(
        label_parts(
            [_differing(others[first], [others[f] for f in firsts]) for first in firsts],
            [results[first].scenario for first in firsts],
        ),
        [results[first].title or results[first].name for first in firsts],
    )
    found = []
    for label, members in zip(labels, groups.values(), strict=True):
        ordered = sorted(members, key=lambda index: float(tables[index][key]))
        at = np.array([float(tables[index][key]) for index in ordered])
        found.append(Series(label, at, tuple(MedianRun.of(points[index]) for index in ordered)))
    return found


def against_figure(
    results: Sequence[Result], key: str, *, each: bool = False, look: Look = SCREEN
) -> Figure:
    """Sum rate, distortion and gap of the last stage against a numeric key of the scenario.

    Of replicates the median, with bars from quartile to quartile, unless `each` is true.
    """
    series = series_against(results, key, each=each)
    panels: list[tuple[str, str]] = [("sum_rate", "sum rate [bit/sample]")]
    if all(result.stages.distortion_db is not None for result in results):
        panels.append(("distortion_db", "distortion $D$ [dB]"))
    else:
        panels.append(("distortion", f"distortion $D$ [{results[0].distortion_unit}]"))
    if all(result.stages.gap_db is not None for result in results):
        panels.append(("gap_db", "gap to the bound [dB]"))
    with mpl.rc_context(look.rc):
        return _draw(series, panels, _short(key), look)


def _draw(
    series: Sequence[Series], panels: Sequence[tuple[str, str]], xlabel: str, look: Look
) -> Figure:
    """A panel for each figure by name and label: side by side, in a paper below each other."""
    count = len(panels)
    if look is SCREEN:
        figure = new_figure(3.1 * count, 2.9)
        grid = np.ravel(figure.subplots(1, count))
    else:
        figure = new_figure(look.width, 1.7 * count)
        grid = np.ravel(figure.subplots(count, 1))
    lowest = min(float(one.at[0]) for one in series)
    highest = max(float(one.at[-1]) for one in series)
    for axes, (name, label) in zip(grid, panels, strict=True):
        for number, one in enumerate(series):
            _draw_series(axes, one, name, number, look)
        if lowest > 0 and highest / lowest >= LOGARITHMIC:
            axes.set_xscale("log")
            _plain_ticks(axes, lowest, highest)
        dress(axes, xlabel, label, look=look)
        if name == "gap_db":
            axes.set_ylim(bottom=0.0)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    medians = medians_in_words([len(run.runs) for one in series for run in one.runs])
    if medians:
        alone = len(series) == 1  # and needs no name
        labels = [medians] if alone else [f"{label} ({medians})" for label in labels]
        add_legend(figure, dict(zip(labels, handles, strict=True)), look)
    elif len(series) > 1:
        figure.axes[0].legend(frameon=False, fontsize=look.font - 1, handlelength=3.0)
    return figure


def _draw_series(axes: Axes, one: Series, name: str, number: int, look: Look) -> None:
    """One figure at the last stage, with bars from quartile to quartile."""
    last = np.array([run.median.arrays()[name][-1] for run in one.runs])
    lower = last - [run.lower[name][-1] for run in one.runs]
    upper = [run.upper[name][-1] for run in one.runs] - last
    axes.errorbar(
        one.at,
        last,
        yerr=np.nan_to_num([lower, upper]) if any(len(run.runs) > 1 for run in one.runs) else None,
        label=one.label,
        elinewidth=0.9 * look.scale,
        capsize=2.5 * look.scale,
        linewidth=1.2 * look.scale,
        markersize=4.5 * look.scale,
        markerfacecolor="white",
        **result_style(number),
    )


def _hint(key: str, table: Mapping[str, object]) -> str:
    """The key that was meant, or those that could be drawn against."""
    numbers = [
        name
        for name, value in table.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    if not numbers:
        return "its scenario has no key with a number"
    hint = did_you_mean(key, table)
    return hint if hint.startswith("did") else "keys with a number: " + ", ".join(sorted(numbers))


def _plain_ticks(axes: Axes, lowest: float, highest: float) -> None:
    """Ticks at 1, 2 and 5 of each decade, written out."""
    decades = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    ticks = [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)]
    ticks = [tick for tick in ticks if lowest * 0.999 <= tick <= highest * 1.001]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())


def _differing(table: dict[str, object], tables: list[dict[str, object]]) -> dict[str, object]:
    return {
        name: value
        for name, value in table.items()
        if any(other.get(name) != value for other in tables)
    }


def _short(key: str) -> str:
    """The words of a key that a reader needs."""
    return ".".join(key.split(".")[-2:]) if "." in key else key
