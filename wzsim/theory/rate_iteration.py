"""Lloyd's iteration at given rates instead of given prices.

A step takes the rate tables q and the reconstructions x_hat of the last encoder, and finds the
encoder of least distortion whose rates under q are the targets; its prices solve a small concave
problem [Chou, Lookabaugh, Gray 1989]. Then q and x_hat become conditional means, which lowers the
distortion and, to second order in the change, the rates. So the distortion falls from step to
step and the rates settle at the targets, at those too where no price has the code as its optimum.

Thresholds lie anywhere between grid points: a grid point beside one belongs to both cells in
part, and rates are continuous in the prices. S encoders are iterated side by side.
"""

from __future__ import annotations

from typing import final

import attrs
import numpy as np

from wzsim.theory.lloyd import Array, Labels, LloydGrid, Prices, Weights, hard, one_step
from wzsim.theory.partition import Partition

CLOSE = 1e-4
"""Where a step leaves its rates [nat]."""

PRICE_STEPS = 6
"""Newton steps in the logarithms of the prices, a step of the iteration."""

SLOPES_KEPT = 3
"""Newton steps that share one matrix of slopes."""

LONGEST = 0.7
"""Largest change of the logarithm of a price in a Newton step."""

NUDGE = 0.02
"""Change of the logarithm of a price that shows what it does to the rates."""

FLATTEST = 1e-3
"""Least slope of a rate in the logarithm of its price [nat]: keeps Newton steps finite."""

SETTLED = 1e-6
"""Relative fall of the distortion in a step at which an encoder leaves the iteration."""


@final
@attrs.frozen(eq=False)
class RateTask:
    """J rates that a layered code shall have, and the J prices that steer them."""

    grid: LloydGrid
    alphabet_sizes: tuple[int, ...]
    conditional: bool
    """Whether the rate estimator sees y."""
    directions: Array
    """Shape (J, K): a nat of stage k costs sum_j price_j directions_jk, in distortion."""
    measured: Array
    """Shape (J, K): rate j is sum_k measured_jk R_k."""
    targets: Array
    """Shape (J,) [nat]."""
    tolerance: float
    """Of each rate [nat]."""
    free: float
    """A price that is as good as none [distortion a nat]."""
    dearest: float
    """A price at which no code of any use is left [distortion a nat]."""

    @property
    def messages(self) -> int:
        """M_1 ... M_K."""
        return int(np.prod(self.alphabet_sizes))

    def lloyd_prices(self, prices: Array, multiplier: float = 1.0) -> Prices:
        """The prices as Lloyd's iteration takes them, with one lambda for all stages."""
        return self.priced(tuple((prices @ self.directions * multiplier).tolist()), multiplier)

    def priced(self, rate_prices: tuple[float, ...], multiplier: float) -> Prices:
        """Any prices of this task's code."""
        multipliers = (multiplier,) * len(self.alphabet_sizes)
        return Prices(self.alphabet_sizes, rate_prices, multipliers, self.conditional)


@final
@attrs.frozen(eq=False)
class RateCodes:
    """S encoders; figures are those on the grid."""

    weights: Weights
    """p(m | x), shape (I, S, M): 0 or 1 but beside thresholds."""
    prices: Array
    """Shape (S, J) [distortion a nat]."""
    rates: Array
    """Shape (S, J) [nat]."""
    steered: Array
    """What the prices multiply: rates along the directions, shape (S, J) [nat]."""
    distortion: Array
    """sum_k D_k, shape (S,)."""


@final
@attrs.frozen(eq=False)
class _Tables:
    """What rate tables and reconstructions cost each x."""

    codes: RateCodes
    distortion_cost: Weights
    """sum_k E[(x - x_hat_k)^2 | x] up to what all messages share: shape (M, I, S)."""
    steering: Weights
    """Cost along each direction, shape (J, M, I, S) [nat]."""
    counting: Weights
    """Each rate, shape (J, M, I, S) [nat]."""


