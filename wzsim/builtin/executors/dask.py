"""Points on a Dask cluster: processes of this machine, or a scheduler that is there already."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar, final

import attrs

from wzsim.builtin.executors.gpus import VARIABLE, gpu_of
from wzsim.contracts import Executor, Outcome, Point, Range, Work, doc
from wzsim.errors import InputError, RunFailedError

AHEAD = 8
"""Points that the scheduler knows for each worker: enough to keep it busy, few to remember."""

FEWEST_AHEAD = 64
"""For workers that are still to come."""

PATIENCE = 10.0
"""Seconds in which a scheduler has to answer."""

OWN_CLUSTER = {
    # No point waits at a worker: one that dies would be blamed on all it has.
    "distributed.scheduler.worker-saturation": 1.0,
    # Dask has workers give memory back after each array: a half of the time of small points.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    # Nobody looks: what it measures of itself, a hundred times a second, interrupts the work.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    # A terminal sends Ctrl-C to the workers, too; the command ends them.
    "distributed.worker.preload": ["import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)"],
}


@final
@attrs.frozen(kw_only=True)
class DaskExecutor(Executor):
    """Runs points on a Dask cluster.

    Only strings travel: workers read and write where the paths lead, so all machines
    need one file system, and the same wzsim and plugins.
    """

    name: ClassVar[str] = "dask"

    scheduler: str | None = attrs.field(
        default=None,
        metadata=doc(
            "of a cluster: its address, such as tcp://node1:8786, or its scheduler file; "
            "default: a cluster of this machine's own, for this command"
        ),
    )
    workers: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(Range(ge=1, le=1024)),
        metadata=doc("processes of the own cluster; default: one a core, or one a GPU"),
    )
    attempts: int = attrs.field(
        default=3,
        validator=Range(ge=1, le=100),
        metadata=doc("how often a point goes to the cluster which it comes back from without end"),
    )
    gpus: int = attrs.field(
        default=0,
        validator=Range(ge=0),
        metadata=doc("GPUs to deal out, one to a process of the own cluster"),
    )

    def run(self, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        if not points:
            return
        with self._client(len(points)) as client:
            yield from self._outcomes(client, points, work)

    def _outcomes(self, client: Any, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        coming = iter(points)
        attempts = dict.fromkeys(points, 1)
        sent: dict[Any, Point] = {}
        ended = _library().as_completed(with_results=True, raise_errors=False)
        on_worker = partial(_on_worker, work, self._dealt)

        def send(some: Sequence[Point]) -> None:
            # Not pure: dask would hash the scenario, and answer from memory for an equal one.
            futures = client.map(on_worker, some, pure=False)
            sent.update(zip(futures, some, strict=True))
            ended.update(futures)

        known = FEWEST_AHEAD
        send(list(islice(coming, known)))
        for future, outcome in ended:
            point = sent.pop(future)
            # Who has joined the cluster is asked now and then, and when the scheduler was gone.
            if len(sent) < known / 2 or future.status == "cancelled":
                known = max(FEWEST_AHEAD, AHEAD * _threads(client))
                send(list(islice(coming, max(0, known - len(sent)))))
            if future.status == "finished":
                yield outcome
            elif attempts[point] < self.attempts:
                attempts[point] += 1
                send([point])
            else:
                error = future.exception() if future.status == "error" else None
                said = _reason(error) if error is not None else f"it was {future.status}"
                yield Outcome(
                    point,
                    f"the cluster gave it up {attempts[point]} times: {said}",
                    of_machine=True,
                )

    @property
    def _dealt(self) -> int:
        """GPUs to deal out on the workers; those of a cluster that was there have theirs."""
        return 0 if self.scheduler else self.gpus

    @contextmanager
    def _client(self, points: int) -> Iterator[Any]:
        distributed = _library()
        if self.scheduler is None:
            from dask import config

            with (
                config.set(OWN_CLUSTER),
                distributed.LocalCluster(
                    n_workers=min(self.workers or self.gpus or os.cpu_count() or 1, points),
                    threads_per_worker=1,
                    processes=True,
                    memory_limit=0,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.ERROR,  # what becomes of points is said by itself
                ) as cluster,
                distributed.Client(cluster) as client,
            ):
                yield client
            return
        address = _address(self.scheduler)
        try:
            client = distributed.Client(address, timeout=PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise InputError(
                f"no Dask scheduler answers at '{self.scheduler}': {_reason(error)}; name its "
                "address, such as tcp://node1:8786, or the file of dask scheduler --scheduler-file"
            ) from error
        with client:
            yield client


def _library() -> Any:
    """The module distributed, whose calls have no types."""
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "executor 'dask' needs the library distributed: pip install 'wzsim[dask]'"
        ) from error
    return distributed


def _address(scheduler: str) -> str:
    """What was given, or what it says where that is a file."""
    if not Path(scheduler).is_file():
        return scheduler
    try:
        address = json.loads(Path(scheduler).read_text("utf-8"))["address"]
    except (OSError, ValueError, KeyError, TypeError):
        address = None
    if not isinstance(address, str):
        raise InputError(
            f"'{scheduler}' is no scheduler file, which dask scheduler --scheduler-file writes"
        )
    return address


def _threads(client: Any) -> int:
    """Of all workers; raises RunFailedError where the scheduler is gone and does not come back."""
    try:
        return sum(client.nthreads().values())
    except OSError as error:
        raise RunFailedError(
            f"the Dask scheduler is gone: {_reason(error)}; results that are written are kept, "
            "and the same command goes on from here"
        ) from error


_TURN = threading.Lock()


def _on_worker(work: Work, gpus: int, point: Point) -> Outcome:
    """Do the work in a process of the cluster; a worker of several threads takes turns.

    The number of threads of a run is one of its process, and decides its last digits.
    """
    with _TURN:
        gpu = gpu_of(_place(), gpus)
        if gpu is not None and VARIABLE not in os.environ:
            os.environ[VARIABLE] = gpu
        return work(point)


def _place() -> int:
    """Of this worker in a cluster of this machine's own, where names count from 0."""
    name = _library().get_worker().name
    return name if isinstance(name, int) else 0


def _reason(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
