"""The line X = slope * Y + offset + N of highest likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim_data.noise import GROUP_WIDTH, NoiseLaw, Observed
from wzsim_data.reading import Pairs

Array = NDArray[np.float64]

ROUNDS = 2
"""Fits of the law, each followed by the line that suits it."""

STEPS = 10
"""Weighted least squares under one law."""

ENOUGH = 0.1
"""Standard errors of a mean that the line need not move."""


@final
@attrs.frozen
class Line:
    """Y' = slope * Y + offset."""

    slope: float
    offset: float

    def side(self, y: Array) -> Array:
        """Y'."""
        return self.slope * y + self.offset

    def noise(self, pairs: Pairs) -> Array:
        """N = X - Y'."""
        return pairs.x - self.side(pairs.y)


def least_squares(pairs: Pairs, weight: Array | None = None) -> Line:
    """The line of least weighted squares; weights of shape (rows,), equal by default."""
    weight = np.ones(1) if weight is None else weight
    share = np.broadcast_to(weight / weight.mean() / len(pairs.x), pairs.x.shape)
    mean_x, mean_y = float(share @ pairs.x), float(share @ pairs.y)
    centred = pairs.y - mean_y
    weighted = share * centred
    slope = float(weighted @ (pairs.x - mean_x)) / float(weighted @ centred)
    return Line(slope, mean_x - slope * mean_y)


def likeliest(
    pairs: Pairs, fit: Callable[[Observed], NoiseLaw], step: float
) -> tuple[Line, NoiseLaw]:
    """Line and law of the highest likelihood, found in turns from the line of least squares.

    Iteratively reweighted least squares: a residual n counts with -f'(n) / (n f(n)). For a mixture
    of Gaussians of one mean, as Student's t and Laplace's law are too, this is
    expectation-maximisation [Dempster, Laird, Rubin, in Multivariate Analysis V, 1980].
    """
    line = least_squares(pairs)
    law = fit(Observed.of(line.noise(pairs), step))
    for _ in range(ROUNDS):
        start = line
        for _ in range(STEPS):
            moved_from = line
            line = least_squares(pairs, _weight(law, line.noise(pairs), step))
            if not _moved(moved_from, line, pairs, law):
                break
        if not _moved(start, line, pairs, law):
            break
        law = fit(Observed.of(line.noise(pairs), step))
    return line, law


def _weight(law: NoiseLaw, noise: Array, step: float) -> Array:
    """-f'(n) / (n f(n)); values nearer than half a step, or near nothing, count alike."""
    least = max(step / 2, law.deviation / 100)
    height = np.log(np.maximum(np.abs(noise), least) / least)
    group = (height / GROUP_WIDTH).astype(np.intp)
    size = least * np.exp(GROUP_WIDTH * (np.arange(group.max() + 1) + 0.5))
    change = law.log_density(size * 1.001) - law.log_density(size * 0.999)
    weight: Array = (-change / (0.002 * np.square(size)))[group]
    return weight


def _moved(before: Line, after: Line, pairs: Pairs, law: NoiseLaw) -> bool:
    """Whether Y' changed by more than a tenth of what the data can tell."""
    mean, deviation = float(pairs.y.mean()), float(pairs.y.std())
    slope = after.slope - before.slope
    shift = math.hypot(slope * mean + after.offset - before.offset, slope * deviation)
    return shift > ENOUGH * law.deviation / math.sqrt(len(pairs.x))
