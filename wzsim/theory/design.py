"""Scalar quantizers for a price of rate and distortion: nested uniform ones, and Lloyd's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
from numpy.random import Generator
from scipy.optimize import brentq, minimize_scalar

from wzsim.contracts import DensityPair
from wzsim.errors import CapabilityError
from wzsim.theory.exact import TAIL, ExactFigures, exact_figures
from wzsim.theory.lloyd import (
    Array,
    Labels,
    LloydGrid,
    Prices,
    conditional_deviation,
    iterate,
    lloyd_grid,
    partition_of,
)
from wzsim.theory.lloyd_search import (
    HIGHEST_STEP,
    LOWEST_STEP,
    Advance,
    Effort,
    Search,
    search,
    untold,
)
from wzsim.theory.partition import Partition

NATS_PER_BIT = float(np.log(2.0))

FINE_POINTS = 80.0
"""Grid points a deviation in the last iteration: thresholds to about half a percent of it."""

MOST_CELLS = 50_000
"""Cells of a nested quantizer over nearly all of X."""

STEPS_TRIED = 41
FIRST_LOOK = 1e-3
"""Accuracy of their figures; the best of them is then known as well as others."""
"""Steps of the scan before the best one is refined."""


def nested_uniform(
    support: tuple[float, float],
    step: float,
    offset: float,
    alphabet_sizes: tuple[int, ...],
    *,
    least_significant_first: bool = False,
) -> Partition:
    """m = floor((x - offset) / step) mod (M_1 ... M_K), most significant stage first.

    Outside of `support` there is one cell each side.
    """
    low, high = support
    if (high - low) / step > MOST_CELLS:
        raise CapabilityError(
            f"a step of {step:g} makes {(high - low) / step:.3g} cells of a source that lies "
            f"between {low:g} and {high:g}: the step must be at least {(high - low) / MOST_CELLS:g}"
        )
    first = int(np.floor((low - offset) / step))
    last = int(np.floor((high - offset) / step))
    cells = np.arange(first, last + 1)
    labels = cells % int(np.prod(alphabet_sizes))
    if least_significant_first:
        labels = reversed_digits(labels, alphabet_sizes)
    thresholds: Array = offset + step * cells[1:].astype(np.float64)
    return Partition(thresholds, labels, alphabet_sizes).merged()


def reversed_digits(index: Labels, alphabet_sizes: tuple[int, ...]) -> Labels:
    """The message whose first stage is the least significant digit of an index.

    >>> reversed_digits(np.array([0, 1, 2, 3, 4, 5]), (2, 3)).tolist()
    [0, 3, 1, 4, 2, 5]
    """
    labels = np.zeros_like(index)
    for size in alphabet_sizes:
        labels = labels * size + index % size
        index = index // size
    return labels


def loss_of(figures: ExactFigures, prices: Prices) -> float:
    """L = sum_k w_k R_k + lambda_k D_k [nat] with ideal rates and the exact decoder."""
    rate = figures.conditional_rate if prices.conditional else figures.marginal_rate
    return float(
        np.dot(prices.rate_prices, rate) * NATS_PER_BIT
        + np.dot(prices.multipliers, figures.distortion)
    )


def best_step(pair: DensityPair, prices: Prices, offset: float) -> float:
    """The step of the nested uniform quantizer of least loss, to about 1e-6 of itself.

    Steps that make too many cells, as of laws with heavy tails, are not tried; raises
    CapabilityError where all do.
    """
    support = pair.x_interval(TAIL)
    least = (support[1] - support[0]) / MOST_CELLS

    def loss(log_step: float, target: float = 1e-7) -> float:
        step = float(np.exp(log_step))
        if step < least:
            return float("inf")
        partition = nested_uniform(support, step, offset, prices.alphabet_sizes)
        return loss_of(exact_figures(pair, partition, target=target), prices)

    scale = conditional_deviation(pair)
    tried = np.log(scale * np.geomspace(LOWEST_STEP / 2, 3 * HIGHEST_STEP, STEPS_TRIED))
    losses = [loss(float(log_step), FIRST_LOOK) for log_step in tried]
    best = int(np.argmin(losses))
    if np.isinf(losses[best]):
        nested_uniform(support, float(np.exp(tried[-1])), offset, prices.alphabet_sizes)  # raises
    bracket = tried[max(best - 1, 0)], tried[min(best + 1, STEPS_TRIED - 1)]
    refined = minimize_scalar(loss, bounds=bracket, method="bounded", options={"xatol": 1e-7})
    return float(np.exp(refined.x if refined.fun <= loss(tried[best]) else tried[best]))


def step_for_rate(
    pair: DensityPair,
    alphabet_sizes: tuple[int, ...],
    offset: float,
    target: float,
    *,
    conditional: bool,
) -> float:
    """The step at which the nested uniform quantizer has a given total rate [bit/sample].

    Steps below the one of least distortion buy rate with distortion: no code is
    useful there. Raises CapabilityError for a rate that no larger step has.
    """

    def figures(log_step: float) -> ExactFigures:
        step = float(np.exp(log_step))
        return exact_figures(
            pair, nested_uniform(pair.x_interval(TAIL), step, offset, alphabet_sizes)
        )

    def rate(log_step: float) -> float:
        found = figures(log_step)
        return float((found.conditional_rate if conditional else found.marginal_rate).sum())

    scale = conditional_deviation(pair)
    tried = np.log(scale * np.geomspace(LOWEST_STEP / 30, 3 * HIGHEST_STEP, STEPS_TRIED))
    distortions = [float(figures(float(log_step)).distortion[-1]) for log_step in tried]
    best = int(np.argmin(distortions))
    bracket = tried[max(best - 1, 0)], tried[min(best + 1, STEPS_TRIED - 1)]
    least = float(
        minimize_scalar(
            lambda log_step: figures(log_step).distortion[-1], bounds=bracket, method="bounded"
        ).x
    )
    largest = float(np.log(4.0 * (pair.x_interval(1e-9)[1] - pair.x_interval(1e-9)[0])))
    highest, lowest = rate(least), rate(largest)
    if not lowest < target <= highest:
        raise CapabilityError(
            f"no useful nested quantizer with {np.prod(alphabet_sizes)} messages has "
            f"{target:g} bit/sample: its rates go from {lowest:.3f} to {highest:.3f}, where its "
            "distortion is least"
        )
    root = brentq(lambda log_step: rate(log_step) - target, least, largest, xtol=1e-10)
    return float(np.exp(root))


@final
@attrs.frozen(eq=False)
class LloydDesign:
    """The quantizer that Lloyd's iteration found, and how the search went."""

    partition: Partition
    figures: ExactFigures
    loss: float
    """Exact [nat]."""
    family: str
    """The family of starts that it comes from."""
    starts: dict[str, Array]
    """Losses of all starts by family, on the search's grid [nat]."""


