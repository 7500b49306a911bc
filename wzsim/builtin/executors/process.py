"""Points on several processes of this machine, one point at a time each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import Any, ClassVar, final

import attrs

from wzsim.builtin.executors.gpus import gpu_of, visible_gpu
from wzsim.contracts import Executor, Outcome, Point, Range, Work, doc

GRACE = 5.0
"""Seconds that an idle process has to leave by itself."""


@final
@attrs.frozen(kw_only=True)
class ProcessExecutor(Executor):
    """Runs points on several processes of this machine.

    A process that dies takes its own point with it and no other; the point is tried
    again on a new one. (`concurrent.futures` breaks the whole pool and does not say
    whose point it was.) All of them end with the process that started them.
    """

    name: ClassVar[str] = "process"

    workers: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(Range(ge=1, le=1024)),
        metadata=doc("processes; default: one a core, or one a GPU"),
    )
    attempts: int = attrs.field(
        default=3,
        validator=Range(ge=1, le=100),
        metadata=doc("how often a point is begun whose process dies"),
    )
    gpus: int = attrs.field(
        default=0, validator=Range(ge=0), metadata=doc("GPUs to deal out, one to a process")
    )

    def run(self, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        waiting = deque((point, 1) for point in points)
        workers: list[_Worker] = []
        try:
            count = min(self.workers or self.gpus or os.cpu_count() or 1, len(points))
            workers.extend(
                _Worker.start(work, place, self.gpus, *waiting.popleft()) for place in range(count)
            )
            while workers:
                for worker in _with_news(workers):
                    workers.remove(worker)
                    outcome = worker.outcome()
                    alive = outcome is not None
                    if outcome is None:
                        end = worker.end()
                        if worker.attempt < self.attempts:
                            waiting.append((worker.point, worker.attempt + 1))
                        else:
                            said = f"its process died {worker.attempt} times: {end}"
                            outcome = Outcome(worker.point, said, of_machine=True)
                    if not waiting:
                        worker.stop()
                    elif alive:
                        workers.append(worker)
                        worker.begin(*waiting.popleft())
                    else:
                        next_point = waiting.popleft()
                        workers.append(_Worker.start(work, worker.place, self.gpus, *next_point))
                    if outcome is not None:
                        yield outcome
        finally:
            for worker in workers:
                worker.kill()


@attrs.define(eq=False)
class _Worker:
    """A process, its end of a pipe, and the point that it works on."""

    process: Any
    connection: Connection[Any, Any]
    place: int
    """Among the processes that run at once; it decides the GPU."""
    point: Point
    attempt: int

    @classmethod
    def start(cls, work: Work, place: int, gpus: int, point: Point, attempt: int) -> _Worker:
        # Not by fork: torch and HDF5 have threads and locks that a copy would never see released.
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=_serve, args=(there, work), daemon=True)
        with visible_gpu(gpu_of(place, gpus)):  # what a process inherits when it starts
            process.start()
        there.close()
        worker = cls(process, here, place, point, attempt)
        worker.begin(point, attempt)
        return worker

    def begin(self, point: Point, attempt: int) -> None:
        self.point, self.attempt = point, attempt
        with suppress(OSError):  # of one that died already; `outcome` finds out
            self.connection.send(point)

    def outcome(self) -> Outcome | None:
        """What became of the point; None where the process died over it."""
        try:
            found = self.connection.recv()
        except (EOFError, OSError):
            return None
        assert isinstance(found, Outcome)
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
        """Let an idle process go; one that is gone already is fine."""
        self.connection.close()
        self.process.join(GRACE)
        self.kill()

    def kill(self) -> None:
        """End a process, whatever it does; result files are written whole or not at all."""
        self.connection.close()
        self.process.terminate()
        self.process.join(GRACE)
        self.process.kill()
        self.process.join()


def _with_news(workers: Sequence[_Worker]) -> list[_Worker]:
    """The workers that have something to say, or nothing more."""
    owners: dict[object, _Worker] = {worker.connection: worker for worker in workers}
    return [owners[connection] for connection in wait([worker.connection for worker in workers])]


def _serve(connection: Connection[Any, Any], work: Work) -> None:
    """The life of a process: a point in, an outcome out, until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
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


def _end_with_parent() -> None:
    """Leave at once when the parent is gone, so that the same command can begin anew."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
