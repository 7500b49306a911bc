"""The best layered quantizer of a given rate, or of a given rate after each stage.

The rate of the code of least loss is a staircase in the price: it jumps where another branch of
local optima takes over, and no price has the rates in between as its optimum. So the search does
not look for a price. Every encoder is moved to the target rates by Lloyd's iteration at given
rates, which finds the prices on the way, and the one of least distortion wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
from numpy.random import Generator

from wzsim.contracts import DensityPair, Objective
from wzsim.errors import CapabilityError
from wzsim.theory.design import NATS_PER_BIT, LloydDesign, loss_of
from wzsim.theory.exact import ExactFigures, exact_figures, rate_zero_distortion
from wzsim.theory.lloyd import (
    Array,
    Labels,
    Prices,
    conditional_deviation,
    hard,
    lloyd_grid,
    partition_of,
)
from wzsim.theory.lloyd_search import (
    Advance,
    Effort,
    Found,
    annealed_starts,
    children,
    fittest,
    nested_starts,
    untold,
)
from wzsim.theory.partition import Partition
from wzsim.theory.rate_iteration import (
    CLOSE,
    RateCodes,
    RateTask,
    iterate_at_rates,
    partition_at_rates,
)
from wzsim.theory.rate_limits import impossible_rate

TOTAL_TOLERANCE = 0.005
"""Of a total rate [bit/sample]."""

STAGE_TOLERANCE = 0.01
"""Of the rate after each stage [bit/sample]."""

USUAL_LOSS = 10**0.15
"""Distortion of a scalar code over that of an ideal one: 1.5 dB, for a first guess."""

FREE = 1e-3
"""Of the first guess: a price that is as good as none."""

DEAREST = 30.0
"""Of the distortion without a message: a price [a nat] at which no code is left."""

NEAR = 20.0
"""How far from the first guess prices may be that starts are annealed at, as a factor."""

LEAST_NESTED = 6
"""Nested starts that are always made: they show which prices the targets have."""

START_STEPS = 15
"""Steps of a start."""

FIRST_STEPS, CHILD_STEPS = 3, 10
"""Steps of every child, and of one that is then worth more."""

WORTH = 1.01
"""Of the largest loss in the pool: below it a child is worth more steps."""

USEFUL = 0.999
"""A code is of no use where one of less rate has less than this part of its distortion."""

LAST, LAST_STEPS, LAST_POINTS = 3, 60, 20.0
"""Encoders that are brought to an end, their steps, and grid points a deviation then."""

CORRECTIONS, CORRECTION_STEPS = 2, 8
"""Times that targets make up for what exact rates differ from those on the grid, and steps."""


@final
@attrs.frozen(eq=False)
class RateDesign:
    """A code of given rates, and the prices under which it is stationary."""

    objective: Objective
    """a_1 .. a_K, and one lambda for all stages [nat per unit of distortion]."""
    prices: Prices
    """The same as Lloyd's iteration takes it."""
    design: LloydDesign
    """Its loss is that under `prices`, and so are those of its starts."""


def design_for_rate(  # noqa: PLR0913 - a design has many sides
    pair: DensityPair,
    alphabet_sizes: tuple[int, ...],
    target: float | tuple[float, ...],
    *,
    conditional: bool,
    effort: Effort,
    rng: Generator,
    rate_weights: tuple[float, ...] | None = None,
    given: Sequence[Partition] = (),
    advance: Advance = untold,
) -> RateDesign:
    """The code of least sum_k D_k with the target rates that this effort finds.

    target: the total rate, or R_k^tot after each stage, ascending [bit/sample],
    conditional or marginal. The code has it to TOTAL_TOLERANCE or STAGE_TOLERANCE.

    The prices that come with it are one lambda and, for a total rate, the given
    a_1 .. a_K, by default (0, .., 0, 1); for rates by stage the weights that the
    targets need, with a_1 + ... + a_K = 1. The code is stationary under them: no
    small change lowers its loss. Between two steps of the staircase (see the
    module) codes of other rates have less loss.

    rate_weights: for a total rate only. given: encoders to start from as well.
    advance: called after every round of the search.

    Raises CapabilityError for a rate that no useful code has: past the rate of the
    least distortion more rate buys nothing, even at no price.
    """
    reason = impossible_rate(alphabet_sizes, target)
    if reason is not None:
        raise CapabilityError(reason)
    targets = np.atleast_1d(np.array(target, dtype=np.float64))
    silence = rate_zero_distortion(pair)
    guess = 2.0 * silence * np.minimum(USUAL_LOSS * 4.0**-targets, 0.5)
    task = RateTask(
        lloyd_grid(pair),
        alphabet_sizes,
        conditional,
        directions=_directions(len(alphabet_sizes), len(targets), rate_weights),
        measured=_directions(len(alphabet_sizes), len(targets), None),
        targets=targets * NATS_PER_BIT,
        tolerance=(TOTAL_TOLERANCE if len(targets) == 1 else STAGE_TOLERANCE) * NATS_PER_BIT,
        free=FREE * float(guess.min()),
        dearest=DEAREST * silence,
    )
    scale = conditional_deviation(pair)
    starts, prices = _starts(task, guess, scale, effort, given, rng)
    pool = _spliced(task, prices, scale, starts, effort.rounds, rng, advance)
    hits = [one for one in pool if _is_hit(task, one)]
    if not hits or pool[0].loss < USEFUL * hits[0].loss:
        raise CapabilityError(_no_useful_code(task, pool[0].rates))
    fine = attrs.evolve(task, grid=lloyd_grid(pair, LAST_POINTS))
    ends = [_ended(pair, task, fine, one) for one in hits[:LAST]]
    met = [end for end in ends if end.misses(task) <= task.tolerance]
    if not met:
        closest = min(ends, key=lambda end: end.misses(task))
        raise CapabilityError(_no_useful_code(task, closest.rates(task, task.measured)))
    best = min(met, key=lambda end: end.compared(task, prices))
    return _design(task, best, starts, rate_weights)


