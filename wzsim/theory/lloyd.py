"""Lloyd's iteration for layered Wyner-Ziv quantizers on a grid [Rebollo-Monedero 2007].

The loss is L = sum_k [ a_k R_k^tot + lambda_k D_k ] in nat. An x goes to the
message of least expected cost

    sum_k E[ -w_k log q(m_k | m_1^{k-1} [, y]) + lambda_k (x - x_hat_k)^2 | x ],

w_k = a_k + ... + a_K, and q and x_hat are then set to their conditional means.
Many starts are iterated side by side: each step is four matrix products.
"""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import DensityPair
from wzsim.theory.exact import graded_edges
from wzsim.theory.partition import Partition

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

FLOOR = 1e-30
"""Relative mass below which a message is unknown at a y: it keeps a finite price there."""


@final
@attrs.frozen(eq=False)
class LloydProblem:
    """A pair on a grid, the alphabets and the prices."""

    x: Array
    """Shape (I,)."""
    widths: Array
    """Shape (I,): length of the line that each x stands for."""
    joint: Array
    """Shape (I, J): probability of each grid point; sums to 1."""
    posterior: Array
    """Shape (I, J): p(y | x)."""
    alphabet_sizes: tuple[int, ...]
    rate_prices: tuple[float, ...]
    """w_k: what a nat of stage k costs."""
    multipliers: tuple[float, ...]
    """lambda_k."""
    conditional: bool
    """Whether the rate estimator sees y."""

    @property
    def messages(self) -> int:
        """M_1 ... M_K."""
        return int(np.prod(self.alphabet_sizes))


def lloyd_problem(
    pair: DensityPair,
    alphabet_sizes: tuple[int, ...],
    rate_prices: tuple[float, ...],
    multipliers: tuple[float, ...],
    *,
    conditional: bool,
    points_per_deviation: float = 10.0,
) -> LloydProblem:
    """Put a pair on a grid fine against the deviation of X given Y."""
    middle = np.array([sum(pair.y_interval(0.5)) / 2])
    low, high = pair.x_interval_given(middle, 0.3173)
    deviation = 0.5 * float(high[0] - low[0])
    edges = graded_edges(
        pair.x_interval(1e-6), pair.x_interval(1e-10), deviation / points_per_deviation
    )
    x, widths = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
    y_edges = graded_edges(pair.y_interval(1e-6), pair.y_interval(1e-10), deviation / 2.5)
    y = 0.5 * (y_edges[1:] + y_edges[:-1])
    joint = pair.density(x[:, None], y[None, :]) * widths[:, None] * np.diff(y_edges)
    joint = joint / joint.sum()
    marginal = joint.sum(axis=1, keepdims=True)
    posterior = np.divide(joint, marginal, out=np.zeros_like(joint), where=marginal > 0)
    return LloydProblem(
        x, widths, joint, posterior, alphabet_sizes, rate_prices, multipliers, conditional
    )


def one_step(problem: LloydProblem, weights: Array) -> tuple[Array, Array]:
    """Losses of S stochastic encoders, and the cost of each message at each x.

    weights: p(m | x), shape (I, S, M). Returns the losses without the entropy
    of the encoder, shape (S,) [nat], and the costs, shape (I, S, M).
    """
    points, starts, messages = weights.shape
    flat = weights.reshape(points, starts * messages)
    mass = (problem.joint.T @ flat).reshape(-1, starts, messages)
    first = ((problem.joint * problem.x[:, None]).T @ flat).reshape(-1, starts, messages)
    power = float(problem.joint.sum(axis=1) @ problem.x**2)
    price = np.zeros_like(mass)
    pull = np.zeros_like(mass)
    loss = np.zeros(starts)
    parent = mass.sum(axis=2)[:, :, None]
    count = 1
    for size, rate_price, multiplier in zip(
        problem.alphabet_sizes, problem.rate_prices, problem.multipliers, strict=True
    ):
        count *= size
        split = (len(mass), starts, count, -1)
        prefix, moment = mass.reshape(split).sum(axis=3), first.reshape(split).sum(axis=3)
        seen = (prefix, parent)
        if not problem.conditional:
            seen = (prefix.sum(axis=0, keepdims=True), parent.sum(axis=0, keepdims=True))
        above = np.repeat(seen[1], size, axis=2)
        floor = FLOOR * above + 1e-300
        log_q = np.log(np.maximum(seen[0], floor) / np.maximum(above, 1e-300))
        estimate = moment / np.maximum(prefix, 1e-300)
        loss -= rate_price * (prefix * log_q).sum(axis=(0, 2))
        loss += multiplier * (power - (moment * estimate).sum(axis=(0, 2)))
        stage = multiplier * estimate**2 - rate_price * log_q
        price += np.repeat(stage, messages // count, axis=2)
        pull += np.repeat(2.0 * multiplier * estimate, messages // count, axis=2)
        parent = prefix
    shape = (points, starts, messages)
    cost = (problem.posterior @ price.reshape(len(mass), -1)).reshape(shape)
    cost -= problem.x[:, None, None] * (problem.posterior @ pull.reshape(len(mass), -1)).reshape(
        shape
    )
    return loss, cost


def hard(labels: Labels, messages: int) -> Array:
    """Labels of shape (I, S) as weights of shape (I, S, M)."""
    return np.asarray(labels[:, :, None] == np.arange(messages), dtype=np.float64)


def iterate(problem: LloydProblem, labels: Labels, steps: int) -> tuple[Labels, Array]:
    """Lloyd's iteration on S starts side by side, until none changes or `steps` are done.

    labels: shape (I, S). Returns the best labels of each start and their losses.
    """
    best, least = labels, np.full(labels.shape[1], np.inf)
    for _ in range(steps):
        loss, cost = one_step(problem, hard(labels, problem.messages))
        better = loss < least
        best, least = np.where(better, labels, best), np.where(better, loss, least)
        renewed = cost.argmin(axis=2)
        if np.array_equal(renewed, labels) or not better.any():
            break
        labels = renewed
    return best, least


def anneal(problem: LloydProblem, weights: Array, temperatures: Array) -> Labels:
    """Deterministic annealing: p(m | x) proportional to exp(-cost / T), T falling."""
    for temperature in temperatures:
        _, cost = one_step(problem, weights)
        cost -= cost.min(axis=2, keepdims=True)
        weights = np.exp(-cost / temperature)
        weights /= weights.sum(axis=2, keepdims=True)
    labels: Labels = one_step(problem, weights)[1].argmin(axis=2)
    return labels


def partition_of(problem: LloydProblem, labels: Labels) -> Partition:
    """Labels of shape (I,) as a partition of the line with thresholds between grid points."""
    between = problem.x[:-1] + 0.5 * problem.widths[:-1]
    return Partition(between, labels, problem.alphabet_sizes).merged()
