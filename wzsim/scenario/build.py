"""From a document to a scenario: everything that is wrong with it, at once and in its place."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import attrs
from cattrs import Converter

from wzsim.errors import ScenarioError
from wzsim.registry import Registry
from wzsim.scenario.convert import make_converter
from wzsim.scenario.cross_checks import CROSS_CHECKS, check_tables
from wzsim.scenario.defaults import complete, with_default_components
from wzsim.scenario.document import Document
from wzsim.scenario.faults import Fault, faults_of, without_echoes
from wzsim.scenario.keypath import from_text, starts_with
from wzsim.scenario.model import Scenario, part_problems
from wzsim.scenario.tables import keys_of

# A converter compiles a function for every table that it meets: loading again is then faster.
converter_of = lru_cache(maxsize=4)(make_converter)


def build_scenario(document: Document, registry: Registry) -> Scenario:
    """The scenario of a document, with all defaults. Raises ScenarioError with every problem."""
    absent = [
        key.name
        for key in keys_of(Scenario)
        if (key.must_be_given or key.name == "training")
        and key.is_table
        and key.name not in document.data
    ]
    # An absent table is read as an empty one: what it should hold is then said key by key.
    data = with_default_components({**document.data, **{key: {} for key in absent}}, registry)
    converter = converter_of(registry)
    try:
        scenario = converter.structure(data, Scenario)
        if problems := tuple(check_tables(scenario)):
            raise ScenarioError(problems)
        return complete(scenario, registry)
    except Exception as error:  # a component may raise anything
        faults = [*faults_of(error)]
        faults += _faults_behind_unknown_keys(data, faults, converter)
        faults += _faults_of_parts(data["correlation"])
        faults += _faults_between_tables(data, faults, converter)
        raise ScenarioError(
            document.problem(fault.path, fault.message, _hint(fault, absent))
            for fault in without_echoes(faults)
        ) from error


def _hint(fault: Fault, absent: Iterable[str]) -> str | None:
    table = next((table for table in absent if fault.path[:1] == (table,)), None)
    hints = [fault.hint, f"add a table [{table}]" if table else None]
    return "; ".join(hint for hint in hints if hint) or None


def _faults_behind_unknown_keys(
    data: Mapping[str, Any], faults: Iterable[Fault], converter: Converter
) -> Iterator[Fault]:
    """What a table says of itself as a whole, once the unknown keys inside it are gone."""
    unknown = [fault for fault in faults if fault.unknown_key]
    if unknown:
        try:
            converter.structure(_without(data, unknown), Scenario)
        except Exception as error:  # noqa: BLE001 - a component may raise anything
            yield from faults_of(error)


def _faults_of_parts(correlation: object) -> Iterator[Fault]:
    """Parts that are missing or too many, whether or not each of them is right."""
    if isinstance(correlation, Mapping):
        for problem in part_problems(correlation.keys() & {"source", "channel", "pair"}):
            path = ("correlation", *from_text(problem.path))
            yield Fault(path, problem.message, problem.hint)


def _faults_between_tables(
    data: Mapping[str, Any], faults: Iterable[Fault], converter: Converter
) -> list[Fault]:
    """What the tables of a faulty scenario say about each other.

    Asked only where all that a check takes was read without a fault. An unknown
    key is one at the key that was meant; without that the others are as they are.
    """
    wrong = [f.meant or f.path for f in faults if f.meant or not f.unknown_key]
    rest = _without(data, faults)
    more: list[Fault] = []
    for check, keys in CROSS_CHECKS:
        paths = [tuple(key.split(".")) for key in keys]
        if any(starts_with(path, bad) or starts_with(bad, path) for path in paths for bad in wrong):
            continue
        try:
            taken = [_read(rest, Scenario, path, converter) for path in paths]
        except Exception:  # noqa: BLE001 - the rest of a table whose method is wrong has no reading
            continue
        found = [Fault(from_text(p.path), p.message, p.hint) for p in check(*taken)]
        more += found
        wrong += [fault.path for fault in found]
    return more


def _without(data: Mapping[str, Any], faults: Iterable[Fault]) -> dict[str, Any]:
    """The data without the keys, or the whole arrays, that have faults."""
    rest = copy.deepcopy(dict(data))
    for fault in faults:
        table: Any = rest
        for key, after in zip(fault.path, (*fault.path[1:], None), strict=False):
            if isinstance(after, str) and isinstance(table.get(key), dict):
                table = table[key]
            else:
                table.pop(key, None)
                break
    return rest


def _read(table: Mapping[str, Any], cls: type, path: tuple[str, ...], converter: Converter) -> Any:
    """The object at `path` below a table of `cls` whose other keys may be wrong."""
    name, *below = path
    key = next(key for key in keys_of(cls) if key.name == name)
    if name in table and below and attrs.has(key.type):
        return _read(table[name], key.type, tuple(below), converter)
    made = converter.structure(table[name], key.type) if name in table else key.default
    for attribute in below:
        made = getattr(made, attribute)
    return made