def _directions(stages: int, count: int, rate_weights: tuple[float, ...] | None) -> Array:
    """What a nat of each stage costs at price one, for each price: shape (J, K).

    The first stage costs one.
    """
    if count > 1:
        return np.tril(np.ones((stages, stages)))
    weights = np.array(rate_weights or (*(0.0,) * (stages - 1), 1.0))
    return np.asarray(np.cumsum(weights[::-1])[::-1][None] / weights.sum())


@final
@attrs.frozen(eq=False)
class _Placed(Found):
    """An encoder that was moved towards the targets; its loss is one of `_comparable`."""

    prices: Array
    """Shape (J,) [distortion a nat]."""
    rates: Array
    """Shape (J,) [nat]."""
    steered: Array
    """What the prices multiply, shape (J,) [nat]."""
    distortion: float
    """sum_k D_k."""


def _comparable(task: RateTask, prices: Array, codes: RateCodes) -> Array:
    """What codes that meet the targets compete in, in units of distortion: shape (S,).

    The distortion; and where a total rate is asked for and rates before the last
    stage have weights too, those rates at common prices.
    """
    return codes.distortion + _early(task, codes.rates, codes.steered) @ prices


def _early(task: RateTask, rates: Array, steered: Array) -> Array:
    """What prices multiply beside the targets, shape (..., J) [nat]."""
    if len(task.targets) > 1:
        return np.zeros_like(steered)
    return np.asarray(steered - task.directions[:, -1] * rates)


def _is_hit(task: RateTask, one: _Placed) -> bool:
    return bool(np.all(np.abs(one.rates - task.targets) < task.tolerance))


def _placed(
    task: RateTask, codes: RateCodes, common: Array, families: Sequence[str]
) -> list[_Placed]:
    """Codes as members of a pool."""
    losses = _comparable(task, common, codes)
    labels = codes.weights.argmax(axis=2)
    return [
        _Placed(
            labels[:, j],
            float(losses[j]),
            family,
            codes.prices[j],
            codes.rates[j],
            codes.steered[j],
            float(codes.distortion[j]),
        )
        for j, family in enumerate(families)
    ]


def _starts(
    task: RateTask,
    guess: Array,
    scale: float,
    effort: Effort,
    given: Sequence[Partition],
    rng: Generator,
) -> tuple[list[_Placed], Array]:
    """Every start, moved to the targets, and prices of the best, shape (J,).

    Nested starts come first: they show about which prices the targets have.
    """

    def moved(labels: Labels, prices: Array, family: str) -> list[_Placed]:
        count = labels.shape[1]
        if not count:
            return []
        weights, tiled = hard(labels, task.messages), np.tile(prices, (count, 1))
        codes = iterate_at_rates(task, weights, tiled, START_STEPS)
        return _placed(task, codes, prices, [family] * count)

    x = task.grid.x
    count = max(effort.nested, LEAST_NESTED)
    nested = nested_starts(task.grid, task.messages, scale, count, rng)
    found = moved(np.zeros((len(x), 1), np.int64), guess, "silent")
    found += moved(nested, guess, "nested")
    if given:
        found += moved(np.stack([one.message_index(x) for one in given], axis=1), guess, "given")
    prices = _best_prices(task, found, guess)
    annealing = task.lloyd_prices(prices, 1.0 / float(prices.sum()))
    annealed = annealed_starts(task.grid, annealing, scale, effort.annealed, rng)
    found += moved(annealed, prices, "annealed")
    prices = _best_prices(task, found, guess)
    early = [float(_early(task, one.rates, one.steered) @ prices) for one in found]
    compared = [
        attrs.evolve(one, loss=one.distortion + rate)
        for one, rate in zip(found, early, strict=True)
    ]
    return compared, prices


def _best_prices(task: RateTask, found: Sequence[_Placed], guess: Array) -> Array:
    """Prices of the best code that meets the targets, within reason; else the guess."""
    hits = [one for one in found if _is_hit(task, one)]
    if not hits:
        return guess
    best = min(hits, key=lambda one: one.loss)
    return np.clip(best.prices, guess / NEAR, guess * NEAR)


