"""Results of a comparison in groups: by the value of a key, each with its spread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

import attrs
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from wzsim.reporting.compare import Comparison
from wzsim.reporting.compare_table import print_rows
from wzsim.reporting.replicate_tables import loss_in_words, spread_table
from wzsim.reporting.replicates import findings, stage_spreads
from wzsim.reporting.selection import group_values
from wzsim.reporting.statistics import Spread
from wzsim.storage import ComparedResult

MOST_GROUPS: Final = 40
"""Groups that a screen shows."""


@final
@attrs.frozen(eq=False)
class Group:
    """Results that have the same values."""

    name: str
    """The keys and values."""
    results: tuple[ComparedResult, ...]
    whole: bool = attrs.field(default=False, kw_only=True)
    """Whether they are replicates, of which no one is worth a table of its own."""


def groups_of(comparison: Comparison, keys: Sequence[str], *, each: bool = False) -> list[Group]:
    """The results by their values of some keys, in the order of the first of each group.

    each: replicates are no more to one another than other results. Raises InputError
    for a key that no result has.
    """
    values = group_values([one.record for one in comparison.results], keys)
    found: dict[tuple[str, ...], list[int]] = {}
    for place, mine in enumerate(values):
        found.setdefault(mine, []).append(place)
    replicates = set() if each else {frozenset(places) for places in comparison.replicates}
    return [
        Group(
            " ".join(f"{key}={value}" for key, value in zip(keys, mine, strict=True)),
            tuple(comparison.results[place] for place in places),
            whole=frozenset(places) in replicates,
        )
        for mine, places in found.items()
    ]


def print_groups(
    comparison: Comparison, groups: Sequence[Group], console: Console, *, each: bool
) -> None:
    """Print the groups: each with its results, or with the spread of their stages alone.

    A group of several results has the median and quartiles of each stage, and replicates
    the mean, of the results that did not fail.
    """
    plus_minus = "+-" if console.options.ascii_only else "±"
    for group in groups if each else groups[:MOST_GROUPS]:
        count = len(group.results)
        console.print(
            Text(f"{group.name}: {count} result{'' if count == 1 else 's'}", style="bold"),
            soft_wrap=True,
        )
        records = [one.record for one in group.results]
        if count == 1 or (each and not group.whole):
            rows = [row for one in group.results for row in comparison.rows_of(one)]
            print_rows(rows, {record.distortion_unit for record in records}, console)
        found = ", ".join(f"{number} {finding}" for finding, number in findings(records).items())
        if found:
            console.print(Text(f"  {found}", style="yellow"), soft_wrap=True)
        complete = [one for one in group.results if one.record.status == "complete"]
        losses = [comparison.loss_of(one) for one in complete]
        known = [loss for loss in losses if loss is not None]
        if group.whole and count > 1 and known:
            text = f"  loss {loss_in_words(Spread.of(known), plus_minus)}"
            console.print(Text(text), soft_wrap=True)
        sound = [one.record for one in complete]
        if count > 1 and sound:
            spreads = stage_spreads(
                [record.stages for record in sound], [record.stage_numbers for record in sound]
            )
            unit = sound[0].distortion_unit
            table = spread_table(spreads, unit, plus_minus, of_seeds=group.whole)
            console.print(Padding(table, (0, 0, 1, 2), expand=False))
    if not each and len(groups) > MOST_GROUPS:
        console.print(Text(f"and {len(groups) - MOST_GROUPS} more groups"))
