"""Line numbers of all keys of a TOML text, which `tomllib` does not give.

`tomllib` decides what is valid; this scanner only walks over a text that it
has accepted (or over the part before its error) and notes where things are.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections.abc import Mapping
from contextlib import suppress
from typing import final

import attrs

from wzsim.scenario.keypath import KeyPath

_KEY_PART = re.compile(
    r"""[ \t]*(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<quoted>"(?:[^"\\\n]|\\.)*"|'[^'\n]*'))[ \t]*"""
)
# Up to two quotes may stand right before the three that close a multi-line string.
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})|' + r"'''.*?'''(?:'{0,2})|" + r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)
_BARE_VALUE = re.compile(r"[^,\]}#\n]+")
_BETWEEN_LINES = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BETWEEN_ITEMS = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_REST_OF_LINE = re.compile(r"[^\n]*")


@final
@attrs.frozen
class KeyLines:
    """Where everything is: 1-based lines of tables, keys and elements of arrays."""

    lines: Mapping[KeyPath, int]

    repeated: tuple[tuple[KeyPath, int], ...]
    """Keys and tables given again, with the line of the repetition; tomllib refuses such a text."""

    @property
    def depth(self) -> int:
        """Length of the longest path."""
        return max(map(len, self.lines), default=0)


def locate(text: str) -> KeyLines:
    r"""The lines of all paths in `text`.

    A table is where its header is, or else where its first key is.

    >>> found = locate("# comment\n[code]\nalphabet_sizes = [\n  2,\n  4]\n")
    >>> found.lines[("code",)], found.lines[("code", "alphabet_sizes", 1)]
    (2, 5)
    """
    scanner = _Scanner(text)
    # In an invalid text, what was found before the error is still right.
    with suppress(_LostError):
        scanner.document()
    return KeyLines(scanner.lines, tuple(scanner.repeated))


class _LostError(Exception):
    """The text is not valid TOML."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text.replace("\r\n", "\n")
        self.position = 0
        self.newlines = [i for i, char in enumerate(self.text) if char == "\n"]
        self.lines: dict[KeyPath, int] = {}
        self.repeated: list[tuple[KeyPath, int]] = []
        self.explicit: set[KeyPath] = set()
        self.last_index: dict[KeyPath, int] = {}  # of arrays of tables

    def document(self) -> None:
        table: KeyPath = ()
        self.skip(_BETWEEN_LINES)
        while self.position < len(self.text):
            if self.char() == "[":
                table = self.header()
            else:
                self.key_and_value(table)
            self.skip(_REST_OF_LINE)
            self.skip(_BETWEEN_LINES)

    def header(self) -> KeyPath:
        line = self.line()
        is_array = self.text.startswith("[[", self.position)
        self.position += 2 if is_array else 1
        *parents, last = self.key()
        path: KeyPath = ()
        for part in parents:
            path = self.entered((*path, part))
        path = (*path, last)
        if not is_array:
            self.note(path, line)
            return path
        index = self.last_index.get(path, -1) + 1
        if index == 0:
            self.note(path, line)
        self.last_index[path] = index
        self.note((*path, index), line)
        return (*path, index)

    def entered(self, path: KeyPath) -> KeyPath:
        """The table that a header means: the last one of an array of tables."""
        return (*path, self.last_index[path]) if path in self.last_index else path

    def key_and_value(self, table: KeyPath) -> None:
        """One `key = value`, whatever is nested in the value; a stack instead of recursion."""
        opened: list[tuple[KeyPath, int | None]] = []  # path, next index; None: inline table
        path = self.keyed(table)
        while True:
            if self.char() in ("[", "{"):
                opened.append((path, 0 if self.char() == "[" else None))
                self.position += 1
            else:
                self.skip(_STRING if self.char() in ('"', "'") else _BARE_VALUE, required=True)
            while opened:
                self.skip(_BETWEEN_ITEMS)
                if self.char() not in ("]", "}"):
                    break
                self.position += 1
                opened.pop()
            if not opened:
                return
            parent, index = opened[-1]
            if index is None:
                path = self.keyed(parent)
            else:
                opened[-1] = (parent, index + 1)
                path = (*parent, index)
                self.note(path, self.line())

    def keyed(self, table: KeyPath) -> KeyPath:
        line = self.line()
        path = (*table, *self.key())
        if self.char() != "=":
            raise _LostError
        self.position += 1
        self.note(path, line)
        self.skip(_BETWEEN_LINES)
        return path

    def key(self) -> list[str]:
        parts = []
        while match := _KEY_PART.match(self.text, self.position):
            self.position = match.end()
            quoted = match["quoted"]
            parts.append(match["bare"] if quoted is None else _unquoted(quoted))
            if self.char() != ".":
                return parts
            self.position += 1
        raise _LostError

    def note(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path)):
            self.lines.setdefault(path[:length], line)
        if path in self.explicit:
            self.repeated.append((path, line))
            return
        self.explicit.add(path)
        self.lines[path] = line

    def char(self) -> str:
        """The next character, empty at the end."""
        return self.text[self.position : self.position + 1]

    def line(self) -> int:
        return bisect_left(self.newlines, self.position) + 1

    def skip(self, pattern: re.Pattern[str], *, required: bool = False) -> None:
        match = pattern.match(self.text, self.position)
        if match is None:
            if required:
                raise _LostError
            return
        self.position = match.end()


def _unquoted(key: str) -> str:
    try:
        value = tomllib.loads(f"key = {key}")["key"]
    except tomllib.TOMLDecodeError as error:
        raise _LostError from error
    return str(value)
