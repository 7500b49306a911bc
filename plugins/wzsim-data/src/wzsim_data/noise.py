"""Laws of noise that can be fitted: a density, a distribution function, and observed noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GROUP_WIDTH = 0.01
"""Noise in one group differs by 1 %: that moves a log-likelihood in the fifth decimal."""

SMALLEST_CELL = 1e-280
"""Cells of less probability have lost their digits; the density at their middle stands in."""


@final
@attrs.frozen(eq=False)
class NoiseLaw:
    """A law that is symmetric around zero."""

    keys: Mapping[str, object]
    """The keys of the channel component that has this law."""

    log_density: Callable[[Array], Array]
    """Natural logarithm of the density."""

    cdf: Callable[[Array], Array]
    """P(N <= n), accurate for n far below zero."""

    variance: float
    """`inf` where it does not exist."""

    parameters: int
    """How many numbers a fit is free to choose."""

    @property
    def deviation(self) -> float:
        """The standard deviation, or where there is none 1.48 times the median of |N|."""
        if math.isfinite(self.variance):
            return math.sqrt(self.variance)
        from scipy.optimize import brentq

        def excess(log_scale: float) -> float:
            return float(self.cdf(np.array([-math.exp(log_scale)]))[0]) - 0.25

        return 1.4826 * math.exp(float(brentq(excess, -60.0, 60.0)))

    def log_likelihood(self, noise: Array, step: float) -> Array:
        """Log-likelihood [nat] of each value, elementwise.

        step: where it is not 0, a value is known to lie within half a step only; the
        probability of that cell is divided by the step, so that it compares with a density.
        """
        below = -np.abs(noise)
        if step == 0:
            return self.log_density(below)
        mass = self.cdf(below + step / 2) - self.cdf(below - step / 2)
        seen = mass > SMALLEST_CELL
        log_mass = np.log(np.where(seen, mass, 1.0)) - math.log(step)
        return np.where(seen, log_mass, self.log_density(below))


@final
@attrs.frozen(eq=False)
class Observed:
    """Noise as fits need it: its size in groups, so that a million rows cost what a thousand do."""

    size: Array
    """|n| of each group, shape (groups,), rising."""

    share: Array
    """Share of the rows in each group, sum 1."""

    step: float
    """How coarsely the noise is known; 0 for exactly."""

    @classmethod
    def of(cls, noise: Array, step: float) -> Observed:
        """Group noise of shape (rows,) by its logarithm; the smallest values are one group."""
        size = np.abs(noise)
        floor = max(float(np.sqrt(np.mean(np.square(size)))) * 1e-5, 1e-300)
        group = (np.log(np.maximum(size, floor) / floor) / GROUP_WIDTH).astype(np.intp)
        count = np.bincount(group)
        there = count > 0
        square = np.bincount(group, weights=np.square(size))[there] / count[there]
        return cls(np.sqrt(square), count[there] / len(size), step)

    def mean(self, value: Array) -> float:
        """The average over the rows of what is given by group."""
        return float(self.share @ value)

    @property
    def power(self) -> float:
        """The average of n^2."""
        return self.mean(np.square(self.size))

    def score(self, law: NoiseLaw) -> float:
        """Mean log-likelihood [nat/sample]."""
        return self.mean(law.log_likelihood(self.size, self.step))