@final
@attrs.frozen(eq=False)
class _Choice:
    """The encoders that are best for some tables and prices."""

    prices: Array
    labels: Labels
    """Shape (I, S)."""
    left: Labels
    """Grid point left of each threshold, all encoders in a row."""
    encoder: Labels
    """Which encoder a threshold belongs to."""
    part: Array
    """Where it lies between its grid points, 0 .. 1."""
    early: Array
    """Part of the left grid point's interval that lies beyond the threshold."""
    late: Array
    """Part of the right one's that lies before it."""


def figures_of(task: RateTask, weights: Weights, prices: Array) -> RateCodes:
    """Rates and distortions of encoders p(m | x), shape (I, S, M)."""
    return _tables(task, weights, prices).codes


def iterate_at_rates(task: RateTask, weights: Weights, prices: Array, steps: int) -> RateCodes:
    """Lloyd's iteration from encoders p(m | x), shape (I, S, M), towards the target rates.

    prices: first guess, shape (S, J). A rate stays below its target where the
    best encoder has no use for more, even at no price.
    """
    weights, prices = weights.copy(), prices.copy()
    active = np.arange(len(prices))
    tables = _tables(task, weights, prices)
    rates, steered = tables.codes.rates.copy(), tables.codes.steered.copy()
    distortion = tables.codes.distortion.copy()
    for _ in range(steps):
        choice = _choose_at_rates(task, tables)
        last = tables.codes.distortion
        tables = _tables(task, _weights(task, choice), choice.prices)
        codes = tables.codes
        weights[:, active], prices[active] = codes.weights, codes.prices
        rates[active], steered[active] = codes.rates, codes.steered
        distortion[active] = codes.distortion
        going = np.abs(last - codes.distortion) >= SETTLED * last
        if not going.any():
            break
        if not going.all():
            active = active[going]
            tables = _tables(task, codes.weights[:, going], codes.prices[going])
    return RateCodes(weights, prices, rates, steered, distortion)


def partition_at_rates(task: RateTask, weights: Weights, prices: Array) -> Partition:
    """The partition that one more step makes of an encoder, p(m | x) of shape (I, 1, M)."""
    choice = _choose_at_rates(task, _tables(task, weights, prices))
    x, left = task.grid.x, choice.left
    thresholds = x[left] + choice.part * (x[left + 1] - x[left])
    labels = np.append(choice.labels[left, 0], choice.labels[-1, 0])
    ascending = np.maximum.accumulate(thresholds)
    keep = np.append(np.diff(ascending) > 0, True)[: len(ascending)]
    return Partition(
        ascending[keep], np.append(labels[:-1][keep], labels[-1]), task.alphabet_sizes
    ).merged()


def _tables(task: RateTask, weights: Weights, prices: Array) -> _Tables:
    silent = (0.0,) * len(task.alphabet_sizes)
    distortion, cost = one_step(task.grid, task.priced(silent, 1.0), weights)
    rates, counting = _rate_tables(task, task.measured, weights)
    steered, steering = rates, counting
    if not np.array_equal(task.directions, task.measured):
        steered, steering = _rate_tables(task, task.directions, weights)
    codes = RateCodes(weights, prices, rates, steered, distortion)
    return _Tables(codes, _messages_first(cost), steering, counting)


def _rate_tables(task: RateTask, rows: Array, weights: Weights) -> tuple[Array, Weights]:
    found = [one_step(task.grid, task.priced(tuple(row), 0.0), weights) for row in rows.tolist()]
    rates = np.stack([rate for rate, _ in found], axis=1)
    return rates, np.stack([_messages_first(cost) for _, cost in found])


def _messages_first(cost: Weights) -> Weights:
    return np.ascontiguousarray(np.moveaxis(cost, 2, 0))