def _spliced(
    task: RateTask,
    prices: Array,
    scale: float,
    starts: Sequence[_Placed],
    rounds: int,
    rng: Generator,
    advance: Advance,
) -> list[_Placed]:
    """The pool that rounds of splicing make of starts, the best one first.

    A code of more rate than asked for is left out. One of less rate stays: where
    it has the least distortion, the target is out of reach.
    """

    def allowed(found: Sequence[_Placed]) -> list[_Placed]:
        return [one for one in found if np.all(one.rates < task.targets + task.tolerance)]

    pool = fittest(allowed(starts))
    for done in range(1, rounds + 1):
        parents, labels = children(task.grid, pool, task.messages, scale, rng)
        asked = np.array([parent.prices for parent in parents])
        codes = iterate_at_rates(task, hard(labels, task.messages), asked, FIRST_STEPS)
        losses = _comparable(task, prices, codes)
        good = np.flatnonzero(losses < WORTH * pool[-1].loss)
        if len(good):
            weights, asked = codes.weights[:, good], codes.prices[good]
            codes = iterate_at_rates(task, weights, asked, CHILD_STEPS)
            families = [parents[child].family for child in good]
            pool = fittest(pool + allowed(_placed(task, codes, prices, families)))
        advance(done, rounds)
    return pool


def _no_useful_code(task: RateTask, rates: Array) -> str:
    """Why a target is refused. rates: those of the code of least distortion, shape (J,) [nat]."""
    sizes = ", ".join(map(str, task.alphabet_sizes))
    stage = int(np.argmin(rates - task.targets))
    target, rate = task.targets[stage] / NATS_PER_BIT, rates[stage] / NATS_PER_BIT
    where = f" after stage {stage + 1}" if len(task.targets) > 1 else ""
    others = ", with the other targets met," if len(task.targets) > 1 else ""
    return (
        f"no useful code with alphabets {sizes} has {target:g} bit/sample{where}: rates there"
        f"{others} go up to {rate:.3f}, where the distortion is least"
    )


@final
@attrs.frozen(eq=False)
class _End:
    """A code with its exact figures."""

    partition: Partition
    figures: ExactFigures
    prices: Array
    """Shape (J,) [distortion a nat]."""
    family: str

    def rates(self, task: RateTask, rows: Array) -> Array:
        """Exact rates along rows of shape (J, K), shape (J,) [nat]."""
        found = self.figures
        rate = found.conditional_rate if task.conditional else found.marginal_rate
        return np.asarray(rows @ rate * NATS_PER_BIT)

    def misses(self, task: RateTask) -> float:
        """The largest distance of a rate from its target [nat]."""
        return float(np.abs(self.rates(task, task.measured) - task.targets).max())

    def compared(self, task: RateTask, prices: Array) -> float:
        """As `_comparable`."""
        rates, steered = self.rates(task, task.measured), self.rates(task, task.directions)
        return float(self.figures.distortion.sum() + _early(task, rates, steered) @ prices)


def _ended(pair: DensityPair, task: RateTask, fine: RateTask, start: _Placed) -> _End:
    """Bring a code to its end on a finer grid, and its exact rates to the targets."""
    grid, coarse = fine.grid, partition_of(task.grid, start.labels, task.alphabet_sizes)
    weights = hard(coarse.message_index(grid.x)[:, None], task.messages)
    prices, steps, asked = start.prices[None], LAST_STEPS, fine
    for _ in range(1 + CORRECTIONS):
        codes = iterate_at_rates(asked, weights, prices, steps)
        weights, prices, steps = codes.weights, codes.prices, CORRECTION_STEPS
        partition = partition_at_rates(asked, weights, prices)
        end = _End(partition, exact_figures(pair, partition), prices[0], start.family)
        miss = fine.targets - end.rates(task, task.measured)
        asked = attrs.evolve(asked, targets=asked.targets + miss)
        if np.all(np.abs(miss) < CLOSE):
            break
    return end


def _design(
    task: RateTask, end: _End, starts: Sequence[_Placed], rate_weights: tuple[float, ...] | None
) -> RateDesign:
    """Everything under the prices of the code; rate_weights: those of a total rate."""
    total, stages = float(end.prices.sum()), len(task.alphabet_sizes)
    weights = tuple(float(price) / total for price in end.prices)
    if len(task.targets) == 1:
        weights = rate_weights or (*(0.0,) * (stages - 1), 1.0)
    multiplier = sum(weights) / total
    objective = Objective((multiplier,) * stages, weights)
    prices = Prices(
        task.alphabet_sizes,
        objective.stage_rate_weights,
        objective.lagrange_multipliers,
        task.conditional,
    )
    losses: dict[str, list[float]] = {}
    for one in starts:
        loss = multiplier * (one.distortion + float(one.steered @ end.prices))
        losses.setdefault(one.family, []).append(loss)
    by_family = {family: np.array(values) for family, values in losses.items()}
    loss = loss_of(end.figures, prices)
    design = LloydDesign(end.partition, end.figures, loss, end.family, by_family)
    return RateDesign(objective, prices, design)
