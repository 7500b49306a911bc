"""`replicates = N`: each scenario of a file N times, with the seeds that follow its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, final

import attrs
from cattrs.errors import ClassValidationError

from wzsim.contracts import Range, doc
from wzsim.errors import Problem, ScenarioError
from wzsim.registry import Registry
from wzsim.scenario.build import converter_of
from wzsim.scenario.document import Document
from wzsim.scenario.faults import faults_of
from wzsim.scenario.model import PLAIN_NAME, SEEDS
from wzsim.scenario.sweep import MAX_POINTS, PointDocument, Value

KEY: Final = "replicates"


@final
@attrs.frozen(kw_only=True)
class Replicates:
    """The key as a table of its own, so that it is read and described as all others are."""

    replicates: int = attrs.field(
        default=1,
        validator=Range(ge=1, le=MAX_POINTS),
        metadata=doc("how many times to run, with the seeds seed, seed + 1, ...; 1: once"),
    )


def replicates_of(document: Document, registry: Registry) -> tuple[int, list[Problem]]:
    """How often each scenario is run, and what is wrong with the key; 1 without it."""
    if KEY not in document.data:
        return 1, []
    try:
        read = converter_of(registry).structure({KEY: document.data[KEY]}, Replicates)
    except ClassValidationError as error:
        faults = faults_of(error)
        return 1, [document.problem(fault.path, fault.message, fault.hint) for fault in faults]
    return read.replicates, []


def replicated(
    points: Sequence[PointDocument], document: Document, count: int
) -> tuple[PointDocument, ...]:
    """Each point with `count` seeds, its own being the first; the name says the seed.

    document: the file, with the key. The title stays that of the point, so that
    a replicate is the plain run of its seed under another name. Raises
    ScenarioError for too many runs, names that are too long, and points that
    choose seeds themselves.
    """
    problems = _problems(points, document, count)
    if problems:
        raise ScenarioError(problems)
    return tuple(replicate for point in points for replicate in _replicates(point, document, count))


def refuse_replicates(document: Document, count: int) -> None:
    """Raise for several replicates where one scenario is wanted."""
    if count > 1:
        message = f"this file is {count} runs of a scenario, and one is wanted here"
        hint = "set replicates = 1, or use a command that runs sweeps"
        raise ScenarioError([document.problem((KEY,), message, hint)])


def _problems(points: Sequence[PointDocument], document: Document, count: int) -> list[Problem]:
    if len(points) * count > MAX_POINTS:
        message = f"{len(points)} points of {count} replicates each are more than {MAX_POINTS} runs"
        return [document.problem((KEY,), message, "split the sweep into several files")]
    own = document.places.get(("seed",))
    for point in points:
        if point.document.places.get(("seed",)) != own:
            message = f"the seeds of points are chosen here and by 'replicates = {count}'"
            return [point.document.problem(("seed",), message, "take one of the two out")]
    first = document.data.get("seed", 0)
    if type(first) is int and first < SEEDS < first + count:
        message = f"{count} seeds from {first} are too many: a seed is less than {SEEDS}"
        return [document.problem(("seed",), message)]
    return []


def _replicates(point: PointDocument, document: Document, count: int) -> list[PointDocument]:
    base = point.document.data.get("seed", 0)
    seeds: Sequence[object] = [base] * count  # what is no seed is said when the point is read
    if type(base) is int and base >= 0:
        seeds = range(base, base + count)
    here = document.place((KEY,))
    place = point.document.places.get(("seed",), here)
    made = []
    for seed in seeds:
        label = f"seed{seed}"
        name = f"{point.name}-{label}" if point.name else label
        if type(base) is int and not re.fullmatch(PLAIN_NAME, name):
            message = f"the name {name!r} of a replicate has {len(name)} characters, more than 100"
            hint = "give the values of the sweep shorter labels"
            raise ScenarioError([document.problem((KEY,), message, hint)])
        changed = point.document.with_value(("name",), name, here)
        changed = changed.with_value(("seed",), seed, place)
        made.append(PointDocument(name, changed, (*point.values, Value((KEY,), label))))
    return made