def _choose_at_rates(task: RateTask, tables: _Tables) -> _Choice:
    """The encoders of least distortion with the target rates under given tables."""
    prices = np.clip(tables.codes.prices, task.free, task.dearest)
    cost = _cost(tables, prices)
    choice, rates = _choose(task, tables, cost, prices)
    for step in range(PRICE_STEPS):
        miss = rates - task.targets
        if np.all((np.abs(miss) < CLOSE) | ((miss < 0) & (prices <= task.free))):
            break
        if step % SLOPES_KEPT == 0:
            inverse = np.linalg.pinv(_slopes(task, tables, cost, prices, rates))
        change = -np.einsum("sjl,sl->sj", inverse, miss)
        change = np.clip(change, -LONGEST, LONGEST)
        prices = np.clip(prices * np.exp(change), task.free, task.dearest)
        cost = _cost(tables, prices)
        choice, rates = _choose(task, tables, cost, prices)
    return choice


def _slopes(task: RateTask, tables: _Tables, cost: Weights, prices: Array, rates: Array) -> Array:
    """Change of rate j with the logarithm of price l, shape (S, J, J) [nat]."""
    count = len(task.targets)
    slopes = np.tile(-FLATTEST * np.eye(count), (len(prices), 1, 1))
    for j in range(count):
        added = prices[:, j] * np.expm1(NUDGE)
        nudged = tables.steering[j] * added.astype(np.float32)
        nudged += cost
        slopes[:, :, j] += (_choose(task, tables, nudged, prices)[1] - rates) / NUDGE
    return slopes


def _cost(tables: _Tables, prices: Array) -> Weights:
    """Cost of each message at each x, shape (M, I, S)."""
    cost = tables.distortion_cost.copy()
    for j, steering in enumerate(tables.steering):
        cost += steering * prices[:, j].astype(np.float32)
    return cost


def _choose(task: RateTask, tables: _Tables, cost: Weights, prices: Array) -> tuple[_Choice, Array]:
    """The encoders of least cost, and their rates under the tables, shape (S, J) [nat]."""
    grid = task.grid
    labels = cost.argmin(axis=0)
    left, encoder = np.nonzero(labels[1:] != labels[:-1])
    right = left + 1
    before, after = labels[left, encoder], labels[right, encoder]
    # The cost of leaving one cell for the next changes its sign between two grid points.
    dearer = (cost[after, left, encoder] - cost[before, left, encoder]).astype(np.float64)
    cheaper = (cost[before, right, encoder] - cost[after, right, encoder]).astype(np.float64)
    part = dearer / np.maximum(dearer + cheaper, np.finfo(float).tiny)
    beyond = grid.edges[right] - (grid.x[left] + part * (grid.x[right] - grid.x[left]))
    width = np.diff(grid.edges)
    early, late = np.maximum(beyond, 0.0) / width[left], np.maximum(-beyond, 0.0) / width[right]
    flat = labels.ravel() * labels.size + np.arange(labels.size)
    rates = np.empty_like(prices)
    for j, counting in enumerate(tables.counting):
        rest = early * grid.weights[left] * (
            counting[after, left, encoder] - counting[before, left, encoder]
        ) - late * grid.weights[right] * (
            counting[after, right, encoder] - counting[before, right, encoder]
        )
        rates[:, j] = grid.weights @ counting.take(flat).reshape(labels.shape)
        rates[:, j] += np.bincount(encoder, rest, len(prices))
    return _Choice(prices, labels, left, encoder, part, early, late), rates


def _weights(task: RateTask, choice: _Choice) -> Weights:
    weights = hard(choice.labels, task.messages)
    left, right, encoder = choice.left, choice.left + 1, choice.encoder
    before, after = choice.labels[left, encoder], choice.labels[right, encoder]
    np.subtract.at(weights, (left, encoder, before), choice.early.astype(np.float32))
    np.add.at(weights, (left, encoder, after), choice.early.astype(np.float32))
    np.subtract.at(weights, (right, encoder, after), choice.late.astype(np.float32))
    np.add.at(weights, (right, encoder, before), choice.late.astype(np.float32))
    return weights
