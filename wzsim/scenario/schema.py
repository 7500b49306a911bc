"""JSON Schema of scenarios, for editors: generated from the classes and what is installed."""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from typing import Any, Literal, Union, final, get_args, get_origin

import attrs

from wzsim.contracts import Component, OneOf, Range
from wzsim.registry import Registry
from wzsim.scenario.model import Scenario
from wzsim.scenario.replicates import KEY, Replicates
from wzsim.scenario.resolve import plain
from wzsim.scenario.sweep_tables import SweepTable
from wzsim.scenario.tables import Key, is_component_kind, keys_of, members, tag_of

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SCALARS = {int: "integer", float: "number", str: "string", bool: "boolean"}
_LIMITS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def json_schema(registry: Registry) -> Schema:
    """A JSON Schema (draft 2020-12) of scenario files with every component of the registry.

    A file that `extends` another need not repeat its required keys, and a sweep
    may leave them to its points. The schema therefore has its keys twice: without
    requirements at the root, where editors look for completions, and with them
    for files that stand alone. What tables say about each other only
    `wzsim validate` knows.
    """
    partial = _Writer(registry, partial=True)
    complete = _Writer(registry, partial=False)
    root = partial.table(Scenario)
    extends = {"type": "string", "description": "another scenario to start from, relative to this"}
    partial.reference(Scenario, "Scenario")  # what the values of a sweep set
    sweep = complete.table(SweepTable)
    del sweep["required"]  # its axes may stand in the file that this one extends
    of_files = {"extends": extends, "sweep": sweep} | complete.table(Replicates)["properties"]
    alone = complete.reference(Scenario, "Scenario")
    complete.definitions["Scenario"]["properties"] |= {KEY: of_files[KEY]}
    return {
        "$schema": DIALECT,
        "title": "wzsim scenario",
        **root,
        "properties": of_files | root["properties"],
        "if": {"not": {"anyOf": [{"required": ["extends"]}, {"required": ["sweep"]}]}},
        "then": alone,
        "$defs": partial.definitions | complete.definitions,
    }


