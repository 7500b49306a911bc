"""TOML tables -> attrs objects and components, with all errors of a table at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any, Literal, NoReturn, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    ClassValidationError,
    StructureHandlerNotFoundError,
)
from cattrs.gen import make_dict_structure_fn, override

from wzsim.contracts import Component, OneOf
from wzsim.errors import PluginError, did_you_mean
from wzsim.registry import Registry, UnknownComponentError
from wzsim.scenario.faults import (
    MisfitError,
    closest,
    did_mean,
    in_words,
    misfit,
    missing_key,
    unknown_key,
)
from wzsim.scenario.strict import Read, register_strict_values, unfit
from wzsim.scenario.tables import TYPES, Key, has_no_toml, is_component_kind, keys_of


def make_converter(registry: Registry) -> Converter:
    """A converter whose `structure(data, cls)` raises errors that `faults_of` understands.

    Components are looked up in `registry` by the `name` of their table.
    """
    converter = Converter(detailed_validation=True)
    register_strict_values(converter)
    converter.register_structure_hook_factory(
        attrs.has, lambda cls: _table(cls, converter, registry)
    )
    converter.register_structure_hook_factory(
        is_component_kind, lambda kind: _component(kind, converter, registry)
    )
    return converter


def _table(cls: type, converter: Converter, registry: Registry) -> Read:
    keys = keys_of(cls)
    checked = {
        key.attribute.name: override(struct_hook=_checked(key, cls, converter)) for key in keys
    }
    structure: Read = make_dict_structure_fn(
        cls,
        converter,
        _cattrs_use_alias=True,
        **checked,  # type: ignore[arg-type] # the other keywords all begin with _cattrs
    )

    def read(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise unfit(value, cls)
        absent = [key for key in keys if key.required and key.name not in value]
        errors: list[Exception] = [*_unknown_keys(value, cls)]
        errors += [missing_key(key.name, _what_is_missing(key, registry)) for key in absent]
        try:
            made = structure(value, cls)
        except ClassValidationError as error:
            # cattrs reports a missing key as a KeyError, which says less than ours.
            names = {key.attribute.name for key in absent}
            errors += [inner for inner in error.exceptions if _attribute(inner) not in names]
        if errors:
            raise ClassValidationError(f"reading {cls.__name__}", errors, cls)
        return made

    return read


def _attribute(error: Exception) -> str | None:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, AttributeValidationNote):
            return note.name
    return None


def _unknown_keys(table: Mapping[str, Any], cls: type) -> Iterator[MisfitError]:
    known = [key.name for key in keys_of(cls)]
    valid = ["name", *known] if issubclass(cls, Component) else known
    for key in table:
        if key not in known:
            meant = closest(key, valid)
            hint = did_you_mean(key, valid) if valid else "this table takes no keys"
            yield unknown_key(key, hint, meant if meant not in table else None)


def _what_is_missing(key: Key, registry: Registry) -> str | None:
    if is_component_kind(key.type):
        return _names(key.type.kind, registry)
    words = get_args(key.type) if get_origin(key.type) is Literal else ()
    return f"write {key.name} = {json.dumps(words[0])}" if len(words) == 1 else key.doc or None


def _names(kind: str, registry: Registry) -> str:
    return "valid: " + (", ".join(registry.names(kind)) or "none is installed")


def _checked(key: Key, cls: type, converter: Converter) -> Read:
    """Reads a key and runs its validator at once, so that one bad key does not hide another."""
    attribute = key.attribute
    who = f"{cls.__name__}.{key.name}"
    nothing = f"TOML has nothing for the type of {who}: {TYPES}"
    if has_no_toml(key.type):
        raise PluginError(nothing)
    if isinstance(attribute.default, FunctionType):
        raise PluginError(
            f"the default of {who} is a function: give its value, or write attrs.field(factory=...)"
        )
    try:
        structure = converter.get_structure_hook(key.type)
    except StructureHandlerNotFoundError as error:
        raise PluginError(nothing) from error

    def read(value: Any, type_: Any) -> Any:
        result = structure(value, type_)
        # A converter of attrs comes before the validator; both then run in `__init__` alone.
        if attribute.validator is not None and attribute.converter is None:
            try:
                attribute.validator(_Unmade(), attribute, result)
            except _NeedsInstanceError:
                pass
            except (ValueError, TypeError) as error:
                words = attribute.validator.words if isinstance(attribute.validator, OneOf) else ()
                raise misfit(in_words(error), did_mean(result, words)) from error
        return result

    return read


class _NeedsInstanceError(Exception):
    """A validator wants the other attributes, which may not have been read yet."""


class _Unmade:
    """Stands for the instance; `__init__` runs the validators that want to see more of it."""

    def __getattr__(self, name: str) -> NoReturn:
        raise _NeedsInstanceError


def _component(kind: type[Component], converter: Converter, registry: Registry) -> Read:
    def read(value: Any, _: Any) -> Any:
        if isinstance(value, str):
            return converter.structure({}, _look_up(kind, value, (), registry))
        if not isinstance(value, dict):
            raise unfit(value, kind, "write its name, or a table with a name")
        if "name" not in value:
            raise missing_key("name", _names(kind.kind, registry))
        rest = {key: inner for key, inner in value.items() if key != "name"}
        return converter.structure(rest, _look_up(kind, value["name"], ("name",), registry))

    return read


def _look_up(
    kind: type[Component], name: object, path: tuple[str, ...], registry: Registry
) -> type[Component]:
    if not isinstance(name, str):
        raise MisfitError(unfit(name, str).fault.below(path))
    try:
        found = registry.get(kind.kind, name)
    except UnknownComponentError as error:
        raise misfit(error.message, error.hint, path) from error
    if not issubclass(found, kind):
        what = kind.kind.replace("_", " ")
        raise misfit(f"{what} '{name}' is no {kind.__name__}, which is needed here", None, path)
    return found
