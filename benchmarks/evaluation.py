"""Monte Carlo evaluation of an untrained 222 code: throughput, and memory by sample count."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SCENARIO = Path(__file__).parent.parent / "scenarios" / "paper" / "gauss_222.toml"
COUNTS = (100_000, 1_000_000, 4_000_000)

CHILD = """
import json, resource, sys, time
import torch
from wzsim import app
from wzsim.contracts import Code
from wzsim.simulation.design import untrained_parts
from wzsim.simulation.monte_carlo import evaluate_by_monte_carlo
torch.set_num_threads(1)
scenario = app.load(sys.argv[1], app.registry()).scenario
parts = untrained_parts(scenario, "cpu")
code = Code(parts.encoder, parts.rate_estimator, parts.decoder)
baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
started = time.perf_counter()
evaluate_by_monte_carlo(
    code, scenario.evaluation_pair(), scenario.distortion, int(sys.argv[2]),
    torch.Generator(), "bench", lambda _event: None,
)
seconds = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "megabytes": (peak - baseline) / 1024}))
"""


def run() -> Iterator[str]:
    yield "| samples | s | samples/s | MB above the import baseline |"
    yield "|---|---|---|---|"
    for count in COUNTS:
        answer = subprocess.run(
            [sys.executable, "-c", CHILD, str(SCENARIO), str(count)],
            check=True,
            capture_output=True,
            text=True,
        )
        figures = json.loads(answer.stdout)
        speed = count / figures["seconds"]
        yield (
            f"| {count:,} | {figures['seconds']:.2f} | {speed:,.0f} | {figures['megabytes']:.0f} |"
        )
