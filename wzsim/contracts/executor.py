"""Where the points of a sweep run."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, final

import attrs

from wzsim.contracts.component import Component


@final
@attrs.frozen
class Point:
    """One independent run, as strings only, so that any machine can take it."""

    scenario_toml: str
    """The scenario, resolved: no `extends`, no overrides left."""

    plugins: tuple[str, ...]
    """What was named with `-p`."""

    output: str
    """Path of the result file that the point writes itself."""


@final
@attrs.frozen
class Outcome:
    """What became of a point: `error` is None when its result file is complete."""

    point: Point
    error: str | None = None


@attrs.frozen(kw_only=True)
class Executor(Component):
    """Runs points, each once, in any order. It never changes a result."""

    kind: ClassVar[str] = "executor"

    @abstractmethod
    def run(self, points: Sequence[Point], work: Callable[[Point], Outcome]) -> Iterator[Outcome]:
        """Yield an outcome for each point as it ends; `work` can be imported by its name."""
