"""A sweep of small points on all cores, against the same simulations without the framework.

The peer is one process a core, each of which simulates its share back to back: no result
file, no log, no scheduling. `POINTS=200` is the default.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from wzsim import app
from wzsim.app.single import simulate_scenario
from wzsim.contracts import Point
from wzsim.storage import content_hash, write_result

SWEEP = """\
schema = 1
name = "small"
[correlation]
source = "gaussian"
channel = {{ name = "gaussian", noise_variance = 0.1 }}
[code]
alphabet_sizes = [2, 2]
encoder = "lloyd"
rate_estimator = "conditional"
[training]
lagrange_multiplier = 1.0
[[sweep.axis]]
key = "training.lagrange_multiplier"
values = {multipliers}
"""

BARE = """\
import sys
from wzsim import app
from wzsim.app.settings import torch_settings
from wzsim.simulation.run import simulate
path, first, step = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with torch_settings(app.Settings()):
    for point in app.load_sweep(path, app.registry()).points[first::step]:
        simulate(point.scenario, "cpu", lambda event: None)
"""

WAYS = {
    "`wzsim run`": (),
    "`wzsim run --executor dask`": ("--executor", "dask"),
    "`wzsim run -j 1`": ("-j", "1"),
}


def run() -> Iterator[str]:
    points, cores = int(os.environ.get("POINTS", "200")), os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        sweep = Path(folder, "small.toml")
        multipliers = [round(20 * 1.01**index, 4) for index in range(points)]
        sweep.write_text(SWEEP.format(multipliers=multipliers))
        ideal = statistics.median(_bare(sweep, cores) for _ in range(2))
        yield f"{points} points, {cores} cores. Seconds are of the whole command, start included."
        yield ""
        yield "| | s | points a second | share of the ideal |"
        yield "|---|---|---|---|"
        yield f"| ideal: bare simulations on each core | {ideal:.1f} | {points / ideal:.2f} | 1 |"
        hashes = []
        for number, (name, options) in enumerate(WAYS.items()):
            results = Path(folder, str(number))
            seconds = _sweep(sweep, results, options)
            share = ideal / seconds
            yield f"| {name} | {seconds:.1f} | {points / seconds:.2f} | {share:.3f} |"
            hashes.append([content_hash(file) for file in sorted(results.rglob("*.h5"))])
        assert len(hashes[0]) == points
        assert all(found == hashes[0] for found in hashes)
        yield ""
        yield from _costs(sweep, Path(folder, "costs"))


def _bare(sweep: Path, cores: int) -> float:
    started = time.perf_counter()
    processes = [
        subprocess.Popen([sys.executable, "-c", BARE, sweep, str(core), str(cores)])
        for core in range(cores)
    ]
    assert [process.wait() for process in processes] == [0] * cores
    return time.perf_counter() - started


def _sweep(sweep: Path, results: Path, options: tuple[str, ...]) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "wzsim", "run", str(sweep), "-o", str(results), *options]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _costs(sweep: Path, results: Path) -> Iterator[str]:
    """What a point costs beside its simulation, in one process."""
    registry, settings = app.registry(), app.Settings()
    started = time.perf_counter()
    planned = app.plan([str(sweep)], registry, [], results, settings, force=False)
    planning = (time.perf_counter() - started) / len(planned)
    jobs = planned[:20]
    work = partial(app.run_point, settings=settings)
    points = [Point(job.loaded.toml, (), str(job.output)) for job in jobs]
    work(points[0])
    simulating, writing, whole = [], [], []
    for job, point in zip(jobs, points, strict=True):
        times = [time.perf_counter()]
        result = simulate_scenario(job.loaded, registry, settings, lambda _event: None, None)
        times.append(time.perf_counter())
        write_result(result, job.output)
        times.append(time.perf_counter())
        assert work(point).error is None
        times.append(time.perf_counter())
        for found, (before, after) in zip(
            (simulating, writing, whole), itertools.pairwise(times), strict=True
        ):
            found.append(after - before)
    own = [all_of_it - bare for all_of_it, bare in zip(whole, simulating, strict=True)]
    yield "| of one point | ms |"
    yield "|---|---|"
    for name, seconds in {
        "its simulation": statistics.median(simulating),
        "all else in its worker: reading the scenario, log, result file": statistics.median(own),
        "of that, the result file, safe on the disk": statistics.median(writing),
        "checking it before any work, in the command": planning,
    }.items():
        yield f"| {name} | {1e3 * seconds:.1f} |"
