"""What a screen shows of a comparison: all of a few results, the best of thousands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from rich.console import Console
from rich.text import Text

from wzsim.reporting.compare import Comparison, Row
from wzsim.reporting.compare_gaps import CurveGap, print_gaps
from wzsim.reporting.compare_groups import Group, print_groups
from wzsim.reporting.compare_table import print_comparison, print_rows
from wzsim.reporting.fronts import pareto_front

MOST_RESULTS: Final = 60
"""Results that a table shows one by one."""

MOST_ROWS: Final = 40
"""Stages that are shown in place of more results."""


def show_comparison(
    comparison: Comparison,
    *,
    groups: Sequence[Group] = (),
    everything: bool = False,
    console: Console | None = None,
) -> None:
    """Print a comparison: by groups where there are some, else by results.

    Of more than `MOST_RESULTS` results only the spread of each group, or the stages on
    their Pareto front, unless `everything` is true. console: standard output by default.
    """
    console = console or Console(highlight=False)
    few = everything or len(comparison.results) <= MOST_RESULTS
    if groups:
        print_groups(comparison, groups, console, each=few)
    elif few:
        print_comparison(comparison, console)
    else:
        _print_best(comparison, console)
    if not few:
        stages = sum(len(one.record.stage_numbers) for one in comparison.results)
        console.print(
            Text(
                f"These are {stages} stages of {len(comparison.results)} results: "
                "--all prints every one, --csv FILE writes them, --where CONDITION selects"
                + ("." if groups else ", --group-by KEY groups them.")
            ),
            soft_wrap=True,
        )


def show_stages(comparison: Comparison, console: Console | None = None) -> None:
    """Print the stages of a comparison alone, in the order of their rates, labels beside them."""
    rows = sorted(comparison.rows, key=lambda row: row.sum_rate)
    units = {one.record.distortion_unit for one in comparison.results}
    print_rows(rows, units, console or Console(highlight=False), beside=True)


def show_gaps(comparison: Comparison, gaps: Sequence[CurveGap]) -> None:
    """Print average gaps; distortions are in dB where all results have dB."""
    records = [one.record for one in comparison.results]
    units = {
        record.distortion_unit if record.stages.distortion_db is None else "dB"
        for record in records
    }
    print_gaps(gaps, units.pop() if len(units) == 1 else "own unit")


def best_rows(comparison: Comparison) -> tuple[list[Row], str]:
    """Stages to show in place of all, and in words which they are.

    Those on the Pareto front, in the order of their rates; with results of several pairs,
    whose distortions do not compare, those nearest to their bound. Results that
    failed are left out.
    """
    failed = {one.label for one in comparison.results if one.record.status == "failed"}
    rows = [row for row in comparison.rows if row.label not in failed]
    if comparison.pairs == 1:
        front = pareto_front([row.sum_rate for row in rows], [row.distortion for row in rows])
        some = np.unique(np.linspace(0, len(front) - 1, MOST_ROWS).round().astype(int))
        chosen = front if len(front) <= MOST_ROWS else front[some]
        part = "" if len(front) == len(chosen) else f"{len(chosen)} of the {len(front)} stages on "
        said = f"{part}the Pareto front: no other stage has less distortion at no more rate"
        return [rows[place] for place in chosen], said
    near = [row for row in rows if row.gap_db is not None and np.isfinite(row.gap_db)]
    near.sort(key=lambda row: row.gap_db or 0.0)
    return near[:MOST_ROWS], f"the {len(near[:MOST_ROWS])} stages nearest to their bound"


def _print_best(comparison: Comparison, console: Console) -> None:
    rows, said = best_rows(comparison)
    units = {one.record.distortion_unit for one in comparison.results}
    console.print(Text(said[0].upper() + said[1:] + "."), soft_wrap=True)
    print_rows(rows, units, console, beside=True)
