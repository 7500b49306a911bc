"""From a file or a text to a document: TOML syntax, the schema version, `extends`."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from ast import literal_eval
from pathlib import Path

import attrs

from wzsim.errors import Problem, ScenarioError
from wzsim.scenario.document import Document, Place
from wzsim.scenario.keypath import to_text
from wzsim.scenario.locate import locate
from wzsim.scenario.long_keys import long_key
from wzsim.scenario.model import SCHEMA
from wzsim.scenario.tables import found

MAX_DEPTH = 64
"""Of tables and arrays in each other; no scenario needs more, and recursion stays safe."""

MAX_EXTENDS = 64
"""Files of which each extends the next."""

MAX_BYTES = 1 << 20
"""A larger file is refused: it is a result or data, given by mistake."""


def read_document(path: str | os.PathLike[str]) -> tuple[str, Document]:
    """The text of a file, and its data on top of what it extends. Raises ScenarioError."""
    file = Path(path)
    try:
        content = _content(file)
    except (OSError, ValueError) as error:
        raise _refusal(f"cannot be read: {_reason(error)}", str(file)) from error
    text = _decoded(content, str(file))
    return text, _extended(_parsed(text, str(file)), file.parent, (os.path.realpath(file),))


def parse_document(text: str, file: str | None, directory: Path | None) -> Document:
    """The data of a text, on top of what it extends. Raises ScenarioError.

    file: what errors call it. directory: what `extends` is relative to; None
    for a text that can extend nothing.
    """
    return _extended(_parsed(text, file), directory, ())


def refuse_other_schema(document: Document) -> None:
    """Raise if the document states another version: its other keys may mean other things."""
    schema = document.data.get("schema", SCHEMA)
    if type(schema) is int and schema == SCHEMA:
        return
    newer = type(schema) is int and schema > SCHEMA
    hint = "install a newer wzsim to run it" if newer else f"write schema = {SCHEMA}"
    message = f"this wzsim reads schema {SCHEMA}, found {found(schema)}"
    raise ScenarioError([document.problem(("schema",), message, hint)])


def _content(file: Path) -> bytes:
    """Raises OSError, and ValueError for a name that no file can have."""
    with file.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)


def _decoded(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise _refusal("is larger than 1 MiB, which no scenario is", file)
    try:
        # Editors on Windows put a byte order mark at the start.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"is not a text in UTF-8 (byte 0x{content[error.start]:02x})"
        raise _refusal(message, file, line) from error


def _refusal(message: str, file: str | None, line: int | None = None) -> ScenarioError:
    return ScenarioError([Problem(f"the scenario {message}", file=file, line=line)])


def _parsed(text: str, file: str | None) -> Document:
    long = long_key(text, MAX_DEPTH)
    if long is not None:
        raise _refusal(f"has a key of more than {MAX_DEPTH} parts", file, long)
    try:
        text.encode()
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError([_syntax_problem(str(error), text, file)]) from error
    except RecursionError as error:
        raise _refusal("is nested too deeply", file) from error
    except UnicodeEncodeError as error:
        raise _refusal("has a character that UTF-8 cannot hold", file) from error
    except ValueError as error:
        raise _refusal("has an integer of thousands of digits", file) from error
    located = locate(text)
    if located.depth > MAX_DEPTH:
        raise _refusal("is nested too deeply", file)
    places = {path: Place(file, line) for path, line in located.lines.items()}
    document = Document(data, places, Place(file))
    refuse_other_schema(document)
    return document


def _syntax_problem(message: str, text: str, file: str | None) -> Problem:
    """tomllib's message with its line, or the key that is given twice."""
    at = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    reason = message[: at.start()] if at else message
    lines = text.replace("\r\n", "\n").split("\n")
    line, column = (int(at[1]), int(at[2])) if at and at[1] else (len(lines), None)
    if reason.startswith(("Cannot overwrite", "Cannot declare", "Duplicate inline")):
        seen = locate("\n".join(lines[:line]))
        if seen.repeated:
            path, again = seen.repeated[0]
            message = f"{path[-1]!r} is given twice, first in line {seen.lines[path]}"
            return Problem(message, to_text(path), file, again)
    reason = re.sub(r"\('.*'\)|\('.*',\)", lambda key: ".".join(literal_eval(key[0])), reason)
    where = f"at column {column}" if column else "at the end of the text"
    return Problem(f"not valid TOML: {reason[:1].lower()}{reason[1:]} {where}", "$", file, line)


def _extended(document: Document, directory: Path | None, readers: tuple[str, ...]) -> Document:
    """The document on top of the one that it extends; `readers` are the files on the way here."""
    if "extends" not in document.data:
        return document
    at, name = ("extends",), document.data["extends"]
    if not isinstance(name, str):
        raise ScenarioError([document.problem(at, "extends must be a string, the path of a file")])
    if directory is None:
        message = "extends is relative to the scenario's file, and this scenario is no file"
        raise ScenarioError([document.problem(at, message)])
    file = directory / name
    try:
        # The name is the file's own word: a pipe or a terminal would wait for ever.
        if not stat.S_ISREG(file.stat().st_mode) and not file.is_dir():
            raise ValueError("not a regular file")
        content, identity = _content(file), os.path.realpath(file)
    except (OSError, ValueError) as error:
        message = f"cannot read {str(file)!r}: {_reason(error)}"
        raise ScenarioError([document.problem(at, message)]) from error
    if identity in readers:
        message = f"extends {str(file)!r}, which extends this file again"
        raise ScenarioError([document.problem(at, message)])
    if len(readers) >= MAX_EXTENDS:
        message = f"extends {str(file)!r}, and more than {MAX_EXTENDS} files extend each other"
        raise ScenarioError([document.problem(at, message)])
    base = _parsed(_decoded(content, str(file)), str(file))
    own = attrs.evolve(document, data={k: v for k, v in document.data.items() if k != "extends"})
    return own.over(_extended(base, file.parent, (*readers, identity)))
