"""Strict reading of single values, arrays and unions: what fits is decided here, not by cattrs.

By itself cattrs turns "0.1" into 0.1, 1.5 into 1 and "abc" into ("a", "b", "c").
"""

from __future__ import annotations

import math
import tomllib
import types
from collections.abc import Callable
from typing import Any, Literal, Union, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.cols import mapping_structure_factory
from cattrs.errors import ClassValidationError, IterableValidationError, IterableValidationNote

from wzsim.errors import PluginError
from wzsim.scenario.faults import MisfitError, did_mean, misfit, missing_key, unknown_key
from wzsim.scenario.tables import accepts, expected, found, keys_of, members, tag_of

Read = Callable[[Any, Any], Any]
"""A structure hook: (TOML value, type) -> object."""


def register_strict_values(converter: Converter) -> None:
    """Make the converter refuse whatever is not written as the type that is due.

    The one exception is an integer where a float is due.
    """
    converter.register_structure_hook(bool, _scalar)
    converter.register_structure_hook(str, _scalar)
    converter.register_structure_hook(int, _integer)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook_func(_made_from((Literal,)), _literal)
    converter.register_structure_hook_func(
        lambda type_: type_ is Any, lambda value, _: _anything(value, converter)
    )
    factories: tuple[tuple[tuple[Any, ...], Callable[[Any, Converter], Read]], ...] = (
        ((tuple, list), _array),
        ((dict,), _mapping),
        ((Union, types.UnionType), _union),
    )
    for origins, factory in factories:
        converter.register_structure_hook_factory(_made_from(origins), factory)


def _made_from(origins: tuple[Any, ...]) -> Callable[[Any], bool]:
    return lambda type_: (get_origin(type_) or type_) in origins


def unfit(value: object, type_: Any, hint: str | None = None) -> MisfitError:
    """The error of a value of another type than the one that is due."""
    if hint is None and isinstance(value, str):
        hint = _unquoted(value, type_)
    return misfit(f"expected {expected(type_)}, found {found(value)}", hint)


def _unquoted(text: str, type_: Any) -> str | None:
    """The hint for a value that would fit if it were not a string."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return None
    fits = set(parsed) == {"value"} and accepts(type_, parsed["value"])
    short = len(text) < 40 and "\n" not in text
    return f"write {text.strip()} without quotes" if fits and short else None


def _scalar(value: Any, type_: Any) -> Any:
    if not accepts(type_, value):
        raise unfit(value, type_)
    return value


def _integer(value: Any, type_: Any) -> int:
    if type(value) is float and value.is_integer():
        raise unfit(value, type_, f"write {int(value):_}" if abs(value) < 1e18 else None)
    if type(value) is not int:
        raise unfit(value, type_)
    if not -(2**63) <= value < 2**63:
        raise misfit(f"expected an integer of at most 64 bits, found {found(value)}")
    return value


def _float(value: Any, type_: Any) -> float:
    if not accepts(type_, value):
        raise unfit(value, type_)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise misfit(f"expected a finite number, found {found(value)}")
    return number


def _literal(value: Any, type_: Any) -> Any:
    words = get_args(type_)
    for word in words:
        if type(value) is type(word) and value == word:
            return value
    raise unfit(value, type_, did_mean(value, words))


def _array(type_: Any, converter: Converter) -> Read:
    container = get_origin(type_) or type_
    arguments = get_args(type_) or (Any, ...)
    any_length = container is list or arguments[-1] is Ellipsis

    def read(value: Any, _: Any) -> Any:
        if not isinstance(value, list):
            raise unfit(value, type_)
        if not any_length and len(value) != len(arguments):
            raise misfit(f"expected an array of {len(arguments)} elements, found {len(value)}")
        element_types = arguments[:1] * len(value) if any_length else arguments
        elements, errors = [], []
        for index, (item, element_type) in enumerate(zip(value, element_types, strict=True)):
            try:
                elements.append(converter.structure(item, element_type))
            except Exception as error:  # noqa: BLE001 - collected for `faults_of`
                error.add_note(IterableValidationNote("element", index, element_type))
                errors.append(error)
        if errors:
            raise IterableValidationError("array", errors, container)
        return container(elements)

    return read


def _anything(value: Any, converter: Converter) -> Any:
    """Any value that survives in JSON, so that a scenario has a resolved form and a hash."""
    if not accepts(Any, value):
        raise misfit(f"expected a value that JSON has too, found {found(value)}")
    nested: dict[Any, Any] = {list: list[Any], dict: dict[str, Any]}
    return converter.structure(value, nested.get(type(value), type(value)))


def _mapping(type_: Any, converter: Converter) -> Read:
    structure = mapping_structure_factory(type_, converter)

    def read(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise unfit(value, type_)
        return structure(value, type_)

    return read


def _union(type_: Any, converter: Converter) -> Read:
    choices = members(type_)

    def read(value: Any, _: Any) -> Any:
        if len(choices) == 1:
            return converter.structure(value, choices[0])
        fitting = [choice for choice in choices if accepts(choice, value)]
        if not fitting:
            raise unfit(value, type_)
        if len(fitting) > 1 and isinstance(value, dict):
            return _tagged(fitting, value, converter)
        exact = [choice for choice in fitting if choice is type(value)]
        return converter.structure(value, (exact or fitting)[0])

    return read


def _tagged(choices: list[Any], table: dict[str, Any], converter: Converter) -> Any:
    """A table of one of several classes, each with its own word at a key such as `method`."""
    tag = tag_of(choices)
    if tag is None:
        raise PluginError(f"nothing tells tables of {', '.join(c.__name__ for c in choices)} apart")
    key, words = tag
    word = table.get(key.name, key.default)
    if word is attrs.NOTHING:
        raise missing_key(key.name, f"one of {', '.join(map(repr, words))}")
    if not isinstance(word, str) or word not in words:
        error = unfit(word, Literal.__getitem__(tuple(words)), did_mean(word, words))
        raise MisfitError(error.fault.below((key.name,)))
    cls = words[word]
    misplaced = _keys_of_others(table, cls, key.name, words)
    if not misplaced:
        return converter.structure(table, cls)
    errors: list[Exception] = [unknown_key(name, hint) for name, hint in misplaced.items()]
    try:
        rest = {name: value for name, value in table.items() if name not in misplaced}
        converter.structure(rest, cls)
    except ClassValidationError as error:
        errors += error.exceptions
    raise ClassValidationError(f"reading {cls.__name__}", errors, cls)


def _keys_of_others(
    table: dict[str, Any], cls: type, tag: str, words: dict[Any, type]
) -> dict[str, str]:
    """Keys of a table that its class does not take and others do, and a hint that names those."""
    names = {word: {key.name for key in keys_of(other)} for word, other in words.items()}
    own = {key.name for key in keys_of(cls)}
    owners = {
        name: [repr(word) for word in words if name in names[word]]
        for name in table
        if name not in own
    }
    return {name: f"a key of {tag} {' or '.join(of)}" for name, of in owners.items() if of}
