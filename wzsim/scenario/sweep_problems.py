"""The scenarios of a sweep's points, and everything that is wrong with any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from wzsim.errors import Problem, ScenarioError
from wzsim.registry import Registry
from wzsim.scenario.build import build_scenario
from wzsim.scenario.document import Document
from wzsim.scenario.model import Scenario
from wzsim.scenario.sweep import PointDocument


def build_points(
    points: Sequence[PointDocument], document: Document, registry: Registry
) -> tuple[list[Scenario], list[Problem]]:
    """The scenarios of all points that are right, and the problems of the others.

    A problem that several points share is said once: without a name where all
    have it, and else at the value that they share.
    """
    scenarios: list[Scenario] = []
    sharing: dict[Problem, list[PointDocument]] = {}
    for point in points:
        try:
            scenarios.append(build_scenario(point.document, registry))
        except ScenarioError as error:
            for problem in error.problems:
                sharing.setdefault(problem, []).append(point)
    problems = [*_problems_of_name(points[0], document, registry)]
    for problem, those in sharing.items():
        problems.append(problem if len(those) == len(points) else _of(problem, those, document))
    return scenarios, problems


def overrides_without_effect(
    points: Sequence[PointDocument], document: Document
) -> Iterator[Problem]:
    """Overrides that every point of a sweep replaces."""
    seen = {place for point in points for place in point.document.places.values()}
    for path, place in document.places.items():
        if place.is_override and place not in seen and path[0] not in ("sweep", "name", "title"):
            yield document.problem(path, "has no effect, since every point of the sweep sets it")
            seen.add(place)


def _problems_of_name(
    point: PointDocument, document: Document, registry: Registry
) -> list[Problem]:
    """What is wrong with the name of the file, which the points do not have."""
    data = {key: value for key, value in point.document.data.items() if key != "name"}
    if "name" in document.data:
        data["name"] = document.data["name"]
    places = dict(point.document.places)
    places.pop(("name",))
    if ("name",) in document.places:
        places["name",] = document.places["name",]
    try:
        build_scenario(attrs.evolve(point.document, data=data, places=places), registry)
    except ScenarioError as error:
        return [problem for problem in error.problems if problem.path == "$.name"]
    return []


def _of(problem: Problem, points: Sequence[PointDocument], document: Document) -> Problem:
    """The problem with the name of its points, at the value that they have in common."""
    others = len(points) - 1
    more = "" if not others else f" and {others} other{'s' if others > 1 else ''}"
    message = f"point '{points[0].name}'{more}: {problem.message}"
    swept = {
        place for path, place in document.places.items() if path[0] == "sweep" and len(path) > 1
    }
    if any((place.file, place.line) == (problem.file, problem.line) for place in swept):
        return attrs.evolve(problem, message=message)
    shared = [value for value in points[0].values if all(value in point.values for point in points)]
    place = document.place((shared or points[0].values)[-1].at)
    return attrs.evolve(problem, message=message, file=place.file, line=place.line)
