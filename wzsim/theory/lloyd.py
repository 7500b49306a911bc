"""Lloyd's iteration for layered Wyner-Ziv quantizers on a grid [Rebollo-Monedero 2007].

The loss is L = sum_k [ a_k R_k^tot + lambda_k D_k ] in nat. An x goes to the
message of least expected cost

    sum_k E[ -w_k log q(m_k | m_1^{k-1} [, y]) + lambda_k (x - x_hat_k)^2 | x ],

w_k = a_k + ... + a_K, and q and x_hat are then set to their conditional means.
Many encoders are iterated side by side: each step is a few matrix products.
"""

from __future__ import annotations

import itertools
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import DensityPair
from wzsim.theory.exact import graded_edges
from wzsim.theory.partition import Partition

Array = NDArray[np.float64]
Weights = NDArray[np.float32]
Labels = NDArray[np.int64]

FLOOR = 1e-30
"""Relative mass below which a message is unknown at a y: it keeps a finite price there."""

TINY = 1e-37
"""Keeps quotients of float32 masses finite."""

NEGLIGIBLE = 1e-13
"""Of the largest probability in a row or column: what the band of a grid leaves out."""


@final
@attrs.frozen(eq=False)
class Block:
    """Neighbouring grid points of X, and the y that they meet with."""

    rows: slice
    columns: slice
    joint: Weights
    """p(x, y), shape (rows, columns)."""
    joint_x: Weights
    """x p(x, y)."""
    posterior: Weights
    """p(y | x)."""


@final
@attrs.frozen(eq=False)
class LloydGrid:
    """A pair on a grid: where X and Y meet, in blocks along the diagonal."""

    x: Array
    """Shape (I,)."""
    edges: Array
    """Shape (I + 1,): ends of the piece of the line that each x stands for."""
    weights: Array
    """Shape (I,): probability of each x, sum 1."""
    columns: int
    """J: grid points of Y."""
    blocks: tuple[Block, ...]
    power: float
    """E X^2 on the grid."""


@final
@attrs.frozen
class Prices:
    """What the messages of a layered code cost."""

    alphabet_sizes: tuple[int, ...]
    rate_prices: tuple[float, ...]
    """w_k = a_k + ... + a_K: what a nat of stage k costs."""
    multipliers: tuple[float, ...]
    """lambda_k."""
    conditional: bool
    """Whether the rate estimator sees y."""

    @property
    def messages(self) -> int:
        """M_1 ... M_K."""
        return int(np.prod(self.alphabet_sizes))


def conditional_deviation(pair: DensityPair) -> float:
    """Half the width of the middle 68% of X given a typical Y: the scale of bins."""
    middle = np.array([sum(pair.y_interval(0.5)) / 2])
    low, high = pair.x_interval_given(middle, 0.3173)
    return 0.5 * float(high[0] - low[0])


def lloyd_grid(
    pair: DensityPair, points_per_deviation: float = 10.0, blocks: int = 12
) -> LloydGrid:
    """Put a pair on a grid that is fine against the deviation of X given Y."""
    scale = conditional_deviation(pair)
    x_core, x_ends = pair.x_interval(1e-6), pair.x_interval(1e-9)
    y_core, y_ends = pair.y_interval(1e-6), pair.y_interval(1e-9)
    edges = graded_edges(x_core, x_ends, scale / points_per_deviation)
    y_edges = graded_edges(y_core, y_ends, scale / 2.5)
    x, y = 0.5 * (edges[1:] + edges[:-1]), 0.5 * (y_edges[1:] + y_edges[:-1])
    joint = pair.density(x[:, None], y[None, :]) * np.diff(edges)[:, None] * np.diff(y_edges)
    joint /= joint.sum()
    by_x, by_y = joint.sum(axis=1, keepdims=True), joint.sum(axis=0)
    posterior = np.divide(joint, by_x, out=np.zeros_like(joint), where=by_x > 0)
    # A point counts when it matters to its x or, compared with other x, to its y.
    likelihood = np.divide(joint, by_y, out=np.zeros_like(joint), where=by_y > 0)
    matters = (posterior > NEGLIGIBLE) | (likelihood > NEGLIGIBLE)
    cut = np.linspace(0, len(x), blocks + 1).astype(int)
    made = []
    for start, stop in itertools.pairwise(cut):
        touched = np.flatnonzero(matters[start:stop].any(axis=0))
        if not len(touched):
            continue
        rows, columns = slice(start, stop), slice(touched[0], touched[-1] + 1)
        piece = joint[rows, columns]
        made.append(
            Block(
                rows,
                columns,
                piece.astype(np.float32),
                (piece * x[rows, None]).astype(np.float32),
                posterior[rows, columns].astype(np.float32),
            )
        )
    weights = by_x[:, 0] / by_x.sum()
    return LloydGrid(x, edges, weights, len(y), tuple(made), float(weights @ x**2))


