"""What ten thousand and a hundred thousand points cost beside their work.

Planning (each point resolved and checked, before the first one runs) at sizes that one
sweep may have, and the executors with work that does nothing. `MOST=100000` is the default.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs

from wzsim import app
from wzsim.builtin.executors.dask import DaskExecutor
from wzsim.builtin.executors.process import ProcessExecutor
from wzsim.builtin.executors.serial import SerialExecutor
from wzsim.contracts import Executor, Outcome, Point

SWEEP = """\
schema = 1
name = "many"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2, 2]
encoder = { name = "nsq", step = 0.5 }
[[sweep.axis]]
key = "seed"
values = [%s]
"""

SIZES = (1_000, 10_000)


def run() -> Iterator[str]:
    most = int(os.environ.get("MOST", "100000"))
    yield "| points of a sweep | `wzsim validate` [s] | ms a point | memory [MB] |"
    yield "|---|---|---|---|"
    for size in SIZES:
        seconds, megabytes = _alone(_validate, size)
        yield f"| {size:,} | {seconds:.1f} | {1e3 * seconds / size:.2f} | {megabytes:.0f} |"
    yield ""
    yield "| executor, points that do nothing | s | ms a point | memory of the command [MB] |"
    yield "|---|---|---|---|"
    for size in (most // 10, most):
        for name, executor in {
            "serial": SerialExecutor(),
            "process": ProcessExecutor(workers=2),
            "dask": DaskExecutor(workers=2),
        }.items():
            seconds, megabytes = _alone(_dispatch, executor, size)
            cost = 1e3 * seconds / size
            yield f"| {name}, {size:,} | {seconds:.1f} | {cost:.3f} | {megabytes:.0f} |"


def _validate(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sweep = Path(folder, "many.toml")
        sweep.write_text(SWEEP % ", ".join(str(seed) for seed in range(size)))
        assert len(app.load_sweep(sweep, app.registry()).points) == size


def _dispatch(executor: Executor, size: int) -> None:
    toml = "# as long as a scenario is\n" * 60
    points = [Point(f"{toml}seed = {index}", (), f"{index}.h5") for index in range(size)]
    outcomes = executor.run(points, nothing)
    assert sum(outcome.error is None for outcome in outcomes) == size


def nothing(point: Point) -> Outcome:
    """Work that takes no time."""
    return Outcome(attrs.evolve(point))


def _alone(function: Callable[..., None], *arguments: object) -> tuple[float, float]:
    """Seconds of a call in a process of its own, and the most memory that it had."""
    script = (
        "import pickle, resource, sys, time\n"
        "if __name__ == '__main__':\n"
        "    function, arguments = pickle.loads(bytes.fromhex(sys.argv[1]))\n"
        "    started = time.perf_counter()\n"
        "    function(*arguments)\n"
        "    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    print(time.perf_counter() - started, kilobytes / 1024)\n"
    )

    sent = pickle.dumps((function, arguments)).hex()
    with tempfile.NamedTemporaryFile("w", suffix=".py") as file:
        file.write(script)
        file.flush()
        ended = subprocess.run(
            [sys.executable, file.name, sent],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
    seconds, megabytes = (float(word) for word in ended.stdout.split())
    return seconds, megabytes