def design_lloyd(
    pair: DensityPair,
    prices: Prices,
    effort: Effort,
    rng: Generator,
    given: Sequence[Partition] = (),
    advance: Advance = untold,
) -> LloydDesign:
    """The best layered quantizer that this effort finds, never worse than a nested uniform one.

    given: encoders to start from as well, such as a learned one. advance: as for `search`.
    """
    step = best_step(pair, prices, 0.0)
    uniform = nested_uniform(pair.x_interval(TAIL), step, 0.0, prices.alphabet_sizes)
    grid, scale = lloyd_grid(pair), conditional_deviation(pair)
    families = {"uniform": [uniform], "given": given}
    found = search(grid, prices, scale, effort, families, rng, advance)
    others = [(uniform, "uniform"), *((partition, "given") for partition in given)]
    return refined_design(pair, prices, grid, found, others)


def refined_design(
    pair: DensityPair,
    prices: Prices,
    grid: LloydGrid,
    found: Search,
    others: Sequence[tuple[Partition, str]] = (),
) -> LloydDesign:
    """What a search found, iterated on a fine grid; or one of the others where that is better.

    others: partitions and the families they come from.
    """
    fine = lloyd_grid(pair, FINE_POINTS)
    coarse = partition_of(grid, found.best.labels, prices.alphabet_sizes)
    labels, _ = iterate(fine, prices, coarse.message_index(fine.x)[:, None], steps=60)
    candidates = [
        (partition_of(fine, labels[:, 0], prices.alphabet_sizes), found.best.family),
        (coarse, found.best.family),
        *others,
    ]
    designs = [
        LloydDesign(partition, figures, loss_of(figures, prices), family, found.starts)
        for partition, family in candidates
        for figures in [exact_figures(pair, partition)]
    ]
    return min(designs, key=lambda design: design.loss)