def one_step(grid: LloydGrid, prices: Prices, weights: Weights) -> tuple[Array, Weights]:
    """Losses of S stochastic encoders, and the cost of each message at each x.

    weights: p(m | x), shape (I, S, M). Returns the losses without the entropy
    of the encoder, shape (S,) [nat], and the costs, shape (I, S, M).
    """
    points, starts, messages = weights.shape
    flat = weights.reshape(points, starts * messages)
    mass = np.zeros((grid.columns, starts * messages), np.float32)
    first = np.zeros_like(mass)
    for block in grid.blocks:
        mass[block.columns] += block.joint.T @ flat[block.rows]
        first[block.columns] += block.joint_x.T @ flat[block.rows]
    loss, price, pull = _prices_by_y(
        mass.reshape(-1, starts, messages), first.reshape(-1, starts, messages), grid.power, prices
    )
    price, pull = price.reshape(grid.columns, -1), pull.reshape(grid.columns, -1)
    cost = np.empty((points, starts * messages), np.float32)
    x = grid.x.astype(np.float32)
    for block in grid.blocks:
        cost[block.rows] = block.posterior @ price[block.columns]
        cost[block.rows] -= x[block.rows, None] * (block.posterior @ pull[block.columns])
    return loss, cost.reshape(points, starts, messages)


def _prices_by_y(
    mass: Weights, first: Weights, power: float, prices: Prices
) -> tuple[Array, Weights, Weights]:
    """Loss of each start; and A, B such that message m costs A_m(y) - x B_m(y) (+ lambda x^2)."""
    price, pull = np.zeros_like(mass), np.zeros_like(mass)
    loss = np.zeros(mass.shape[1])
    parent, count = mass.sum(axis=2, keepdims=True), 1
    messages = mass.shape[2]
    for size, rate_price, multiplier in zip(
        prices.alphabet_sizes, prices.rate_prices, prices.multipliers, strict=True
    ):
        count *= size
        split = (*mass.shape[:2], count, messages // count)
        prefix, moment = mass.reshape(split).sum(axis=3), first.reshape(split).sum(axis=3)
        known, above = prefix, np.repeat(parent, size, axis=2)
        if not prices.conditional:
            known, above = known.sum(axis=0, keepdims=True), above.sum(axis=0, keepdims=True)
        above = above + TINY
        log_q = np.log(np.maximum(known / above, FLOOR))
        estimate = moment / (prefix + TINY)
        loss -= rate_price * (prefix * log_q).sum(axis=(0, 2), dtype=np.float64)
        loss += multiplier * (power - (moment * estimate).sum(axis=(0, 2), dtype=np.float64))
        stage = multiplier * estimate**2 - rate_price * log_q
        price.reshape(split)[...] += stage[..., None]
        pull.reshape(split)[...] += (2.0 * multiplier) * estimate[..., None]
        parent = prefix
    return loss, price, pull


def hard(labels: Labels, messages: int) -> Weights:
    """Labels of shape (I, S) as weights of shape (I, S, M)."""
    return np.asarray(labels[:, :, None] == np.arange(messages), dtype=np.float32)


def iterate(grid: LloydGrid, prices: Prices, labels: Labels, steps: int) -> tuple[Labels, Array]:
    """Lloyd's iteration on S encoders side by side; labels: shape (I, S).

    Returns the best labels of each and their losses, shape (S,). An encoder
    that no longer changes leaves the iteration.
    """
    best, least = labels.copy(), np.full(labels.shape[1], np.inf)
    active = np.arange(labels.shape[1])
    current = labels
    for _ in range(steps):
        loss, cost = one_step(grid, prices, hard(current, prices.messages))
        better = loss < least[active]
        best[:, active[better]] = current[:, better]
        gain = least[active] - loss
        least[active[better]] = loss[better]
        renewed = cost.argmin(axis=2)
        going = (renewed != current).any(axis=0) & (gain > 1e-6 * np.abs(loss))
        if not going.any():
            break
        active, current = active[going], renewed[:, going]
    return best, least


def anneal(grid: LloydGrid, prices: Prices, weights: Weights, temperatures: Array) -> Labels:
    """Deterministic annealing: p(m | x) proportional to exp(-cost / T), T falling [nat]."""
    for temperature in temperatures:
        _, cost = one_step(grid, prices, weights)
        cost -= cost.min(axis=2, keepdims=True)
        cost *= -1.0 / temperature
        weights = np.exp(cost, out=cost)
        weights /= weights.sum(axis=2, keepdims=True)
    labels: Labels = one_step(grid, prices, weights)[1].argmin(axis=2)
    return labels


def partition_of(grid: LloydGrid, labels: Labels, alphabet_sizes: tuple[int, ...]) -> Partition:
    """Labels of shape (I,) as a partition of the line, thresholds between grid points."""
    return Partition(grid.edges[1:-1], labels, alphabet_sizes).merged()