@final
class _Writer:
    """Collects the definition of every table; `partial` ones have no required keys."""

    def __init__(self, registry: Registry, *, partial: bool) -> None:
        self.registry = registry
        self.partial = partial
        self.definitions: Schema = {}
        self.classes: dict[str, type] = {}

    def reference(self, cls: type, title: str) -> Schema:
        name = f"partial.{title}" if self.partial else title
        if self.classes.setdefault(name, cls) is not cls:  # two plugins may use one class name
            return self.reference(cls, f"{cls.__module__}.{cls.__qualname__}")
        if name not in self.definitions:
            self.definitions[name] = {}  # a table may hold its own kind
            self.definitions[name] = self.table(cls)
        return {"$ref": f"#/$defs/{name}"}

    def table(self, cls: type) -> Schema:
        properties = {key.name: self.key(key) for key in keys_of(cls)}
        required = [k.name for k in keys_of(cls) if k.must_be_given]
        if issubclass(cls, Component):
            properties = {"name": {"const": cls.name}} | properties
            required = ["name", *required]
        schema = {"type": "object", "description": _summary(cls), "properties": properties}
        return (
            schema
            | ({} if self.partial else {"required": required})
            | {"additionalProperties": False}
        )

    def key(self, key: Key) -> Schema:
        schema = self.value(key.type)
        for validator in _validators(key.attribute.validator):
            if isinstance(validator, Range):
                _limit(schema, validator)
            elif isinstance(validator, OneOf):
                schema["enum"] = list(validator.words)
        schema |= key.attribute.metadata.get("json_schema", {})
        if key.doc:
            schema["description"] = key.doc
        default = _default(key) if schema else None  # of an unknown type it may be anything
        return schema if default is None else schema | {"default": default}

    def value(self, type_: Any) -> Schema:
        origin, arguments = get_origin(type_) or type_, get_args(type_)
        if origin in (Union, types.UnionType):
            tables = [member for member in members(type_) if attrs.has(member)]
            if len(tables) > 1 and not self.partial:
                return self.tagged(tables)
            choices = [self.value(member) for member in members(type_)]
            return choices[0] if len(choices) == 1 else {"anyOf": choices}
        if is_component_kind(type_):
            return self.component(type_)
        if attrs.has(origin):
            return self.reference(origin, origin.__name__)
        return self.plain_value(origin, arguments)

    def tagged(self, tables: list[type]) -> Schema:
        """Tables that a key tells apart: each word of it leads to one, so errors are that one's."""
        tag = tag_of(tables)
        choices = [self.value(table) for table in tables]
        if tag is None:
            return {"anyOf": choices}
        key, words = tag
        branches = [
            {
                "if": {"properties": {key.name: {"const": word}}, "required": [key.name]},
                "then": self.value(cls),
            }
            for word, cls in words.items()
        ]
        absent = {"if": {"not": {"required": [key.name]}}, "then": {"anyOf": choices}}
        return {
            "type": "object",
            "properties": {key.name: {"enum": list(words)}},
            "allOf": [*branches, absent],
        }

    def plain_value(self, origin: Any, arguments: tuple[Any, ...]) -> Schema:
        schema: Schema = {}  # of what only a program can say
        if origin in _SCALARS:
            schema = {"type": _SCALARS[origin]}
        elif origin is Literal:
            schema = {"enum": list(arguments)}
        elif origin in (tuple, list) and arguments:
            any_length = origin is list or arguments[-1] is Ellipsis
            schema = self.array(arguments, any_length=any_length)
        elif origin is dict and arguments:
            schema = {"type": "object", "additionalProperties": self.value(arguments[1])}
        return schema

    def array(self, arguments: tuple[Any, ...], *, any_length: bool) -> Schema:
        if any_length:
            return {"type": "array", "items": self.value(arguments[0])}
        size = len(arguments)
        first = [self.value(argument) for argument in arguments]
        return {"type": "array", "prefixItems": first, "minItems": size, "maxItems": size}

    def component(self, kind: type[Component]) -> Schema:
        found = [
            entry.component
            for entry in self.registry.entries()
            if entry.kind == kind.kind and issubclass(entry.component, kind)
        ]
        plain_names = [
            cls.name for cls in found if self.partial or not any(k.required for k in keys_of(cls))
        ]
        choices = [self.reference(cls, f"{kind.kind}.{cls.name}") for cls in found]
        if plain_names:
            choices.append({"enum": plain_names})
        if not choices:
            return {"not": {}}  # none is installed
        # Without its name a table of a partial scenario may be that of several components.
        return {"anyOf" if self.partial else "oneOf": choices}


def _summary(cls: type) -> str:
    """The first paragraph of the class's own docstring, in one line."""
    return " ".join((cls.__doc__ or "").strip().split("\n\n")[0].split())


def _validators(validator: Any) -> Iterator[Any]:
    """A validator and what it is made of; attrs keeps the parts of its own in private places."""
    yield validator
    for part in getattr(validator, "_validators", ()):
        yield from _validators(part)
    if hasattr(validator, "validator"):
        yield from _validators(validator.validator)


def _limit(schema: Schema, limits: Range) -> None:
    """Write the limits beside every number type within the schema of a field."""
    if schema.get("type") in ("integer", "number"):
        for name, keyword in _LIMITS.items():
            if getattr(limits, name) is not None:
                schema[keyword] = getattr(limits, name)
    for inner in [*schema.get("anyOf", ()), *schema.get("prefixItems", ())]:
        _limit(inner, limits)
    if "items" in schema:
        _limit(schema["items"], limits)


def _default(key: Key) -> Any:
    if key.required or key.default in (None, attrs.NOTHING):
        return None
    default = plain(key.default, key.type)
    try:
        json.dumps(default)
    except (TypeError, ValueError):  # a mistake of a plugin, said where the component is used
        return None
    return default
