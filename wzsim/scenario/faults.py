"""What is wrong and at which key, read from the errors that cattrs collects."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import final

import attrs
from cattrs.errors import (
    ClassValidationError,
    IterableValidationError,
    StructureHandlerNotFoundError,
)

from wzsim.errors import Problem, ScenarioError, WzsimError
from wzsim.scenario.keypath import KeyPath, from_text, starts_with
from wzsim.scenario.tables import keys_of


@final
@attrs.frozen
class Fault:
    """A problem that does not know its file and line yet."""

    path: KeyPath
    message: str
    hint: str | None = None
    unknown_key: bool = attrs.field(default=False, kw_only=True)
    meant: KeyPath | None = attrs.field(default=None, kw_only=True)
    """The absent key that an unknown one most likely stands for."""

    def below(self, path: KeyPath) -> Fault:
        """The fault of a value that is at `path`."""
        meant = None if self.meant is None else path + self.meant
        return attrs.evolve(self, path=path + self.path, meant=meant)


class MisfitError(Exception):
    """A value that does not fit; the fault's path starts at the value being read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def misfit(message: str, hint: str | None = None, path: KeyPath = ()) -> MisfitError:
    """The error of a wrong value."""
    return MisfitError(Fault(path, message, hint))


def missing_key(name: str, hint: str | None) -> MisfitError:
    """The error of a table without a required key."""
    return misfit(f"missing required key {name!r}", hint, (name,))


def unknown_key(name: str, hint: str, meant: str | None = None) -> MisfitError:
    """The error of a key that a table does not take; meant: the absent key that it stands for."""
    at = None if meant is None else (meant,)
    return MisfitError(Fault((name,), f"unknown key {name!r}", hint, unknown_key=True, meant=at))


def closest(word: str, valid: Iterable[str]) -> str | None:
    """The valid word that was most likely meant."""
    close = difflib.get_close_matches(word, sorted(valid), n=1, cutoff=0.6)
    return close[0] if close else None


def did_mean(value: object, words: Iterable[object]) -> str | None:
    """The hint where the message lists the words already: only a word that is close."""
    meant = closest(value, map(str, words)) if isinstance(value, str) else None
    return None if meant is None else f"did you mean {meant!r}?"


def faults_of(error: BaseException, path: KeyPath = ()) -> Iterator[Fault]:
    """Every fault inside an error that was raised while the value at `path` was read."""
    match error:
        case ClassValidationError():
            names = {key.attribute.name: key.name for key in keys_of(error.cl)}
            attributes, whole = error.group_exceptions()
            for inner, attribute in attributes:
                yield from faults_of(inner, (*path, names[attribute.name]))
        case IterableValidationError():
            elements, whole = error.group_exceptions()
            for inner, element in elements:
                yield from faults_of(inner, (*path, element.index))
        case MisfitError(fault=fault):
            yield fault.below(path)
            return
        case ScenarioError(problems=problems):
            for problem in problems:
                yield Fault(path + _inside(problem), problem.message, problem.hint)
            return
        case StructureHandlerNotFoundError(type_=type_):
            yield Fault(path, f"TOML has nothing for the type {type_!r} that is due here")
            return
        case _:
            yield Fault(path, in_words(error))
            return
    for inner in whole:
        yield from faults_of(inner, path)


def _inside(problem: Problem) -> KeyPath:
    """The path of a problem that a component raised; plugins may write what is none."""
    try:
        return from_text(problem.path)
    except ValueError:
        return ()


def in_words(error: BaseException) -> str:
    """The text of an error from a component or a validator, in one line.

    >>> in_words(ValueError("low is above high")), in_words(ZeroDivisionError("division by zero"))
    ('low is above high', 'ZeroDivisionError: division by zero')
    """
    # Validators of attrs put the attribute and the value behind the text.
    text = str(error.args[0] if error.args else error).strip()
    line = text.splitlines()[0] if text else ""
    if line and isinstance(error, ValueError | TypeError | WzsimError):
        return line
    return f"{type(error).__name__}: {line}" if line else type(error).__name__


def without_echoes(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """One mistake, one fault: what follows from a misspelt key is not reported beside it.

    The key that was meant is absent, so whatever is said of it, or of the
    default that took its place, is an echo.
    """
    listed = tuple(dict.fromkeys(faults))
    meant = [fault.meant for fault in listed if fault.meant is not None]
    return tuple(
        fault for fault in listed if not any(starts_with(fault.path, key) for key in meant)
    )
