"""The best codes known: Lloyd's iteration from hundreds of starts, with a long local search.

Writes `benchmarks/references.json`, from which the other benchmarks take the excess of a training.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.cases import LAYERED, MONOLITHIC, REFERENCES
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import DensityPair, compose
from wzsim.theory.design import design_lloyd
from wzsim.theory.lloyd import Prices
from wzsim.theory.lloyd_search import Effort

EFFORT = Effort(nested=150, annealed=150, rounds=300)
SEED = 2023


def run() -> Iterator[str]:
    yield f"nested = {EFFORT.nested}, annealed = {EFFORT.annealed}, rounds = {EFFORT.rounds}"
    yield ""
    yield "| case | loss [nat] | start | s |"
    yield "|---|---|---|---|"
    losses = {}
    for case in (*LAYERED, *MONOLITHIC):
        channel = GaussianChannel(noise_variance=case.noise_variance)
        pair = compose(GaussianSource(), channel, "y")
        assert isinstance(pair, DensityPair)
        stages = len(case.alphabet_sizes)
        multipliers = (case.multiplier,) * stages
        prices = Prices(case.alphabet_sizes, (1.0,) * stages, multipliers, conditional=True)
        started = time.perf_counter()
        with threadpool_limits(1):
            design = design_lloyd(pair, prices, EFFORT, np.random.default_rng(SEED))
        losses[case.name] = design.loss
        seconds = time.perf_counter() - started
        yield f"| {case.name} | {design.loss:.4f} | {design.family} | {seconds:.0f} |"
    content = {"command": "python -m benchmarks references", "losses": losses}
    REFERENCES.write_text(json.dumps(content, indent=2) + "\n")
