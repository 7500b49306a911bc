"""How far a training is, kept by somebody else, so that one that was killed goes on where it was.

A training goes over a list of epochs or steps. Between two of them all that
decides the rest is a handful of arrays: parameters, moments, the state of a
generator, the history so far. A `Course` gathers them and offers them to
`Checkpoints`, which know where to put them; a training that starts again from
them is bit-identical to one that was never stopped.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar, final

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import State

Item = TypeVar("Item")


class UnfitError(Exception):
    """Why a training cannot go on from what was kept; it has to begin anew."""


class Checkpoints(ABC):
    """Keeps the last state that one training offered. What it keeps decides no result."""

    @abstractmethod
    def found(self) -> State | None:
        """What was kept of this very training; raises UnfitError where that is something else."""

    @abstractmethod
    def offer(self, state: Callable[[], State], *, last: bool = False) -> None:
        """Keep a state, or leave it where too little was done since the one before.

        last: whether the training is over, and only the evaluation is to come.
        """

    @abstractmethod
    def forget(self) -> None:
        """Drop what was kept: nobody will need it."""


@final
class NoCheckpoints(Checkpoints):
    """Keeps nothing: a killed training begins anew."""

    def found(self) -> State | None:
        return None

    def offer(self, state: Callable[[], State], *, last: bool = False) -> None:
        pass

    def forget(self) -> None:
        pass


NO_CHECKPOINTS = NoCheckpoints()


class Saved(Protocol):
    """What can be kept."""

    def state(self) -> State:
        """All that its future depends on, as flat arrays of its own."""
        ...


class Loaded(Saved, Protocol):
    """What takes back what was kept, as it is before the training."""

    def load(self, state: State) -> None:
        """Raises UnfitError where names, types or shapes are not its own."""


Kept = TypeVar("Kept", bound=Saved)


@final
class Course:
    """The way of a training over its epochs or steps, from where it was left."""

    def __init__(
        self, checkpoints: Checkpoints = NO_CHECKPOINTS, found: State | None = None
    ) -> None:
        self._checkpoints, self._found = checkpoints, found
        self._members: dict[str, Saved] = {}
        self._done = 0

    def once(self, name: str, make: Callable[[], Kept], restore: Callable[[State], Kept]) -> Kept:
        """What `make` finds at some cost, or found before the training was stopped."""
        kept = make() if self._found is None else restore(under(self._found, name))
        self._members[name] = kept
        return kept

    def add(self, name: str, member: Loaded) -> None:
        """Keep this too, and load it with what was kept of it."""
        if self._found is not None:
            member.load(under(self._found, name))
        self._members[name] = member

    def over(self, items: Sequence[Item]) -> Iterator[Item]:
        """The items that are not done; one is done when the next is asked for."""
        if self._found is not None:
            self._done = int(required(self._found, "done", np.int64, ()))
            if not 0 <= self._done <= len(items):
                raise UnfitError("it says of more to be done than there is")
        for position in range(self._done, len(items)):
            self._checkpoints.offer(self._state)
            yield items[position]
            self._done = position + 1
        self._checkpoints.offer(self._state, last=True)

    def _state(self) -> State:
        return joined(
            {"done": np.array(self._done)},
            **{name: member.state() for name, member in self._members.items()},
        )


def joined(own: State | None = None, **states: State) -> dict[str, NDArray[np.generic]]:
    """States as one, the names of each behind its own and a dot.

    >>> list(joined({"done": np.array(3)}, adam={"0.step": np.array(1.0)}))
    ['done', 'adam.0.step']
    """
    return dict(own or {}) | {
        f"{name}.{key}": array for name, state in states.items() for key, array in state.items()
    }


def under(state: State, name: str) -> State:
    """What `joined` put behind a name.

    >>> list(under({"done": np.array(3), "adam.0.step": np.array(1.0)}, "adam"))
    ['0.step']
    """
    start = f"{name}."
    return {key.removeprefix(start): state[key] for key in state if key.startswith(start)}


def required(state: State, name: str, dtype: Any, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """An array of this type and shape, None standing for any length; else raises UnfitError."""
    array = state.get(name)
    if array is None:
        raise UnfitError(f"it has no array '{name}'")
    fits = array.ndim == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if array.dtype != np.dtype(dtype) or not fits:
        raise UnfitError(f"its array '{name}' is of another type or shape")
    return array
