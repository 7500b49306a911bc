"""Partial moments of additive noise, tabulated once a channel."""

from __future__ import annotations

import itertools
from functools import lru_cache
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PPoly

from wzsim.contracts import AdditiveChannel

Array = NDArray[np.float64]

TAIL = 1e-15
"""Probability of the noise outside the table."""

PANELS = 6_000
"""Pieces of the table; with cubic pieces the error is about 1e-12."""

NODES = 8
"""Gauss-Legendre nodes a piece."""


@final
@attrs.frozen(eq=False)
class PartialMoments:
    """G_r(t) = integral of n^r p(n) over n < t, r = 0, 1, 2, as piecewise cubics."""

    pieces: tuple[PPoly, PPoly, PPoly]
    low: float
    high: float

    def at(self, t: Array) -> tuple[Array, Array, Array]:
        """The three moments below t, any shape."""
        inside = np.clip(t, self.low, self.high)
        zeroth, first, second = (piece(inside) for piece in self.pieces)
        return zeroth, first, second


@lru_cache(maxsize=8)
def partial_moments(channel: AdditiveChannel) -> PartialMoments:
    """Tabulate the noise of a channel, split at the kinks of its density."""
    ladder = [channel.noise_interval(tail) for tail in (0.5, 1e-1, 1e-2, 1e-4, 1e-7, 1e-11, TAIL)]
    coarse = np.unique([*itertools.chain.from_iterable(ladder), *channel.noise_breakpoints()])
    coarse = coarse[(coarse >= ladder[-1][0]) & (coarse <= ladder[-1][1])]
    each = max(8, PANELS // (len(coarse) - 1))
    nodes = np.unique(
        np.concatenate([np.linspace(*ends, each + 1) for ends in itertools.pairwise(coarse)])
    )
    width = np.diff(nodes)
    unit, weight = np.polynomial.legendre.leggauss(NODES)
    points = 0.5 * (nodes[1:] + nodes[:-1])[:, None] + 0.5 * width[:, None] * unit
    density = channel.noise_density(points) * (0.5 * width[:, None] * weight)
    # One-sided: a density may jump at a node. A piece's own ends are taken just inside it.
    nudge = 1e-9 * width
    left, right = (
        channel.noise_density(inside) for inside in (nodes[:-1] + nudge, nodes[1:] - nudge)
    )
    pieces = []
    for power in range(3):
        gain = (density * points**power).sum(axis=1)
        below = np.concatenate([[0.0], np.cumsum(gain)[:-1]])
        start, end = left * nodes[:-1] ** power, right * nodes[1:] ** power
        quadratic = (3 * gain / width - 2 * start - end) / width
        cubic = (start + end - 2 * gain / width) / width**2
        pieces.append(PPoly(np.stack([cubic, quadratic, start, below]), nodes))
    zeroth, first, second = pieces
    return PartialMoments((zeroth, first, second), float(nodes[0]), float(nodes[-1]))
