"""Closed forms for Gaussian pairs under squared error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim.contracts import ComposedDensityPair, GaussianLaw, GaussianNoise, Pair


def conditional_variance(base: str, source_variance: float, noise_variance: float) -> float:
    """Var(X | Y) of X = Y + N (`base = "y"`) or Y = X + N (`base = "x"`).

    >>> conditional_variance("y", 1.0, 0.1)
    0.1
    >>> conditional_variance("x", 1.0, 1.0)
    0.5
    """
    if base == "y":
        return noise_variance
    return source_variance * noise_variance / (source_variance + noise_variance)


def distortion_rate(variance: float, rate: ArrayLike) -> NDArray[np.float64]:
    """D(R) = variance 2^(-2R), R in bit per sample [Shannon 1959; Wyner 1978 for Wyner-Ziv].

    >>> float(distortion_rate(0.1, 1.0))
    0.025
    """
    return variance * np.exp2(-2.0 * np.asarray(rate, dtype=np.float64))


def rate_distortion(variance: float, distortion: ArrayLike) -> NDArray[np.float64]:
    """R(D) = max(0, log2(variance / D) / 2) in bit per sample; infinite at D = 0.

    >>> float(rate_distortion(0.1, 0.025))
    1.0
    """
    with np.errstate(divide="ignore"):
        return np.maximum(0.0, 0.5 * np.log2(variance / np.asarray(distortion, dtype=np.float64)))


def gaussian_conditional(
    pair: Pair,
) -> tuple[float, float, Callable[[NDArray[np.float64]], NDArray[np.float64]]] | None:
    """Slope a and variance v where X given Y = y is N(a y, v), and the density of Y; else None.

    True for X = Y + N with Gaussian N whatever Y is, and for Y = X + N with X
    and N Gaussian. Wyner-Ziv coding then has no rate loss [Wyner 1978; Pradhan,
    Chou, Ramchandran 2003].
    """
    if not isinstance(pair, ComposedDensityPair) or not isinstance(pair.channel, GaussianNoise):
        return None
    source, noise = pair.source, pair.channel.noise_variance
    if pair.base == "y":
        return 1.0, noise, source.density
    if not isinstance(source, GaussianLaw):
        return None
    total = source.variance + noise

    def output_density(y: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.exp(-0.5 * y**2 / total) / np.sqrt(2 * np.pi * total))

    variance = conditional_variance("x", source.variance, noise)
    return source.variance / total, variance, output_density
