"""`wzsim compare` of 10,000 result files: the first time, and again with what it noted then.

The files are made from a few real runs of three stages, each with other values in its
scenario and other figures; one of them is damaged. Times are of the whole command, start
of the process included, memory is the largest that it ever had.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np

import wzsim
from wzsim.simulation.result import Result, StageFigures
from wzsim.storage import write_result

COUNT = 10_000
STEPS = (0.3, 0.5, 0.7)

SCENARIO = """
schema = 1
name = "nsq"
[correlation]
[correlation.source]
name = "gaussian"
variance = 1.0
[correlation.channel]
name = "gaussian"
noise_variance = 0.1
[code]
alphabet_sizes = [2, 2, 2]
[code.encoder]
name = "nsq"
step = 0.5
"""

PROBE = """
import resource, subprocess, sys
rc = subprocess.run([sys.executable, "-m", "wzsim", *sys.argv[1:]]).returncode
print("peak", rc, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
"""


def run() -> Iterator[str]:
    """Make the files, and time the command."""
    with tempfile.TemporaryDirectory(prefix="wzsim-many-") as name:
        folder = Path(name)
        start = time.perf_counter()
        size = make_results(folder / "results", COUNT)
        seconds = time.perf_counter() - start
        yield f"{COUNT} files, {size / 2**20:.0f} MiB, written in {seconds:.0f} s"
        everything = ("compare", str(folder / "results/**/*.h5"))
        where = ("--where", 'code.encoder.name == "nsq" and sum_rate < 1')
        group = ("--group-by", "code.alphabet_sizes")
        csv = ("--all", "--csv", str(folder / "all.csv"))
        for title, arguments in (
            ("first", everything),
            ("again", everything),
            ("again, --where", (*everything, *where)),
            ("again, --where and --group-by", (*everything, *where, *group)),
            ("again, all to CSV", (*everything, *csv)),
        ):
            yield f"{title:32} {timed(folder, arguments)}"


def make_results(folder: Path, count: int) -> int:
    """Write results, the one in the middle damaged; returns their size [byte]."""
    path = folder.parent / "scenario.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SCENARIO)
    runs = [wzsim.run(path, overrides=[f"code.encoder.step={step}"]) for step in STEPS]
    random = np.random.default_rng(7)
    size = 0
    for number in range(count):
        result = _varied(runs[number % len(runs)], number, random.normal())
        file = folder / f"seed_{number // 1000}" / f"{result.name}.h5"
        write_result(result, file)
        size += file.stat().st_size
        if number == count // 2:
            content = file.read_bytes()
            file.write_bytes(content[: len(content) // 2])
    return size


def _varied(result: Result, number: int, draw: float) -> Result:
    """The result as another scenario might have given it; its pictures are left out."""
    code = result.scenario["code"]
    encoder = {**code["encoder"], "step": code["encoder"]["step"] + 1e-6 * number}
    scenario = {
        **result.scenario,
        "name": f"run_{number}",
        "seed": number % 10,
        "code": {**code, "encoder": encoder, "alphabet_sizes": [2, 2, 2 + number % 4]},
    }
    stages = result.stages
    changed = {
        name: getattr(stages, name) * (1 + 0.001 * draw) for name in ("sum_rate", "stage_rate")
    }
    return attrs.evolve(
        result,
        name=f"run_{number}",
        scenario=scenario,
        stages=StageFigures(**{**stages.arrays(), **changed}, errors=stages.errors),
        binning=None,
        reconstruction=None,
    )


def timed(folder: Path, arguments: tuple[str, ...]) -> str:
    """Seconds and memory of a command."""
    command = [sys.executable, "-c", PROBE, *arguments]
    environment = {**os.environ, "WZSIM_CACHE": str(folder / "cache")}
    start = time.perf_counter()
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    seconds = time.perf_counter() - start
    _, code, memory = ran.stderr.split()[-3:]
    lines = len(ran.stdout.splitlines())
    return f"{seconds:6.2f} s  {memory:>5} MiB  exit {code}, {lines} lines"
