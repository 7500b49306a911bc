"""`--set KEY=VALUE`: one value of a scenario, changed on the command line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any, final

import attrs

from wzsim.errors import Problem, printable
from wzsim.scenario.document import Document, Place
from wzsim.scenario.keypath import KeyPath, to_text
from wzsim.scenario.locate import locate
from wzsim.scenario.reading import MAX_DEPTH
from wzsim.scenario.tables import found

_STEP = re.compile(
    r"""\s*(?:\[\s*(?P<index>\d{1,9})\s*\]|(?P<dot>\.?)\s*"""
    r"""(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<quoted>"(?:[^"\\\n]|\\.)*"|'[^'\n]*')))\s*"""
)


@final
@attrs.frozen
class Override:
    """A parsed override. Its place in errors is what was typed.

    >>> Override.parse("rate_weights[0] = 1e-2")
    Override(path=('rate_weights', 0), value=0.01, typed='rate_weights[0] = 1e-2')
    >>> Override.parse("code.rate_estimator=marginal").value
    'marginal'
    """

    path: KeyPath
    value: Any
    typed: str

    @classmethod
    def parse(cls, typed: str) -> Override:
        """Raises ValueError, with what is wrong in words."""
        if any("\ud800" <= char <= "\udfff" for char in typed):
            raise ValueError("the override is not a text in UTF-8")
        path, position = _key(typed)
        if not path or isinstance(path[0], int) or typed[position : position + 1] != "=":
            raise ValueError("expected KEY=VALUE with a key such as training.epochs")
        return cls(path, _value(typed[position + 1 :]), typed)

    @property
    def place(self) -> Place:
        """Where errors say that it is."""
        return Place(_shown(self.typed), is_override=True)


def parse_key(text: str) -> KeyPath:
    """The path of a key as people write it. Raises ValueError, with what is wrong in words.

    >>> parse_key("training.rate_weights[0]")
    ('training', 'rate_weights', 0)
    """
    path, position = _key(text)
    if not path or isinstance(path[0], int) or position < len(text):
        raise ValueError(f"expected a key such as training.epochs, found {found(text)}")
    return path


def _key(text: str) -> tuple[KeyPath, int]:
    """The key that a text begins with, and where it ends."""
    path: list[str | int] = []
    position = 0
    while step := _STEP.match(text, position):
        if step["index"] is None and bool(step["dot"]) != bool(path):
            break
        path.append(_part(step))
        position = step.end()
    return tuple(path), position


def _shown(typed: str) -> str:
    return f"--set {printable(typed)}"


def _part(step: re.Match[str]) -> str | int:
    if step["index"] is not None:
        return int(step["index"])
    if step["bare"] is not None:
        return step["bare"]
    return str(tomllib.loads(f"key = {step['quoted']}")["key"])


def _value(text: str) -> Any:
    """The TOML value, or the text itself where it is none."""
    try:
        parsed = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text.strip()
    if locate(f"value = {text}").depth > MAX_DEPTH:
        raise ValueError("the value is nested too deeply")
    return parsed["value"] if set(parsed) == {"value"} else text.strip()


def apply_overrides(
    document: Document, overrides: Iterable[str]
) -> tuple[Document, tuple[Problem, ...]]:
    """The document with all overrides in it that can be applied, and what is wrong with the rest.

    A later override wins.
    """
    problems = []
    for typed in overrides:
        try:
            override = Override.parse(typed)
        except ValueError as error:
            problems.append(Problem(str(error), file=_shown(typed)))
            continue
        try:
            document = document.with_value(override.path, override.value, override.place)
        except LookupError as error:
            path, file = to_text(override.path), override.place.file
            problems.append(Problem(f"cannot be set: {error}", path, file))
    return document, tuple(problems)
