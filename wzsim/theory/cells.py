"""Probability and moments of X in the cells of a partition, given Y."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from wzsim.contracts import AdditiveChannel, ComposedDensityPair, DensityPair
from wzsim.theory.gaussian import gaussian_conditional
from wzsim.theory.noise import partial_moments
from wzsim.theory.panels import panel_edges
from wzsim.theory.partition import Partition

Array = NDArray[np.float64]

PANEL_BUDGET = 4_000_000
"""Nodes held at once."""

BLOCK = 4_000
"""Values of y whose panels are held at once."""


class CellMoments(NamedTuple):
    """Integrals of x^r p(x, y) over each cell, r = 0, 1, 2, each of shape (J, C)."""

    mass: Array
    first: Array
    second: Array


def cell_moments(pair: DensityPair, thresholds: Array, y: Array, order: int = 10) -> CellMoments:
    """Joint moments of X in the cells between thresholds, at each y of shape (J,).

    Closed form where X given Y is Gaussian, tabulated noise where X = Y + N; else
    Gauss-Legendre with `order` nodes a panel, split at thresholds and at the kinks of the density.
    """
    conditional = gaussian_conditional(pair)
    if conditional is not None:
        slope, variance, y_density = conditional
        return _gaussian_moments(slope * y, variance, thresholds, y_density(y))
    if isinstance(pair, ComposedDensityPair) and pair.base == "y":
        channel = pair.channel
        if isinstance(channel, AdditiveChannel):
            return _additive_moments(channel, thresholds, y, pair.source.density(y))
    parts = []
    for block in range(0, len(y), BLOCK):
        some = y[block : block + BLOCK]
        edges = _edges(pair, some.tobytes())
        step = max(1, PANEL_BUDGET // ((len(thresholds) + edges.shape[1]) * order))
        for start in range(0, len(some), step):
            part = slice(start, start + step)
            parts.append(_quadrature_moments(pair, thresholds, some[part], edges[part], order))
    return CellMoments(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def message_moments(
    pair: DensityPair, partition: Partition, y: Array, order: int = 10
) -> CellMoments:
    """Joint moments of X in the set of each message, each of shape (J, M_1 ... M_K)."""
    moments = cell_moments(pair, partition.thresholds, y, order)
    member = np.zeros((len(partition.labels), partition.messages))
    member[np.arange(len(partition.labels)), partition.labels] = 1.0
    return CellMoments(*(moment @ member for moment in moments))


def _gaussian_moments(
    mean: Array, variance: float, thresholds: Array, y_density: Array
) -> CellMoments:
    """Truncated moments of N(mean, variance), times the density of y."""
    deviation = np.sqrt(variance)
    ends = np.concatenate([[-np.inf], thresholds, [np.inf]])
    t = (ends - mean[:, None]) / deviation
    # Differences are taken on the side of the nearer tail, where they keep their digits.
    lower, upper = t[:, :-1], t[:, 1:]
    flip = lower > 0
    mass = np.where(flip, ndtr(-lower) - ndtr(-upper), ndtr(upper) - ndtr(lower))
    bell = np.exp(-0.5 * t**2) / np.sqrt(2 * np.pi)
    finite = np.where(np.isfinite(t), t, 0.0)
    slope = bell[:, :-1] - bell[:, 1:]
    spread = (finite * bell)[:, :-1] - (finite * bell)[:, 1:]
    centre = mean[:, None]
    first = centre * mass + deviation * slope
    second = (centre**2 + variance) * mass + 2 * centre * deviation * slope + variance * spread
    weight = y_density[:, None]
    return CellMoments(mass * weight, first * weight, second * weight)


def _additive_moments(
    channel: AdditiveChannel, thresholds: Array, y: Array, y_density: Array
) -> CellMoments:
    """Moments of X = y + N from the partial moments of N."""
    ends = np.concatenate([[-np.inf], thresholds, [np.inf]])
    below = partial_moments(channel).at(ends - y[:, None])
    mass, first, second = (np.diff(moment, axis=1) for moment in below)
    centre, weight = y[:, None], y_density[:, None]
    shifted = second + 2 * centre * first + centre**2 * mass
    return CellMoments(mass * weight, (first + centre * mass) * weight, shifted * weight)


@lru_cache(maxsize=16)
def _edges(pair: DensityPair, y: bytes) -> Array:
    """Panels do not depend on thresholds, and a search tries many of them at the same y."""
    return panel_edges(pair, np.frombuffer(y))


def _quadrature_moments(
    pair: DensityPair, thresholds: Array, y: Array, panels: Array, order: int
) -> CellMoments:
    cells = np.broadcast_to(thresholds, (len(y), len(thresholds)))
    edges = np.clip(np.hstack([panels, cells]), panels[:, :1], panels[:, -1:])
    edges = np.sort(edges, axis=1)
    unit, weight = np.polynomial.legendre.leggauss(order)
    half = 0.5 * np.diff(edges, axis=1)[:, :, None]
    x = 0.5 * (edges[:, 1:] + edges[:, :-1])[:, :, None] + half * unit
    with np.errstate(invalid="ignore"):
        density = pair.density(x, y[:, None, None]) * (half * weight)
    density = np.where(half > 0, density, 0.0)
    # A panel lies in one cell: that of its middle.
    cell = np.searchsorted(thresholds, 0.5 * (edges[:, 1:] + edges[:, :-1]))
    row = np.arange(len(y))[:, None]
    shape = (len(y), len(thresholds) + 1)
    sums = []
    for power in range(3):
        total = np.zeros(shape)
        np.add.at(total, (row, cell), (density * x**power).sum(axis=2))
        sums.append(total)
    return CellMoments(*sums)
