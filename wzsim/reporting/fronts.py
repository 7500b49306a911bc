"""The best of many rate-distortion points: their Pareto front, and the best at a rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Indices = NDArray[np.intp]

NONE = -1
"""In place of an index where there is no point."""


def pareto_front(rate: ArrayLike, distortion: ArrayLike) -> Indices:
    """Indices of the points that no other point dominates, rates ascending.

    A point dominates another if it is no worse in rate and in distortion and
    better in one of them; equal points do not dominate each other and stand in
    the order in which they were given. A point with a NaN is never on the front.

    rate, distortion: shape (J,), the distortion as a mean or in dB.

    >>> pareto_front([1.0, 2.0, 2.0, 0.5, 1.0], [0.3, 0.1, 0.2, 0.9, 0.3]).tolist()
    [3, 0, 4, 1]
    """
    order, rates, distortions = _in_order(rate, distortion)
    repeated = np.zeros(len(order), dtype=bool)
    repeated[1:] = (rates[1:] == rates[:-1]) & (distortions[1:] == distortions[:-1])
    first_of_equals = np.maximum.accumulate(np.where(repeated, 0, np.arange(len(order))))
    return order[_below_all_before(distortions)[first_of_equals]]


def best_per_rate(rate: ArrayLike, distortion: ArrayLike, at: ArrayLike) -> Indices:
    """For each rate R in `at`, the index of the point of least distortion with rate <= R.

    Of points of that distortion, the one of the least rate, then the one given
    first. `NONE` where no point has such a rate.

    rate, distortion: shape (J,). at: shape (L,), in any order. Returns shape (L,).

    >>> best_per_rate([0.5, 1.0, 1.5], [0.9, 0.3, 0.4], [0.2, 0.7, 2.0]).tolist()
    [-1, 0, 1]
    """
    order, rates, distortions = _in_order(rate, distortion)
    wanted = np.asarray(at, dtype=np.float64)
    places = np.arange(len(order))
    best_so_far = np.maximum.accumulate(np.where(_below_all_before(distortions), places, 0))
    last = np.searchsorted(rates, wanted, side="right") - 1
    found = np.full(wanted.shape, NONE, dtype=np.intp)
    some = (last >= 0) & ~np.isnan(wanted)
    found[some] = order[best_so_far[last[some]]]
    return found


def _below_all_before(distortions: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each distortion is less than all that stand before it; true for the first."""
    below = np.ones(len(distortions), dtype=bool)
    below[1:] = distortions[1:] < np.minimum.accumulate(distortions)[:-1]
    return below


def _in_order(
    rate: ArrayLike, distortion: ArrayLike
) -> tuple[Indices, NDArray[np.float64], NDArray[np.float64]]:
    """Indices of the points by rate, then distortion, then place; and their coordinates."""
    rates = np.asarray(rate, dtype=np.float64)
    distortions = np.asarray(distortion, dtype=np.float64)
    order = np.lexsort((distortions, rates)).astype(np.intp)
    order = order[~np.isnan(rates[order]) & ~np.isnan(distortions[order])]
    return order, rates[order], distortions[order]
