"""Maximum-likelihood fits of channel families, one small function each.

A fit takes observed noise and gives the law with the highest likelihood, together with the
keys of the channel component of that name. `FAMILIES` says which channels can be fitted: one
more is a function and a line here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.optimize import minimize, minimize_scalar

from wzsim_data.mixture import expectation_maximisation
from wzsim_data.noise import NoiseLaw, Observed

Array = NDArray[np.float64]


def gaussian(observed: Observed) -> NoiseLaw:
    """N(0, noise_variance)."""
    if observed.step == 0:
        return _gaussian_law(observed.power)
    return _best_scale(observed, lambda scale: _gaussian_law(scale**2))


def laplace(observed: Observed) -> NoiseLaw:
    """Density exp(-|n| / scale) / (2 scale)."""
    if observed.step == 0:
        return _laplace_law(observed.mean(observed.size))
    return _best_scale(observed, _laplace_law)


def student_t(observed: Observed) -> NoiseLaw:
    """`scale` times Student's t; no variance where degrees_of_freedom <= 2."""
    start = _typical(observed)

    def loss(parameters: NDArray[np.float64]) -> float:
        return -observed.score(law(parameters))

    def law(parameters: Array) -> NoiseLaw:
        log_scale, log_degrees = np.clip(parameters, (-50, math.log(0.5)), (50, math.log(1e4)))
        return _student_law(start * math.exp(log_scale), math.exp(log_degrees))

    best = minimize(
        loss,
        np.array([0.0, math.log(4.0)], dtype=np.float64),
        method="Nelder-Mead",
        tol=1e-6,
    )
    return law(best.x)


def bernoulli_gaussian(observed: Observed) -> NoiseLaw:
    """A Gaussian background and Gaussian impulses: a mixture of two Gaussians around zero."""
    weights, variances = expectation_maximisation(observed, 2)
    keys = {
        "background_variance": float(variances[0]),
        "impulse_variance": float(max(variances[1] - variances[0], 1e-6 * variances[0])),
        "impulse_probability": float(weights[1]),
    }
    return _mixture_law(keys, weights, variances)


def gaussian_mixture(observed: Observed) -> NoiseLaw:
    """Three Gaussians around zero; two of them would be `bernoulli_gaussian`."""
    weights, variances = expectation_maximisation(observed, 3)
    keys = {
        "weights": tuple(weights.tolist()),
        "means": (0.0,) * len(weights),
        "variances": tuple(variances.tolist()),
    }
    return _mixture_law(keys, weights, variances)


def _gaussian_law(variance: float) -> NoiseLaw:
    one, variances = np.ones(1), np.array([variance])
    return _mixture_law({"noise_variance": variance}, one, variances)


def _mixture_law(keys: Mapping[str, object], weights: Array, variances: Array) -> NoiseLaw:
    """A mixture of Gaussians around zero; weights and variances of shape (components,)."""
    deviations = np.sqrt(variances)
    log_peaks = np.log(weights / (deviations * math.sqrt(2 * math.pi)))

    def log_density(noise: Array) -> Array:
        exponents = -np.square(noise)[..., None] / (2 * variances)
        return np.asarray(special.logsumexp(exponents + log_peaks, axis=-1))

    def cdf(noise: Array) -> Array:
        return np.asarray(special.ndtr(noise[..., None] / deviations) @ weights)

    return NoiseLaw(keys, log_density, cdf, float(weights @ variances), 2 * len(weights) - 1)


def _laplace_law(scale: float) -> NoiseLaw:
    def cdf(noise: Array) -> Array:
        below = np.exp(-np.abs(noise) / scale) / 2
        return np.where(noise < 0, below, 1 - below)

    return NoiseLaw(
        {"scale": scale},
        lambda noise: -np.abs(noise) / scale - math.log(2 * scale),
        cdf,
        2 * scale**2,
        1,
    )


def _student_law(scale: float, degrees: float) -> NoiseLaw:
    constant = (
        math.lgamma((degrees + 1) / 2)
        - math.lgamma(degrees / 2)
        - math.log(math.pi * degrees) / 2
        - math.log(scale)
    )

    def log_density(noise: Array) -> Array:
        return constant - (degrees + 1) / 2 * np.log1p(np.square(noise / scale) / degrees)

    variance = scale**2 * degrees / (degrees - 2) if degrees > 2 else math.inf
    return NoiseLaw(
        {"scale": scale, "degrees_of_freedom": degrees},
        log_density,
        lambda noise: np.asarray(special.stdtr(degrees, noise / scale)),
        variance,
        2,
    )


def _typical(observed: Observed) -> float:
    """The median of |n|, at least half a step: no heavy tail moves it."""
    middle = int(np.searchsorted(np.cumsum(observed.share), 0.5))
    return max(float(observed.size[min(middle, len(observed.size) - 1)]), observed.step / 2, 1e-300)


def _best_scale(observed: Observed, law: Callable[[float], NoiseLaw]) -> NoiseLaw:
    """The scale of the highest likelihood, from a hundredth of a step upwards."""
    lowest = math.log(observed.step / 100)
    highest = math.log(max(math.sqrt(observed.power), observed.step) * 10)
    best = minimize_scalar(
        lambda log_scale: -observed.score(law(math.exp(log_scale))),
        bounds=(lowest, highest),
        method="bounded",
        options={"xatol": 1e-5},
    )
    return law(math.exp(float(best.x)))


Fit = Callable[[Observed], NoiseLaw]

FAMILIES: Final[Mapping[str, Fit]] = {
    "gaussian": gaussian,
    "laplace": laplace,
    "student-t": student_t,
    "bernoulli-gaussian": bernoulli_gaussian,
    "gaussian-mixture": gaussian_mixture,
}
"""By the name of the channel component."""
