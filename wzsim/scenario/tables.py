"""What a scenario table may hold: the keys of an attrs class and the TOML types they take."""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any, Literal, Union, final, get_args, get_origin

import attrs

from wzsim.contracts import Component
from wzsim.errors import PluginError


def json_schema_of(**keywords: Any) -> dict[str, Any]:
    """attrs metadata: JSON Schema keywords of a field that its type and range do not say."""
    return {"json_schema": keywords}


REQUIRED = {"required": True}
"""attrs metadata: a file must give the key, though Python has a default."""

FILLED_IN = {"filled_in": True}
"""attrs metadata: loading fills the key in where a file has none, though Python has no default."""

_FACTORY: Any = attrs.Factory  # a class, though its type hints say that it is a function


@final
@attrs.frozen
class Key:
    """A key of a table."""

    name: str
    type: Any
    attribute: attrs.Attribute[Any]

    @property
    def is_table(self) -> bool:
        """Whether its value is a table that is not a component's."""
        return all(attrs.has(member) for member in members(self.type))

    @property
    def required(self) -> bool:
        """Whether TOML must give it; metadata may say so where Python has a default."""
        return self.attribute.default is attrs.NOTHING or bool(
            self.attribute.metadata.get("required")
        )

    @property
    def must_be_given(self) -> bool:
        """Whether a file must give it: required, and loading fills in no default."""
        return self.required and not self.attribute.metadata.get("filled_in")

    @property
    def default(self) -> Any:
        """The default object, attrs.NOTHING where there is none that needs no instance."""
        default = self.attribute.default
        if not isinstance(default, _FACTORY):
            return default
        return attrs.NOTHING if default.takes_self else default.factory()

    @property
    def doc(self) -> str:
        """What it means and its unit; empty where the class does not say."""
        return str(self.attribute.metadata.get("doc", ""))


@cache
def keys_of(cls: type) -> tuple[Key, ...]:
    """The keys of the tables that become instances of `cls`, in order.

    Raises PluginError for annotations that do not exist where the class is defined.
    """
    try:
        attrs.resolve_types(cls)
    except (NameError, TypeError, AttributeError) as error:
        raise PluginError(
            f"the types of {cls.__module__}.{cls.__qualname__} cannot be resolved: {error}"
        ) from error
    return tuple(
        Key(
            attribute.alias or attribute.name,
            Any if attribute.type is None else attribute.type,
            attribute,
        )
        for attribute in attrs.fields(cls)
        if attribute.init
    )


def is_component_kind(type_: Any) -> bool:
    """Whether a field of this type takes a component that its `name` key chooses."""
    return isinstance(type_, type) and issubclass(type_, Component) and not hasattr(type_, "name")


TYPES = (
    "a parameter is a float, int, bool, str, Literal, a tuple, list or dict of these, a table (an "
    "attrs class), a component, or a union of these and None"
)
"""The types that fields of components may have, in words."""


def has_no_toml(type_: Any) -> bool:
    """Whether it is, or is made of, a type that cattrs would read and no TOML value is."""
    origin = get_origin(type_) or type_
    if origin is Literal:
        return False
    unread = (bytes, bytearray, set, frozenset, AbstractSet)
    return origin in unread or any(map(has_no_toml, get_args(type_)))


def members(type_: Any) -> tuple[Any, ...]:
    """The types of a union without None; any other type alone."""
    if get_origin(type_) in (Union, types.UnionType):
        return tuple(member for member in get_args(type_) if member is not types.NoneType)
    return (type_,)


def tag_of(choices: Sequence[type]) -> tuple[Key, dict[Any, type]] | None:
    """The key that tells tables apart, such as `method`, and the class of each of its words.

    Each class has its own words there, as a Literal; None where there is no such key.
    """
    for key in keys_of(choices[0]):
        words: dict[Any, type] = {}
        for choice in choices:
            for other in keys_of(choice):
                if other.name == key.name and get_origin(other.type) is Literal:
                    words |= dict.fromkeys(get_args(other.type), choice)
        if set(words.values()) == set(choices):
            return key, words
    return None


def accepts(type_: Any, value: object) -> bool:
    """Whether a TOML value has the shape that `type_` is read from; its content may be wrong."""
    return any(type(value) in _shapes(member) for member in members(type_))


def _shapes(type_: Any) -> tuple[Any, ...]:
    """The Python types of the TOML values that a type is read from."""
    origin = get_origin(type_) or type_
    if origin is Literal:
        return tuple(type(word) for word in get_args(type_))
    if origin is float:  # TOML's 160 is a fine multiplier; nothing else is converted
        return (float, int)
    if origin in (tuple, list):
        return (list,)
    if is_component_kind(origin):
        return (dict, str)
    if origin is Any:
        return (bool, int, float, str, list, dict)
    return (dict,) if attrs.has(origin) else (origin,)


_NOUNS = {int: "integer", float: "float", str: "string", bool: "boolean", Any: "value"}


def expected(type_: Any) -> str:
    """What a type is read from, in TOML's words.

    >>> expected(float | tuple[int, ...] | None)
    'a float or an array of integers'
    """
    return " or ".join(dict.fromkeys(_noun(member, plural=False) for member in members(type_)))


def _noun(type_: Any, *, plural: bool) -> str:
    origin, arguments = get_origin(type_) or type_, get_args(type_)
    if origin is Literal:
        words = [repr(word) for word in arguments]
        return words[0] if len(words) == 1 else f"one of {', '.join(words)}"
    of = ""
    if origin in (tuple, list):
        noun = "array"
        inner = members(arguments[0]) if arguments else (Any,)
        of = " of " + " or ".join(_noun(member, plural=True) for member in inner)
    elif is_component_kind(origin):
        noun = origin.kind.replace("_", " ")
    else:
        noun = _NOUNS.get(origin, "table")
    if plural:
        return f"{noun}s{of}"
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}{of}"


def found(value: object) -> str:
    """A TOML value in words, cut short.

    >>> found(0.5), found("0.5"), found([1, 2])
    ('the float 0.5', "the string '0.5'", 'an array of 2')
    """
    kind = type(value)
    if kind is bool:
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int) and not -(2**64) < value < 2**64:
        return "an integer of more than 64 bits"  # str() refuses very long ones
    if isinstance(value, str):
        return f"the string {value if len(value) < 60 else value[:60] + '...'!r}"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    if kind in (int, float):
        return f"the {_NOUNS[kind]} {value}"
    return f"a {_TIMES.get(kind, 'table')}"


_TIMES = {dt.datetime: "date-time", dt.date: "date", dt.time: "time"}
