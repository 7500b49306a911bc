"""Replicates: results of one scenario with different seeds, and what they come to by stage."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Self, final

import attrs
import numpy as np

from wzsim.reporting.coded import ON_SCREEN, coded_figures
from wzsim.reporting.compare_labels import IDENTITIES
from wzsim.reporting.statistics import Spread
from wzsim.simulation.result import Array, Result, StageFigures
from wzsim.storage import Record

MOST_SEEDS: Final = 12
"""Seeds that are listed one by one."""


Run = Result | Record


def simulated(scenario: Mapping[str, Any]) -> str:
    """A hash of what was simulated: equal for replicates of one another, and for them alone.

    It is of the canonical JSON of the resolved scenario without its seed, name and title.
    """
    kept = {key: value for key, value in scenario.items() if key not in IDENTITIES}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def replicate_groups(runs: Sequence[Run], told_by: Sequence[str] | None = None) -> list[list[int]]:
    """Places of the runs, those of replicates together; in the order of the first ones.

    told_by: a text for each run that is the same for replicates alone; that of
    `simulated` by default.

    Runs of equal seeds, such as those of two versions of a plugin, are no
    replicates of one another: the second of each seed makes another group.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    seen = Counter[tuple[str, str]]()
    keys = map(simulated, (run.scenario for run in runs)) if told_by is None else told_by
    for place, (run, key) in enumerate(zip(runs, keys, strict=True)):
        seed = (key, str(run.scenario.get("seed")))
        groups.setdefault((key, seen[seed]), []).append(place)
        seen[seed] += 1
    return list(groups.values())


@final
@attrs.frozen(eq=False)
class StageSpread:
    """What a stage of several replicates comes to."""

    stage: int
    """From 1."""
    figures: Mapping[str, Spread]
    """By name, as in `StageFigures`."""


def stage_spreads(
    runs: Sequence[StageFigures], numbers: Sequence[Sequence[int]] | None = None
) -> list[StageSpread]:
    """Statistics of each stage over all runs that have it, of the figures that all runs have.

    numbers: which stages each run has, from 1; all of them where it is not given.
    """
    if numbers is None:
        numbers = [range(1, figures.stages + 1) for figures in runs]
    arrays = [figures.arrays() for figures in runs]
    names = [name for name in arrays[0] if all(name in others for others in arrays)]
    found = []
    for stage in sorted({number for own in numbers for number in own}):
        places = [
            (mine, own.index(stage))
            for mine, own in zip(arrays, numbers, strict=True)
            if stage in own
        ]
        values = {name: np.array([mine[name][place] for mine, place in places]) for name in names}
        found.append(StageSpread(stage, {name: Spread.of(those) for name, those in values.items()}))
    return found


def coded_spreads(runs: Sequence[Run]) -> list[StageSpread]:
    """Statistics of the real bits that a screen shows; none unless all runs were coded."""
    tables = [coded_figures(run.coding) for run in runs]
    if not all(tables) or len({len(table["frames"]) for table in tables}) > 1:
        return []
    return [
        StageSpread(
            stage + 1,
            {
                name: Spread.of([float(table[name][stage]) for table in tables])
                for name in ON_SCREEN
                if all(name in table for table in tables)
            },
        )
        for stage in range(len(tables[0]["frames"]))
    ]


def findings(runs: Sequence[Run]) -> dict[str, int]:
    """How many runs have each flag, and how many `failed`."""
    found = Counter(flag for run in runs for flag in run.flags)
    found["failed"] += sum(run.status == "failed" for run in runs)
    return {finding: count for finding, count in found.items() if count}


def group_name(results: Sequence[Run]) -> str:
    """What the names of replicates have in common: that of the point, without the seed.

    Replicates of a file without a sweep have names that say the seed alone; those go by all seeds.
    """
    if len(results) == 1:
        return results[0].name
    names = {
        result.name.removesuffix(f"seed{result.scenario.get('seed')}").removesuffix("-")
        for result in results
    }
    name = names.pop() if len(names) == 1 else ""
    return name or seeds_in_words(result.scenario.get("seed") for result in results)


def seeds_in_words(seeds: Iterable[Any]) -> str:
    """Seeds, in a row or one by one.

    >>> seeds_in_words([5, 7, 6]), seeds_in_words([5, 9]), seeds_in_words([3, 3])
    ('seeds 5 to 7', 'seeds 5, 9', 'seeds 3, 3')
    """
    ordered = sorted(seed for seed in seeds if isinstance(seed, int))
    if len(ordered) > 2 and ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"seeds {ordered[0]} to {ordered[-1]}"
    listed = ", ".join(map(str, ordered[:MOST_SEEDS]))
    more = len(ordered) - MOST_SEEDS
    return f"seeds {listed}" + (f" and {more} more" if more > 0 else "")


@final
@attrs.frozen(eq=False)
class MedianRun:
    """Replicates as one run: the median of each figure at each stage, and the quartiles."""

    runs: tuple[Run, ...]
    """Those that are complete; all of them where none is."""
    median: StageFigures
    lower: Mapping[str, Array]
    """Lower quartiles by name, in the place of the medians."""
    upper: Mapping[str, Array]

    @classmethod
    def of(cls, runs: Sequence[Run]) -> Self:
        """The median of some replicates; of one, that one itself with its standard errors."""
        sound = tuple(run for run in runs if run.status == "complete") or tuple(runs)
        figures = [run.stages for run in sound]
        if len(sound) == 1:
            return cls(sound, figures[0], figures[0].arrays(), figures[0].arrays())
        numbers = [
            run.stage_numbers if isinstance(run, Record) else tuple(range(1, run.stages.stages + 1))
            for run in sound
        ]
        stages = stage_spreads(figures, numbers)
        names = list(stages[0].figures) if stages else list(figures[0].arrays())

        def gathered(part: str) -> dict[str, Any]:
            return {
                name: np.array([getattr(stage.figures[name], part) for stage in stages])
                for name in names
            }

        return cls(
            sound,
            StageFigures(**gathered("median")),
            gathered("lower_quartile"),
            gathered("upper_quartile"),
        )
