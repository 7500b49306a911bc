"""The numbers of replicates as one table on a screen, and as plain data for programs."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, Final

import attrs
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wzsim.reporting.coded import CODED
from wzsim.reporting.coding_table import replicate_lines
from wzsim.reporting.flags import meaning
from wzsim.reporting.header import method, open_bound, scenario_lines
from wzsim.reporting.numbers import EXACT_DIGITS, NOTHING, rounded
from wzsim.reporting.replicates import (
    StageSpread,
    coded_spreads,
    findings,
    group_name,
    seeds_in_words,
    stage_spreads,
)
from wzsim.reporting.statistics import Spread
from wzsim.reporting.tables import COLUMNS, as_json, finite, print_lines
from wzsim.simulation.result import Result

StrPath = str | os.PathLike[str]

ROWS: Final = ("median", "25 %", "75 %", "mean", "95 %")
"""What the rows of a stage are: the quartiles by their share, the interval by its confidence."""

QUANTILES: Final = 3
"""Of these rows, those that need no common mean."""


def print_replicates(
    results: Sequence[Result], files: Sequence[StrPath], console: Console | None = None
) -> None:
    """Print what replicates are, their findings, and the statistics of their numbers by stage.

    files: where they were read from. console: standard output by default.
    """
    console = console or Console(highlight=False)
    title = f": {results[0].title}" if results[0].title else ""
    console.print(Text(f"{group_name(results)}{title}", style="bold"))
    plus_minus = "+-" if console.options.ascii_only else "±"
    print_lines(console, _header(results, files, plus_minus))
    sound = [result for result in results if result.status == "complete"]
    if sound:
        spreads = stage_spreads([result.stages for result in sound])
        table = spread_table(spreads, results[0].distortion_unit, plus_minus)
        console.print(Padding(table, (1, 0, 1, 2), expand=False))
        if coded := coded_spreads(sound):
            console.print(Text("real bits", style="bold"))
            codings = [result.coding for result in sound if result.coding is not None]
            print_lines(console, replicate_lines(codings))
            table = spread_table(coded, results[0].distortion_unit, plus_minus)
            console.print(Padding(table, (1, 0, 1, 2), expand=False))


def _header(
    results: Sequence[Result], files: Sequence[StrPath], plus_minus: str
) -> list[tuple[str, str]]:
    count = len(results)
    seeds = seeds_in_words(result.scenario.get("seed") for result in results)
    where = os.fspath(files[0]) + (f" and {count - 1} more" if count > 1 else "")
    sound = [one for one in results if one.status == "complete"]
    losses = [loss for one in sound if isinstance(loss := one.evaluation.get("loss"), float)]
    lines = [("files", where), ("runs", f"{count} replicates, {seeds}")]
    lines += scenario_lines(results[0].scenario)
    lines.append(("measured", "; ".join(dict.fromkeys(method(one.evaluation) for one in results))))
    if losses and len(losses) == len(sound):
        lines.append(("loss", loss_in_words(Spread.of(losses), plus_minus)))
    lines.append(("bound", open_bound(results)))
    for finding, number in findings(results).items():
        label = "failed" if finding == "failed" else "flag"
        meant = "left out below" if finding == "failed" else meaning(finding)
        lines.append((label, f"{number} of {count} {finding}: {meant}"))
    return [(label, text) for label, text in lines if text]


def loss_in_words(loss: Spread, plus_minus: str) -> str:
    """The loss, by which codes of one price rank."""
    median, lower, upper, mean, half = _texts(loss)
    sure = f", mean {mean} {plus_minus}{half}" if half else ""
    return f"median {median} nat, quartiles {lower} and {upper}{sure}"


def spread_table(
    spreads: Sequence[StageSpread], unit: str, plus_minus: str = "±", *, of_seeds: bool = True
) -> Table:
    """For each stage the median, the quartiles, and the mean with its 95 % interval.

    of_seeds: whether only seeds differ. The mean of other results is that of no
    quantity; it is left out.
    """
    names = list(spreads[0].figures) if spreads else []
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column(Text("stage"), justify="right")
    for name in names:
        head, own = COLUMNS[name] if name in COLUMNS else CODED[name]
        table.add_column(Text(f"{head}\n{unit if own is None else own}"), justify="right")
    for stage in spreads:
        columns = [_texts(spread, of_seeds=of_seeds) for spread in stage.figures.values()]
        for row, label in enumerate(ROWS if of_seeds else ROWS[:QUANTILES]):
            cells = [texts[row] for texts in columns]
            if row == len(ROWS) - 1:
                if not any(cells):  # of one run
                    continue
                cells = [cell and f"{plus_minus}{cell}" for cell in cells]
            first = f"{stage.stage}  {label}" if row == 0 else label
            style = "" if label in ("median", "mean") else "dim"
            table.add_row(first, *(Text(cell, style=style) for cell in cells))
    return table


def _texts(spread: Spread, *, of_seeds: bool = True) -> tuple[str, str, str, str, str]:
    """Median, quartiles, mean and the half-width of its interval, to the digits that it allows."""
    half = spread.half_width if of_seeds else None
    known = half is not None and math.isfinite(half) and half > NOTHING
    median, lower, upper, mean = (
        rounded(value, half if known else None, EXACT_DIGITS)[0]
        for value in (spread.median, spread.lower_quartile, spread.upper_quartile, spread.mean)
    )
    if half is None:
        return median, lower, upper, mean, ""
    width = rounded(spread.mean, half)[1] if known else "0" if half == 0 else f"{half:.1g}"
    return median, lower, upper, mean, width


def replicates_as_json(results: Sequence[Result], files: Sequence[StrPath]) -> dict[str, Any]:
    """The statistics of replicates, and each of them as it is alone, as plain data."""
    sound = [result for result in results if result.status == "complete"]
    spreads = stage_spreads([result.stages for result in sound]) if sound else []
    plain = {
        "name": group_name(results),
        "title": results[0].title,
        "replicates": len(results),
        "seeds": [result.scenario.get("seed") for result in results],
        "findings": findings(results),
        "distortion_unit": results[0].distortion_unit,
        "stages": [
            {"stage": stage.stage}
            | {name: spread_as_json(spread) for name, spread in stage.figures.items()}
            for stage in spreads
        ],
    }
    each = [as_json(result, file) for result, file in zip(results, files, strict=True)]
    return {**finite(plain), "results": each}


def spread_as_json(spread: Spread) -> dict[str, Any]:
    """Statistics as plain data; the interval is [low, high]."""
    interval = spread.interval
    return attrs.asdict(spread) | {"interval_95": None if interval is None else list(interval)}
