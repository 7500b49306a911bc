"""What decides the numbers of a run beside its scenario: programs and data files, by content."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import attrs

import wzsim
from wzsim.contracts import Component
from wzsim.errors import InputError
from wzsim.scenario.model import Scenario


def inputs_of(scenario: Scenario) -> dict[str, str]:
    """Version of wzsim, and SHA-256 of each plugin and data file that the scenario uses, by name.

    A plugin is the package that defines the component, or its one file; what that imports
    from elsewhere is not seen, nor what was typed into a notebook. Raises InputError for a
    data file that cannot be read.
    """
    found = {"wzsim": wzsim.__version__}
    for component in components(scenario):
        name, program = _program(type(component))
        if name != "wzsim":
            found[name] = "unknown" if program is None else _digest(program, "*.py")
        for file in component.files():
            found[file] = _digest(Path(file), "*")
    return found


def components(value: Any) -> Iterator[Component]:
    """Every component in a scenario, or in a part of one, outermost first."""
    if isinstance(value, Component):
        yield value
    if attrs.has(type(value)):
        for field in attrs.fields(type(value)):
            yield from components(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from components(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from components(item)


def _program(cls: type) -> tuple[str, Path | None]:
    """Name and place of the package or file that a class comes from; a notebook has no place."""
    top = cls.__module__.partition(".")[0]
    # A package in pieces has no file, its modules have.
    files = (getattr(sys.modules.get(name), "__file__", None) for name in (top, cls.__module__))
    file = next((file for file in files if file), None)
    if file is None:
        return top, None
    place = Path(file)
    return (top, place.parent) if place.name == "__init__.py" else (place.name, place)


def _digest(place: Path, pattern: str) -> str:
    files = sorted(file for file in place.rglob(pattern) if file.is_file())
    try:
        return _of_files(
            tuple(
                (str(file), file.stat().st_mtime_ns, file.stat().st_size)
                for file in files or [place]
            )
        )
    except OSError as error:
        raise InputError(f"cannot read '{place}': {error.strerror}") from error


@lru_cache(maxsize=64)
def _of_files(states: tuple[tuple[str, int, int], ...]) -> str:
    """SHA-256 of the files' contents in order; the states say when they may have changed."""
    whole = hashlib.sha256()
    for path, _, _ in states:
        with Path(path).open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()
