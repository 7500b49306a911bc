"""Reads scenarios: from a file, a text, or plain data that a program made."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import attrs
import tomli_w

from wzsim.errors import Problem, ScenarioError
from wzsim.registry import Registry
from wzsim.scenario.build import build_scenario
from wzsim.scenario.document import Document
from wzsim.scenario.model import Scenario
from wzsim.scenario.overrides import apply_overrides
from wzsim.scenario.reading import parse_document, read_document, refuse_other_schema
from wzsim.scenario.replicates import KEY as REPLICATES
from wzsim.scenario.replicates import refuse_replicates, replicated, replicates_of
from wzsim.scenario.resolve import resolve, to_toml
from wzsim.scenario.sweep import PointDocument, is_sweep, point_documents, refuse_sweep
from wzsim.scenario.sweep_problems import build_points, overrides_without_effect


@final
@attrs.frozen
class LoadedScenario:
    """A scenario, the text it came from, and all that it means."""

    scenario: Scenario

    toml: str
    """The text as it was written, without what it extends and without overrides; of a point of a
    sweep, which nobody wrote, the resolved form."""

    resolved: Mapping[str, Any]
    """Plain data with every key, defaults included; reading it gives `scenario` again."""


@final
@attrs.frozen
class Sweep:
    """All scenarios of a file, each with a name of its own."""

    name: str
    """The name that the file gives."""

    points: tuple[LoadedScenario, ...]

    is_sweep: bool = attrs.field(kw_only=True)
    """Whether the file has a `[sweep]` table or replicates; without, it is a single point."""


def load_scenario(
    path: str | os.PathLike[str], registry: Registry, overrides: Sequence[str] = ()
) -> LoadedScenario:
    """Read a scenario file.

    overrides: `KEY=VALUE` as with `--set`, applied last. Raises ScenarioError
    with every problem of the file at once; nothing else comes out of a bad file.
    A sweep is refused, and so are replicates: `load_points` reads those too.
    """
    text, document = read_document(path)
    return _loaded(text, document, registry, overrides)


def parse_scenario(
    text: str,
    registry: Registry,
    *,
    file_name: str | None = None,
    overrides: Sequence[str] = (),
) -> LoadedScenario:
    """Read a scenario from its text.

    file_name: what errors call it; `extends` is relative to its directory, and
    an error without it. Raises ScenarioError.
    """
    directory = None if file_name is None else Path(file_name).parent
    return _loaded(text, parse_document(text, file_name, directory), registry, overrides)


def parse_mapping(
    data: Mapping[str, Any], registry: Registry, overrides: Sequence[str] = ()
) -> LoadedScenario:
    """Read a scenario from plain data, such as `LoadedScenario.resolved`.

    Its problems have paths but no lines. Raises ScenarioError.
    """
    try:
        text = tomli_w.dumps(data)
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        message = f"the scenario is not plain data that TOML can hold: {error}"
        raise ScenarioError([Problem(message)]) from error
    document = attrs.evolve(parse_document(text, None, None), places={})
    return _loaded(text, document, registry, overrides)


def load_points(
    path: str | os.PathLike[str], registry: Registry, overrides: Sequence[str] = ()
) -> Sweep:
    """Read a scenario file that may have a `[sweep]` table or replicates: every point of it.

    overrides: applied to the file before its points are made, so that what a
    point sets itself wins; one that every point replaces is an error. Raises
    ScenarioError with every problem of every point at once.
    """
    text, written = read_document(path)
    document, wrong = apply_overrides(written, overrides)
    refuse_other_schema(document)
    count, problems = replicates_of(document, registry)
    wrong += tuple(problems)
    base = document.without(REPLICATES)
    if not is_sweep(written) and count == 1:
        loaded = _built(text, base, wrong, registry)
        return Sweep(loaded.scenario.name, (loaded,), is_sweep=False)
    points: tuple[PointDocument, ...] = (PointDocument("", base, ()),)
    try:
        if is_sweep(written):
            points = point_documents(base, registry)
        if count > 1:
            points = replicated(points, document, count)
    except ScenarioError as error:
        raise ScenarioError(_in_order((*wrong, *error.problems), document)) from error
    scenarios, problems = build_points(points, document, registry)
    problems = [*wrong, *problems, *overrides_without_effect(points, base)]
    if problems:
        raise ScenarioError(_in_order(problems, document))
    name = document.data["name"]
    return Sweep(name, tuple(_point(scenario) for scenario in scenarios), is_sweep=True)


def _point(scenario: Scenario) -> LoadedScenario:
    resolved = resolve(scenario)
    return LoadedScenario(scenario, to_toml(resolved), resolved)


def _loaded(
    text: str, document: Document, registry: Registry, overrides: Sequence[str]
) -> LoadedScenario:
    refuse_sweep(document)
    document, wrong = apply_overrides(document, overrides)
    refuse_other_schema(document)
    count, problems = replicates_of(document, registry)
    refuse_replicates(document, count)
    return _built(text, document.without(REPLICATES), (*wrong, *problems), registry)


def _built(
    text: str, document: Document, wrong: Sequence[Problem], registry: Registry
) -> LoadedScenario:
    """The scenario of a document; wrong: what is known to be wrong with it already."""
    try:
        scenario = build_scenario(document, registry)
    except ScenarioError as error:
        raise ScenarioError(_in_order((*wrong, *error.problems), document)) from error
    if wrong:
        raise ScenarioError(wrong)
    return LoadedScenario(scenario, text, resolve(scenario))


def _in_order(problems: Sequence[Problem], document: Document) -> list[Problem]:
    """By line, the scenario's own file first."""

    def order(problem: Problem) -> tuple[bool, str, int, str]:
        other = problem.file != document.origin.file
        return (other, problem.file or "", problem.line or 0, problem.path)

    return sorted(problems, key=order)
