"""Wyner-Ziv bounds of Gaussian processes under squared error, by reverse water-filling.

X is Gaussian and Y = X + N with white Gaussian N. There is no rate loss, so what
matters is X given Y: S_{X|Y} = S_X S_N / (S_X + S_N), and at a water level t
D = mean of min(t, S_{X|Y}), R = mean of max(0, log2(S_{X|Y} / t) / 2).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar, final

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim.contracts import (
    Bound,
    ComposedPair,
    Distortion,
    GaussianNoise,
    Interval,
    Pair,
    RateDistortionFunction,
)
from wzsim_markov.source import GaussMarkovSource

Array = NDArray[np.float64]

FREQUENCIES = 4096
"""Of the spectrum: the midpoint rule on a period converges exponentially."""

BISECTIONS = 200


@final
@attrs.frozen(eq=False)
class WaterFilling(RateDistortionFunction):
    """R(D) of independent Gaussian components of given variances, on average."""

    power: Array
    """Variances [units^2], shape (F,)."""
    certificate: str

    @property
    def largest_distortion(self) -> float:
        return float(self.power.mean())

    def distortion(self, rate: ArrayLike) -> Interval:
        at = np.asarray(rate, dtype=np.float64)
        level = self._level(lambda log: self._rate_at(log) >= at[..., None], at.shape)
        return Interval.exact(np.minimum(level, self.power).mean(axis=-1))

    def rate(self, distortion: ArrayLike) -> Interval:
        at = np.asarray(distortion, dtype=np.float64)
        level = self._level(
            lambda log: (
                np.minimum(np.exp(log), self.power).mean(axis=-1)[..., None] <= at[..., None]
            ),
            at.shape,
        )
        return Interval.exact(np.where(at > 0, self._rate_at(np.log(level))[..., 0], np.inf))

    def _rate_at(self, log_level: Array) -> Array:
        """Shape (..., 1) as the level."""
        over = np.maximum(0.0, np.log2(self.power) - log_level / np.log(2)) / 2
        return np.asarray(over.mean(axis=-1)[..., None])

    def _level(
        self, low_enough: Callable[[Array], NDArray[np.bool_]], shape: tuple[int, ...]
    ) -> Array:
        """The highest water level, shape (..., 1), at which a condition that fails above holds."""
        low = np.full((*shape, 1), np.log(self.power.min()) - 60.0)
        high = np.full((*shape, 1), np.log(self.power.max()))
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            holds = low_enough(middle)
            low, high = np.where(holds, middle, low), np.where(holds, high, middle)
        return np.asarray(np.exp(low))


def _left(power: Array, noise: float) -> Array:
    return power * noise / (power + noise)


@lru_cache(maxsize=16)
def _spectral(source: GaussMarkovSource, noise: float) -> WaterFilling:
    frequency = (np.arange(FREQUENCIES) + 0.5) / FREQUENCIES
    return WaterFilling(_left(source.spectrum(frequency), noise), "closed form, spectrum")


@lru_cache(maxsize=16)
def _blocks(source: GaussMarkovSource, noise: float) -> WaterFilling:
    power = np.asarray(np.linalg.eigvalsh(source.covariance()), dtype=np.float64)
    return WaterFilling(_left(power, noise), "closed form, eigenvalues of a block")


@attrs.frozen(kw_only=True)
class GaussMarkovBound(Bound):
    """What both bounds apply to."""

    scope: ClassVar[str] = "squared error with gauss-markov X and Y = X + N, N Gaussian"
    binds: ClassVar[bool] = True

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return (
            distortion.name == "squared-error"
            and isinstance(pair, ComposedPair)
            and pair.base == "x"
            and isinstance(pair.source, GaussMarkovSource)
            and isinstance(pair.channel, GaussianNoise)
        )

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        assert isinstance(pair, ComposedPair)
        assert isinstance(pair.source, GaussMarkovSource)
        assert isinstance(pair.channel, GaussianNoise)
        return self._of(pair.source, pair.channel.noise_variance)

    @abstractmethod
    def _of(self, source: GaussMarkovSource, noise: float) -> WaterFilling:
        """The function for a noise variance."""


@final
@attrs.frozen(kw_only=True)
class SpectralBound(GaussMarkovBound):
    """The Wyner-Ziv function of the endless process: no code of any block length crosses it."""

    name: ClassVar[str] = "spectral"
    title: ClassVar[str] = "Wyner-Ziv bound, spectrum"

    def _of(self, source: GaussMarkovSource, noise: float) -> WaterFilling:
        return _spectral(source, noise)


@final
@attrs.frozen(kw_only=True)
class BlockBound(GaussMarkovBound):
    """The Wyner-Ziv function of independent blocks of n samples, as the scenario draws them."""

    name: ClassVar[str] = "gaussian-blocks"
    title: ClassVar[str] = "Wyner-Ziv bound, blocks of n"

    def _of(self, source: GaussMarkovSource, noise: float) -> WaterFilling:
        return _blocks(source, noise)
