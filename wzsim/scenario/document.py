"""A scenario before it has a meaning: plain TOML data whose keys know where they were written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import attrs

from wzsim.errors import Problem, printable
from wzsim.scenario.keypath import KeyPath, starts_with, to_text


@final
@attrs.frozen
class Place:
    """Where something was written: a file and a 1-based line, or an override as typed."""

    file: str | None
    line: int | None = None
    is_override: bool = False


@final
@attrs.frozen
class Document:
    """TOML data and the places of its keys. All changes give a new document."""

    data: Mapping[str, Any]
    places: Mapping[KeyPath, Place]
    origin: Place
    """The file itself, for what stands on no line of it."""

    def place(self, path: KeyPath) -> Place:
        """The place of a path, or of what is nearest above it."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return self.origin

    def problem(self, path: KeyPath, message: str, hint: str | None = None) -> Problem:
        """A problem at the place of `path`."""
        place, shown = self.place(path), printable(message)
        return Problem(shown, to_text(path), place.file, place.line, hint and printable(hint))

    def over(self, base: Document) -> Document:
        """This document on top of `base`.

        Tables merge key by key, anything else replaces. A table whose `name`
        changes (another component) replaces the base's too, since the keys of
        the old component mean nothing to the new one; those that an override set
        stay.
        """
        places = dict(base.places)
        data = _merged(base.data, self.data, (), places)
        return Document(data, places | dict(self.places), self.origin)

    def below(self, path: KeyPath) -> Document:
        """The table at `path` as a document of its own; its keys know where they were written."""
        table: Any = self.data
        for key in path:
            table = table[key]
        places = {p[len(path) :]: at for p, at in self.places.items() if starts_with(p, path)}
        places.pop((), None)
        return Document(table, places, self.place(path))

    def without(self, key: str) -> Document:
        """The document without one of its outermost keys."""
        data = {name: value for name, value in self.data.items() if name != key}
        places = {path: place for path, place in self.places.items() if path[0] != key}
        return Document(data, places, self.origin)

    def with_value(self, path: KeyPath, value: object, place: Place) -> Document:
        """The document with one value set, in a table or an array that may be new or old.

        Setting the `name` of a component to another one removes its other keys,
        for the reason given in `over`, but keeps those that an override set.
        Raises LookupError, with what is wrong in words, where the path leads
        through something without keys.
        """
        places = dict(self.places)
        data = _set(self.data, path, 0, value, places)
        changed = {path[: n + 1] for n in range(len(path)) if path[: n + 1] not in places}
        return Document(data, places | dict.fromkeys(changed | {path}, place), self.origin)


def _merged(
    base: Mapping[str, Any], over: Mapping[str, Any], path: KeyPath, places: dict[KeyPath, Place]
) -> dict[str, Any]:
    data = dict(base)
    for key, new in over.items():
        old, below = base.get(key), (*path, key)
        if isinstance(old, dict) and isinstance(new, dict):
            if _renamed(old, new.get("name")):
                old = _only_overridden(old, below, places)
            data[key] = _merged(old, new, below, places)
        else:
            data[key] = new
            _forget(below, places)
    return data


def _set(node: Any, path: KeyPath, depth: int, value: object, places: dict[KeyPath, Place]) -> Any:
    """A copy of `node`, which is at `path[:depth]`, with the value in it."""
    if depth == len(path):
        _forget(path, places)
        return value
    here, key = to_text(path[:depth]), path[depth]
    if isinstance(node, list) and isinstance(key, int):
        if key >= len(node):
            raise LookupError(f"{here} has {len(node)} elements, the first is [0]")
        changed = _set(node[key], path, depth + 1, value, places)
        return [*node[:key], changed, *node[key + 1 :]]
    if isinstance(node, Mapping) and isinstance(key, str):
        if depth and key == "name" and len(path) == depth + 1 and _renamed(node, value):
            return {key: value} | _only_overridden(node, path[:depth], places)
        return {**node, key: _set(node.get(key, {}), path, depth + 1, value, places)}
    kind = "an array" if isinstance(key, int) else "a table"
    raise LookupError(f"{here} is not {kind}")


def _renamed(table: Mapping[str, Any], name: object) -> bool:
    """Whether giving the table this name makes it another component."""
    return name is not None and table.get("name", name) != name


def _only_overridden(
    table: Mapping[str, Any], path: KeyPath, places: dict[KeyPath, Place]
) -> dict[str, Any]:
    """What overrides have set in the table at `path`; the places of the rest are forgotten."""
    kept = {k: v for k, v in table.items() if k != "name" and _overridden((*path, k), places)}
    for known in [key for key in table if key not in kept]:
        _forget((*path, known), places)
    places.pop(path, None)
    return kept


def _overridden(path: KeyPath, places: Mapping[KeyPath, Place]) -> bool:
    return path in places and places[path].is_override


def _forget(path: KeyPath, places: dict[KeyPath, Place]) -> None:
    for known in [known for known in places if starts_with(known, path)]:
        del places[known]
