"""The best codes known: the best of several searches, each of many starts and many rounds.

Writes `benchmarks/references.json`, from which the other benchmarks take the excess of a training.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cases import LAYERED, MONOLITHIC, REFERENCES, Case
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import DensityPair, compose
from wzsim.theory.design import LloydDesign, design_lloyd
from wzsim.theory.lloyd import Prices
from wzsim.theory.lloyd_search import Effort

EFFORT = Effort(nested=50, annealed=50, rounds=300)
SEEDS = range(6)
"""One search each: they end in different optima where the alphabets are large."""


def run() -> Iterator[str]:
    yield (
        f"{len(SEEDS)} searches: nested = {EFFORT.nested}, annealed = {EFFORT.annealed}, "
        f"rounds = {EFFORT.rounds}"
    )
    yield ""
    yield "| case | least loss [nat] | largest | start of the best | s |"
    yield "|---|---|---|---|---|"
    losses = {}
    for case in (*LAYERED, *MONOLITHIC):
        started = time.perf_counter()
        with threadpool_limits(1):
            designs = [_design(case, seed) for seed in SEEDS]
        seconds = time.perf_counter() - started
        best, worst = (end(designs, key=lambda one: one.loss) for end in (min, max))
        losses[case.name] = best.loss
        yield (
            f"| {case.name} | {best.loss:.4f} | {worst.loss:.4f} | {best.family} | {seconds:.0f} |"
        )
    content = {"command": "python -m benchmarks references", "losses": losses}
    REFERENCES.write_text(json.dumps(content, indent=2) + "\n")


def _design(case: Case, seed: int) -> LloydDesign:
    channel = GaussianChannel(noise_variance=case.noise_variance)
    pair = compose(GaussianSource(), channel, "y")
    assert isinstance(pair, DensityPair)
    stages = len(case.alphabet_sizes)
    multipliers = (case.multiplier,) * stages
    prices = Prices(case.alphabet_sizes, (1.0,) * stages, multipliers, conditional=True)
    return design_lloyd(pair, prices, EFFORT, np.random.default_rng(seed))
