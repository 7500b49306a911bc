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

    written_toml: str | None = None
    """The text that somebody wrote, where `scenario_toml` is what came of it: results keep it."""


@final
@attrs.frozen
class Outcome:
    """What became of a point: `error` is None when its result file is complete."""

    point: Point
    error: str | None = None
    of_machine: bool = False
    """Whether the error is of the machine (a process killed, a full disk) and not of the scenario:
    another try may end otherwise."""


Work = Callable[[Point], Outcome]
"""What an executor does with a point: a function that can be imported by its name, or a
`functools.partial` of one, so that any process can have it. It does not raise."""


@attrs.frozen(kw_only=True)
class Executor(Component):
    """Runs points, each once, in any order. It never changes a result.

    One whose process or machine dies is tried again, a few times; an outcome that
    `work` gave is final.

    `wzsim run` sets the parameters `workers` (`-j N`), `scheduler` (`--scheduler`)
    and `gpus` (how many there are, with `--device cuda`) of executors that have them.
    """

    kind: ClassVar[str] = "executor"

    @abstractmethod
    def run(self, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        """Yield an outcome for each point as it ends.

        Raises InputError, before any point begins, where nothing can run at all.
        """
