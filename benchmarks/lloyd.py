"""Designed quantizers of the paper's four conditional layered cases: seconds and loss.

Default effort (30 nested and 30 annealed starts, 40 rounds of search), one thread. The best
losses known, after thousands of starts, are 16.69 for the first case and 1.679 for the last.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import DensityPair, compose
from wzsim.theory.design import best_step, design_lloyd, loss_of, nested_uniform
from wzsim.theory.exact import TAIL, exact_figures
from wzsim.theory.lloyd import Prices
from wzsim.theory.lloyd_search import Effort

CASES = (
    ((2, 2, 2), 0.1, 160.0),
    ((4, 4), 0.1, 120.0),
    ((2, 2, 2), 0.01, 120.0),
    ((4, 4), 0.01, 160.0),
)
SEEDS = 3


def run() -> Iterator[str]:
    yield "| system | s2 | lambda | best nested [nat] | loss, by seed [nat] | s a design |"
    yield "|---|---|---|---|---|---|"
    for sizes, noise_variance, multiplier in CASES:
        pair = compose(GaussianSource(), GaussianChannel(noise_variance=noise_variance), "y")
        assert isinstance(pair, DensityPair)
        stages = len(sizes)
        prices = Prices(sizes, (1.0,) * stages, (multiplier,) * stages, conditional=True)
        uniform = nested_uniform(pair.x_interval(TAIL), best_step(pair, prices, 0.0), 0.0, sizes)
        nested = loss_of(exact_figures(pair, uniform), prices)
        started = time.perf_counter()
        with threadpool_limits(1):
            losses = [
                design_lloyd(pair, prices, Effort(), np.random.default_rng(seed)).loss
                for seed in range(SEEDS)
            ]
        seconds = (time.perf_counter() - started) / SEEDS
        listed = ", ".join(f"{loss:.3f}" for loss in losses)
        yield (
            f"| {sizes} | {noise_variance} | {multiplier:g} | {nested:.3f} | {listed} "
            f"| {seconds:.1f} |"
        )
