"""Errors that people read: what is wrong, where, and what to type instead.

Every error that wzsim raises on purpose is a `WzsimError`; its `exit_code` is
what the command line ends with (1: a run failed, 2: the input is wrong).
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

import attrs


class WzsimError(Exception):
    """Base of all errors raised on purpose."""

    exit_code = 1


class RunFailedError(WzsimError):
    """A run that started correctly and could not be finished (NaN, an error inside)."""


class OutputError(WzsimError):
    """A file that cannot be written (no space, no permission); nothing half-written is left."""


class InputError(WzsimError):
    """The input is wrong: nothing was run and nothing was written."""

    exit_code = 2


class PluginError(InputError):
    """A plugin that cannot be loaded, or two that claim the same name."""


class ResultFileError(InputError):
    """A file that is not a readable wzsim result."""


class StreamError(InputError):
    """A file that is no readable coded stream, or that another code made."""


class CapabilityError(InputError):
    """Two components that cannot work together, with the reason."""


@attrs.frozen
class Problem:
    """One thing wrong with a scenario, and its place.

    `path` is a JSON path (`$.correlation.channel.scale`), `file` and `line` the
    place in the TOML text; `line` is None for a value that no line holds (a
    missing key of a table that is absent, or a `--set`).
    """

    message: str
    path: str = "$"
    file: str | None = None
    line: int | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = ""
        if self.file is not None:
            place = f" ({self.file}:{self.line})" if self.line else f" ({self.file})"
        hint = f"; {self.hint}" if self.hint else ""
        return f"{self.message} @ {self.path}{place}{hint}"


class ScenarioError(InputError):
    """Every problem of a scenario at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


_UNSHOWN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode categories that steer a terminal, turn the direction of text or end a line."""


def printable(text: str) -> str:
    r"""A text out of a file in one line that any terminal shows as it is.

    Characters that would steer it are escaped.

    >>> print(printable("unknown encoder 'rnn\n'"))
    unknown encoder 'rnn\n'
    """
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in _UNSHOWN else char
        for char in text
    )


def printable_data(value: Any) -> Any:
    r"""Plain data with all texts in it printable, keys too.

    >>> printable_data({"name": "a\nb", "sizes": [2, 2]})
    {'name': 'a\\nb', 'sizes': [2, 2]}
    """
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable_data(key): printable_data(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(printable_data(item) for item in value)
    return value


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """The hint of an error about a misspelt word.

    >>> did_you_mean("sclae", ["scale", "offset"])
    "did you mean 'scale'?"
    >>> did_you_mean("zzz", ["scale", "offset"])
    'valid: offset, scale'
    """
    names = sorted(valid)
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{close[0]}'?"
    return "valid: " + ", ".join(names) if names else "none is installed"
