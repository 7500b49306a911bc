"""The resolved form: every key of a scenario as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import attrs
import tomli_w

from wzsim.contracts import Component
from wzsim.scenario.model import Scenario
from wzsim.scenario.tables import keys_of


def resolve(scenario: Scenario) -> dict[str, Any]:
    """The scenario as plain data for TOML and JSON: tables, arrays, strings, numbers.

    Every key is there, defaults and names of components included; a key whose
    value is None is left out, since TOML has no such value. Reading the result
    gives an equal scenario.
    """
    return _table(scenario)


def to_toml(resolved: Mapping[str, Any]) -> str:
    """The resolved form as a TOML text: what an executor sends to another machine."""
    return tomli_w.dumps(resolved)


def _table(value: Any) -> dict[str, Any]:
    table = {"name": value.name} if isinstance(value, Component) else {}
    cls: Any = type(value)
    for key in keys_of(cls):
        inner = getattr(value, key.attribute.name)
        if inner is not None:
            table[key.name] = plain(inner, key.type)
    return table


def plain(value: Any, type_: Any) -> Any:
    """The value of a field of that type, as TOML and JSON hold it."""
    if attrs.has(type(value)):
        return _table(value)
    if isinstance(value, list | tuple):
        return [plain(item, type_) for item in value]
    if isinstance(value, Mapping):
        return {key: plain(item, type_) for key, item in value.items()}
    if type(value) is int and _parts(type_) >= {float} and int not in _parts(type_):
        return float(value)  # Python takes 1 for 1.0, and equal scenarios have one hash
    return value


def _parts(type_: Any) -> set[Any]:
    """The types that a type is made of."""
    arguments = get_args(type_)
    return set().union(*map(_parts, arguments)) if arguments else {type_}
