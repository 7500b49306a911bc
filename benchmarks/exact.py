"""Exact training of the paper's conditional systems: excess over the best code known, and time.

The loss is the network's own: hard codes, its own prior and decoder, by quadrature. Seconds are of
the whole run on one thread: search, training, evaluation. Median / worst over the seeds; excess in
nat a stage.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from benchmarks.cases import LAYERED, MONOLITHIC, reference
from benchmarks.trials import spread, trials

SEEDS = int(os.environ.get("SEEDS", "3"))
"""Trainings a case; the documentation has ten."""


def run() -> Iterator[str]:
    yield f"{SEEDS} seeds."
    yield ""
    yield "| case | start | best code known [nat] | excess a stage | s |"
    yield "|---|---|---|---|---|"
    plan = [(case, "random") for case in (*LAYERED, *MONOLITHIC)]
    plan += [(case, "lloyd") for case in LAYERED]
    scenarios = (
        case.scenario(seed, {"method": "exact", "init": start}, {})
        for case, start in plan
        for seed in range(SEEDS)
    )
    found = trials(scenarios)
    for case, start in plan:
        mine = [next(found) for _ in range(SEEDS)]
        best, stages = reference(case), len(case.alphabet_sizes)
        excess = spread(((one.loss - best) / stages for one in mine), 4)
        seconds = spread((one.seconds for one in mine), 1)
        yield f"| {case.name} | {start} | {best:.4f} | {excess} | {seconds} |"
