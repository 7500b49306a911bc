"""Monte Carlo evaluation of an untrained 222 code: throughput against its networks and against
drawing the samples alone, and memory by sample count.

Codes of single samples are read from tables. Each line is a process of its own with one thread.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SCENARIO = Path(__file__).parent.parent / "scenarios" / "paper" / "gauss_222.toml"
COUNTS = (100_000, 1_000_000, 4_000_000)
SHORT = 1_000_000

CHILD = """
import json, resource, sys, time
import torch
from wzsim import app
from wzsim.contracts import Code
from wzsim.simulation import monte_carlo
from wzsim.simulation.design import untrained_parts
from wzsim.simulation.tabulated import QuickCode
torch.set_num_threads(1)
torch.set_flush_denormal(True)
path, count, how = sys.argv[1], int(sys.argv[2]), sys.argv[3]
scenario = app.load(path, app.registry()).scenario
parts = untrained_parts(scenario, "cpu")
code = Code(parts.encoder, parts.rate_estimator, parts.decoder)
pair, generator = scenario.evaluation_pair(), torch.Generator()
if how == "networks":
    own = QuickCode(
        lambda x, _shared: code.encoder.encode(x),
        code.rate_estimator.code_lengths,
        code.decoder.reconstruct,
    )
    monte_carlo.quick_code = lambda *_: own
baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
if how == "drawing":
    for _ in range(count // monte_carlo.CHUNK):
        pair.sample(monte_carlo.CHUNK, generator)
else:
    monte_carlo.evaluate_by_monte_carlo(
        code, pair, scenario.distortion, count, generator, "bench", lambda _event: None
    )
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "megabytes": (peak - baseline) / 1024}))
"""


def measured(count: int, how: str) -> dict[str, float]:
    """Seconds, and megabytes above the import baseline."""
    answer = subprocess.run(
        [sys.executable, "-c", CHILD, str(SCENARIO), str(count), how],
        check=True,
        capture_output=True,
        text=True,
    )
    figures: dict[str, float] = json.loads(answer.stdout)
    return figures


def run() -> Iterator[str]:
    drawing = measured(SHORT, "drawing")["seconds"]
    yield f"| {SHORT:,} samples | s | ratio to drawing them |"
    yield "|---|---|---|"
    for how in ("drawing", "tables", "networks"):
        seconds = drawing if how == "drawing" else measured(SHORT, how)["seconds"]
        yield f"| {how} | {seconds:.2f} | {seconds / drawing:.1f} |"
    yield ""
    yield "| samples | s | samples/s | MB above the import baseline |"
    yield "|---|---|---|---|"
    for count in COUNTS:
        figures = measured(count, "tables")
        speed = count / figures["seconds"]
        yield (
            f"| {count:,} | {figures['seconds']:.2f} | {speed:,.0f} | {figures['megabytes']:.0f} |"
        )
