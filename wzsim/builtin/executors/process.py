"""Points on several processes of this machine, one point at a time each."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, ClassVar, final

import attrs

from wzsim.contracts import Executor, Outcome, Point, Range, doc

GRACE = 5.0
"""Seconds that an idle process has to leave by itself."""

Work = Callable[[Point], Outcome]


@final
@attrs.frozen(kw_only=True)
class ProcessExecutor(Executor):
    """Runs points on several processes of this machine.

    A process that dies takes its own point with it and no other; the point is tried
    again on a new one. (`concurrent.futures` breaks the whole pool and does not say
    whose point it was.)
    """

    name: ClassVar[str] = "process"

    workers: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(Range(ge=1, le=1024)),
        metadata=doc("processes; default: one a core"),
    )
    attempts: int = attrs.field(
        default=3,
        validator=Range(ge=1, le=100),
        metadata=doc("how often a point is begun whose process dies"),
    )

    def run(self, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        waiting = deque((point, 1) for point in points)
        count = min(self.workers or os.cpu_count() or 1, len(points))
        workers = [_Worker.start(work) for _ in range(count)]
        try:
            while waiting or any(worker.point is not None for worker in workers):
                for worker in workers:
                    if worker.point is None and waiting:
                        worker.begin(*waiting.popleft())
                for place in _ready(workers):
                    worker = workers[place]
                    point, attempt = worker.point, worker.attempt
                    assert point is not None
                    outcome = worker.outcome()
                    if outcome is not None:
                        yield outcome
                        continue
                    workers[place] = _Worker.start(work)
                    end = worker.end()
                    if attempt < self.attempts:
                        waiting.append((point, attempt + 1))
                    else:
                        yield Outcome(point, f"its process died {attempt} times: {end}")
        finally:
            for worker in workers:
                worker.stop()


@attrs.define
class _Worker:
    """A process, its end of a pipe, and the point that it works on."""

    process: Any
    connection: Connection[Any, Any]
    point: Point | None = None
    attempt: int = 0

    @classmethod
    def start(cls, work: Work) -> _Worker:
        # Not by fork: torch and HDF5 have threads and locks that a copy would never see released.
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(there, work), daemon=True)
        process.start()
        there.close()
        return cls(process, here)

    def begin(self, point: Point, attempt: int) -> None:
        self.point, self.attempt = point, attempt
        with suppress(OSError):  # of one that died idle; `outcome` finds out
            self.connection.send(point)

    def outcome(self) -> Outcome | None:
        """What became of the point; None where the process died over it."""
        try:
            found = self.connection.recv()
        except (EOFError, OSError):
            return None
        assert isinstance(found, Outcome)
        self.point = None
        return found

    def end(self) -> str:
        """What a process died of, in words; nothing of it stays."""
        self.connection.close()
        self.process.join()
        code = self.process.exitcode
        if code is not None and code < 0:
            return f"by {signal.Signals(-code).name}"
        return f"with exit code {code}"

    def stop(self) -> None:
        self.connection.close()
        if self.point is None:
            self.process.join(GRACE)
        self.process.terminate()
        self.process.join()


def _ready(workers: Sequence[_Worker]) -> list[int]:
    """Places of the busy workers that have something to say, or nothing more."""
    busy = {worker.connection: place for place, worker in enumerate(workers) if worker.point}
    # type: wait gives back those of its arguments that are ready, whatever their types.
    return [busy[connection] for connection in wait(list(busy))]  # type: ignore[index]


def _serve(connection: Connection[Any, Any], work: Work) -> None:
    """The life of a process: a point in, an outcome out, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    while True:
        try:
            point = connection.recv()
        except (EOFError, OSError):
            return
        outcome = work(point)
        try:
            connection.send(outcome)
        except OSError:
            return
