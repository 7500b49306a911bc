"""Rate-distortion functions known between supporting lines below and achieved points above."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim.contracts import Interval, RateDistortionFunction
from wzsim.theory.hull import lower_hull

Array = NDArray[np.float64]


@attrs.frozen(eq=False, kw_only=True)
class Lines:
    """R + s D >= height for every code of the problem, one line a slope s."""

    slope: Array
    """s > 0 [bit a unit of distortion], shape (S,)."""
    height: Array
    """[bit], shape (S,)."""

    def rate(self, distortion: Array) -> Array:
        """The highest line at each distortion, at least zero."""
        at = distortion[..., None]
        return np.asarray(np.maximum(0.0, (self.height - self.slope * at).max(axis=-1)))

    def distortion(self, rate: Array) -> Array:
        """The highest line at each rate, at least zero."""
        at = rate[..., None]
        return np.asarray(np.maximum(0.0, ((self.height - at) / self.slope).max(axis=-1)))


ROUNDING = 1e-14
"""By which an upper end is raised, so that sums that round down leave it an upper one."""


@final
@attrs.frozen(eq=False, kw_only=True)
class CertifiedFunction(RateDistortionFunction):
    """The interval between lines that no code crosses and what some code achieves.

    The function is convex and falls, so all points between two achieved ones
    are achieved by time-sharing. Under squared error a Gaussian description of
    what is left achieves D 2^(-2r) with r more bits, whatever the law.
    """

    certificate: str
    lines: Lines
    achieved: tuple[Array, Array]
    """Rates [bit], the first zero, and distortions of codes, each of shape (P,)."""
    shannon: float | None = None
    """Under squared error: D >= shannon 2^(-2R) [units^2]."""
    is_power: bool
    """Whether the distortion is the squared error."""

    @property
    def largest_distortion(self) -> float:
        rates, distortions = self.achieved
        return float(distortions[rates == 0.0].min())

    def distortion(self, rate: ArrayLike) -> Interval:
        at = np.asarray(rate, dtype=np.float64)
        lower = self.lines.distortion(at)
        upper = self._achieved_distortion(at) * (1 + ROUNDING)
        if self.shannon is not None:
            lower = np.maximum(lower, self.shannon * np.exp2(-2.0 * at))
        return Interval(np.minimum(lower, upper), upper)

    def rate(self, distortion: ArrayLike) -> Interval:
        at = np.asarray(distortion, dtype=np.float64)
        lower, upper = self.lines.rate(at), self._achieved_rate(at)
        if self.shannon is not None:
            with np.errstate(divide="ignore"):
                lower = np.maximum(lower, 0.5 * np.log2(self.shannon / at))
        return Interval(np.minimum(lower, upper), upper)

    def _achieved_distortion(self, rate: Array) -> Array:
        rates, distortions = lower_hull(*self.achieved)
        shared = np.interp(rate, rates, distortions)
        if not self.is_power:
            return shared
        more = rate[..., None] - rates
        refined = np.where(more >= 0, distortions * np.exp2(-2.0 * more), np.inf)
        return np.asarray(np.minimum(shared, refined.min(axis=-1)))

    def _achieved_rate(self, distortion: Array) -> Array:
        rates, distortions = lower_hull(*self.achieved)
        shared = np.interp(distortion, distortions[::-1], rates[::-1])
        shared = np.where(distortion < distortions[-1] * (1 - 1e-15), np.inf, shared)
        if not self.is_power:
            return np.asarray(shared)
        with np.errstate(divide="ignore"):
            more = 0.5 * np.log2(distortions / distortion[..., None])
        refined = np.where(more >= 0, rates + more, np.inf)
        return np.asarray(np.minimum(shared, refined.min(axis=-1)))
