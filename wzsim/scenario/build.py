"""From a document to a scenario: everything that is wrong with it, at once and in its place."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

import attrs
from cattrs import Converter

from wzsim.errors import Problem, ScenarioError
from wzsim.registry import Registry
from wzsim.scenario.convert import make_converter
from wzsim.scenario.defaults import complete, with_default_components
from wzsim.scenario.document import Document
from wzsim.scenario.faults import Fault, Flaw, faults_of, without_echoes
from wzsim.scenario.keypath import KeyPath, from_text, starts_with
from wzsim.scenario.model import Scenario, stage_count_problems
from wzsim.scenario.refusals import bound_refusals, code_refusals
from wzsim.scenario.tables import keys_of

# A converter compiles a function for every table that it meets: loading again is then faster.
_converter = lru_cache(maxsize=4)(make_converter)


def build_scenario(document: Document, registry: Registry) -> Scenario:
    """The scenario of a document, with all defaults. Raises ScenarioError with every problem."""
    absent = [
        key.name
        for key in keys_of(Scenario)
        if key.must_be_given and attrs.has(key.type) and key.name not in document.data
    ]
    # An absent table is read as an empty one: what it should hold is then said key by key.
    data = with_default_components({**document.data, **{key: {} for key in absent}}, registry)
    converter = _converter(registry)
    try:
        scenario = converter.structure(data, Scenario)
        tables = {key.name: getattr(scenario, key.name) for key in keys_of(Scenario)}
        faults = tuple(_cross_faults(tables, ()))
        if not faults:
            return complete(scenario, registry)
    except Exception as error:
        faults = without_echoes(faults_of(error))
        tables = _sound_tables(data, converter, faults)
        faults = without_echoes((*faults, *_cross_faults(tables, faults)))
    raise ScenarioError(
        document.problem(fault.path, fault.message, _hint(fault, absent)) for fault in faults
    )


def _hint(fault: Fault, absent: Iterable[str]) -> str | None:
    table = next((table for table in absent if fault.path[:1] == (table,)), None)
    hints = [fault.hint, f"add a table [{table}]" if table else None]
    return "; ".join(hint for hint in hints if hint) or None


def _sound_tables(
    data: Mapping[str, Any], converter: Converter, faults: Iterable[Fault]
) -> dict[str, Any]:
    """What can be read of the scenario's tables without the keys that are wrong."""
    rest = copy.deepcopy(dict(data))
    for fault in faults:
        _remove(rest, fault.path)
    tables = {}
    for key in keys_of(Scenario):
        if key.name in rest:
            # A table that cannot be read has faults that are known; the others are checked.
            with suppress(Exception):
                tables[key.name] = converter.structure(rest[key.name], key.type)
    return tables


def _remove(table: dict[str, Any], path: KeyPath) -> None:
    """Take away the key, or the whole array, that a path leads to, if there is one."""
    for depth, key in enumerate(path):
        inner = table.get(key) if isinstance(key, str) else None
        if depth + 1 < len(path) and isinstance(inner, dict):
            table = inner
        else:
            table.pop(str(key), None)
            return


def _cross_faults(tables: Mapping[str, Any], faults: Iterable[Fault]) -> Iterator[Fault]:
    """What tables say about each other, asked only where both sides were read without a fault.

    An unknown key does no harm here: the others were read as they are.
    """
    wrong = [fault.path for fault in faults if fault.flaw is not Flaw.UNKNOWN_KEY]

    def sound(*needed: KeyPath) -> bool:
        return all(
            path[0] in tables
            and not any(starts_with(path, bad) or starts_with(bad, path) for bad in wrong)
            for path in needed
        )

    def ask(check: Callable[..., Iterator[Problem]], *names: str) -> Iterator[Fault]:
        for problem in check(*(tables[name] for name in names)):
            yield Fault(from_text(problem.path), problem.message, problem.hint)

    pair = (("correlation",), ("distortion",))
    by_stage = (("training", "lagrange_multiplier"), ("training", "rate_weights"))
    miscounted: list[Fault] = []
    if sound(("code", "alphabet_sizes"), *by_stage):
        miscounted += ask(stage_count_problems, "code", "training")
        yield from miscounted
    if not miscounted and sound(*pair, ("code",), *by_stage):
        yield from ask(code_refusals, "correlation", "distortion", "code", "training")
    if sound(*pair, ("evaluation", "bounds")):
        yield from ask(bound_refusals, "correlation", "distortion", "evaluation")
