"""A sweep whose processes are killed at random, and begun again until it is whole.

First a hundred times the command itself (SIGKILL, SIGTERM and SIGINT in turn, with all that it
started left to itself), then workers of a Dask cluster of separate processes by SIGKILL. Each
time the set of results must equal that of an undisturbed run, content hash by content hash.
`KILLS=100` is the default; `SEED` decides when, in parts of the time that an undisturbed run takes.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from wzsim.storage import content_hash

ROOT = Path(__file__).parents[1]

SWEEP = """\
schema = 1
name = "killed"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2, 2]
rate_estimator = "conditional"
[[sweep.axis]]
label = "lambda"
key = "training.lagrange_multiplier"
values = [20.0, 80.0]
[[sweep.axis]]
label = "training"
[[sweep.axis.point]]
label = "recipe"
[sweep.axis.point.set]
code = { encoder = "rnn-layered", decoder = "rnn-layered" }
evaluation = { method = "monte-carlo", samples = 100_000 }
[sweep.axis.point.set.training]
method = "gumbel-softmax"
epochs = 40
samples_per_epoch = 10_000
batch_size = 500
[[sweep.axis.point]]
label = "exact"
[sweep.axis.point.set]
code = { encoder = "rnn-layered", decoder = "rnn-layered" }
training = { steps = 300, search_rounds = 4 }
[[sweep.axis.point]]
label = "alone"
[sweep.axis.point.set]
code = { encoder = "rnn-layered", decoder = "rnn-layered" }
training = { steps = 100, teacher = false, restarts = 4 }
[[sweep.axis.point]]
label = "lloyd"
[sweep.axis.point.set]
code = { encoder = "lloyd" }
"""

OFTEN = """\
import wzsim.storage.checkpoint

WZSIM_CONTRACT = 1
wzsim.storage.checkpoint.INTERVAL = 0.2
"""
"""A plugin that has trainings write checkpoints far more often than users need."""


def run() -> Iterator[str]:
    # Where a shell runs this in the background SIGINT is ignored, and so it would be by a command.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rng = random.Random(int(os.environ.get("SEED", "0")))
    kills = int(os.environ.get("KILLS", "100"))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "killed.toml").write_text(SWEEP)
        (place / "often.py").write_text(OFTEN)
        started = time.perf_counter()
        assert _command(place, "undisturbed").wait() == 0
        seconds = time.perf_counter() - started
        wanted = _hashes(place / "undisturbed")
        yield f"An undisturbed run: {len(wanted)} points in {seconds:.1f} s."
        yield ""
        yield from _killed_commands(place, rng, kills, wanted, seconds)
        yield from _killed_workers(place, rng, wanted, seconds)


def _killed_commands(
    place: Path, rng: random.Random, kills: int, wanted: dict[str, str], seconds: float
) -> Iterator[str]:
    done = dict.fromkeys(("SIGKILL", "SIGTERM", "SIGINT"), 0)
    resumed, whole = set[str](), 0
    while sum(done.values()) < kills:
        process = _command(place, "killed")
        try:
            process.wait(rng.uniform(0.1, 0.6) * seconds)
        except subprocess.TimeoutExpired:
            name = list(done)[sum(done.values()) % len(done)]
            process.send_signal(signal.Signals[name])
            # 1: it said that it was interrupted; 0: it had just ended by itself.
            ended = process.wait()
            assert ended in (-signal.Signals[name], 0, *([1] if name != "SIGKILL" else []))
            done[name] += ended != 0
        else:
            ended = process.returncode
            assert ended == 0
        found = _hashes(place / "killed")  # whatever is there is whole, and what it should be
        assert found.items() <= wanted.items()
        assert len(found) == len(wanted) or ended != 0
        for log in (place / "killed").rglob("*.progress.jsonl"):
            resumed.update(_resumed(log))
        if len(found) == len(wanted):  # all done: begin anew
            whole += 1
            _clear(place / "killed")
    assert _command(place, "killed").wait() == 0
    assert _hashes(place / "killed") == wanted
    counts = ", ".join(f"{count} {name}" for name, count in done.items())
    yield (
        f"{kills} kills of the command ({counts}): {whole + 1} whole sets, each equal to the "
        f"undisturbed one; {len(resumed)} times a training went on from a checkpoint."
    )


def _killed_workers(
    place: Path, rng: random.Random, wanted: dict[str, str], seconds: float
) -> Iterator[str]:
    """Scheduler and workers by Dask's own commands, as on a cluster."""
    cluster, nannies = place / "cluster.json", 2
    dask = [str(Path(sys.executable).with_name("dask"))]
    shared = ["--scheduler-file", str(cluster), "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    own = [subprocess.Popen([*dask, "scheduler", *shared, "--port", "0"], **quiet)]
    worker = [*dask, "worker", *shared, "--nthreads", "1", "--memory-limit", "0"]
    own += [subprocess.Popen(worker, cwd=place, **quiet) for _ in range(nannies)]
    killed = 0
    try:
        while not cluster.exists():
            time.sleep(0.1)
        command = _command(place, "dask", "--scheduler", str(cluster))
        while command.poll() is None:
            time.sleep(rng.uniform(0.1, 0.6) * seconds)
            victims = [pid for nanny in own[1:] for pid in _children(nanny.pid)]
            if victims and command.poll() is None:
                os.kill(rng.choice(victims), signal.SIGKILL)
                killed += 1
        yield (
            f"Dask, {nannies} workers in processes of their own, {killed} SIGKILLs: "
            f"exit code {command.wait()}."
        )
    finally:
        for process in own:
            process.terminate()
            process.wait()
    assert command.wait() == 0
    found = _hashes(place / "dask")
    assert found == wanted
    yield f"{len(found)} results, each once and equal to the undisturbed one."


def _command(place: Path, output: str, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "wzsim", "run", str(place / "killed.toml"), "-o",
         str(place / output), "-p", str(place / "often.py"), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def _hashes(folder: Path) -> dict[str, str]:
    return {file.name: content_hash(file) for file in folder.rglob("*.h5")}


def _resumed(log: Path) -> list[str]:
    """The lines that say so; each has its time."""
    return [line for line in log.read_text().splitlines() if '"training_resumed"' in line]


def _clear(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            file.unlink()


def _children(parent: int) -> list[int]:
    """Processes that another one started, those that run no Python of a worker left out."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
            line = status.with_name("cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if int(fields[1]) == parent and b"spawn_main" in line:
            found.append(int(status.parent.name))
    return found
