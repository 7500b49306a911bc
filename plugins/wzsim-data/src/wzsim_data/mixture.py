"""Expectation-maximisation for Gaussians around zero, from exact values or rounded ones."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from wzsim_data.noise import Observed

Array = NDArray[np.float64]

ITERATIONS = 500

ENOUGH = 1e-8
"""Gain [nat/sample] of an iteration that ends the ascent."""

RAREST = 2e-6
"""Least weight of a component."""

NARROWEST = 0.01
"""Least standard deviation, in steps; with exact values, in root mean squares of the noise."""


STARTS = ((0.1, 10.0), (0.01, 1.2))
"""Smallest and largest variance at the start, in powers of the noise: rare impulses, or a spike."""


def expectation_maximisation(observed: Observed, components: int) -> tuple[Array, Array]:
    """Weights and variances, each of shape (components,), the narrowest component first.

    The likelihood has no maximum where a component may shrink onto values that
    repeat; a component is never narrower than `NARROWEST`.
    """
    climbed = [_climb(observed, components, *ends) for ends in STARTS]
    _, weights, variances = max(climbed, key=lambda result: result[0])
    order = np.argsort(variances)
    return weights[order], variances[order]


def _climb(
    observed: Observed, components: int, least: float, most: float
) -> tuple[float, Array, Array]:
    """Mean log-likelihood [nat/sample], weights and variances from one start."""
    power = observed.power
    floor = NARROWEST**2 * (observed.step**2 or power)
    weights = np.full(components, 1 / components)
    variances = power * np.geomspace(least, most, components)
    before = -math.inf
    for _ in range(ITERATIONS):
        log_likelihood, square = _given_component(observed, variances)
        joint = log_likelihood + np.log(weights)
        peak = joint.max(axis=1, keepdims=True)  # scipy's logsumexp takes three times as long
        total = peak + np.log(np.exp(joint - peak).sum(axis=1, keepdims=True))
        belonging = np.exp(joint - total) * observed.share[:, None]
        weights = np.maximum(belonging.sum(axis=0), RAREST)
        variances = np.maximum((belonging * square).sum(axis=0) / weights, floor)
        weights /= weights.sum()
        now = observed.mean(total[:, 0])
        gained, before = now - before, now
        if gained < ENOUGH:
            break
    return before, weights, variances


def _given_component(observed: Observed, variances: Array) -> tuple[Array, Array]:
    """log p(observed | component) and E[n^2 | observed, component], each (groups, components)."""
    size = observed.size[:, None]
    deviation = np.sqrt(variances)
    log_density = -np.square(size / deviation) / 2 - np.log(deviation * math.sqrt(2 * math.pi))
    exact = np.broadcast_to(np.square(size), log_density.shape)
    if observed.step == 0:
        return log_density, exact
    low = (-size - observed.step / 2) / deviation
    high = (-size + observed.step / 2) / deviation
    mass = special.ndtr(high) - special.ndtr(low)
    seen = mass > 1e-280
    safe = np.where(seen, mass, 1.0)
    # E[n^2 | low < n / deviation < high] of a Gaussian.
    edges = low * np.exp(-np.square(low) / 2) - high * np.exp(-np.square(high) / 2)
    square = variances * (1 + edges / (math.sqrt(2 * math.pi) * safe))
    log_mass = np.log(safe) - math.log(observed.step)
    # Far out in its tail a narrow Gaussian sits at the near end of the cell.
    nearest = np.square(np.maximum(size - observed.step / 2, 0))
    return (
        np.where(seen, log_mass, log_density),
        np.where(seen, np.clip(square, 0, None), nearest),
    )
