"""Certified rate-distortion functions of the pairs of a scenario, under squared error."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import AdditiveChannel, ComposedDensityPair, DensityPair
from wzsim.theory.cells import message_moments
from wzsim.theory.certified import CertifiedFunction
from wzsim.theory.continuous_bounds import (
    MARGIN,
    MOST_ASTRAY,
    TAIL,
    Law,
    law_of,
    mixed_laws_function,
    one_law_function,
    require_true,
)
from wzsim.theory.exact import rate_zero_distortion, wrong_mass, y_rule
from wzsim.theory.partition import Partition

Array = NDArray[np.float64]

ORDER = 3
"""Nodes a panel, where laws are averaged over y."""

REFINEMENTS = tuple(2.0**power for power in range(-5, 4))
"""Of these panels."""

Y_TAIL, X_TAIL = 1e-9, 1e-11
"""Probabilities of Y and of X given Y that these averages leave out."""


def informed_function(pair: DensityPair) -> CertifiedFunction:
    """R(D) with side information at the decoder, and at both ends: one interval holds both."""
    if isinstance(pair, ComposedDensityPair) and pair.base == "y":
        channel = pair.channel
        if isinstance(channel, AdditiveChannel):
            noise = law_of(
                channel.noise_density, channel.noise_interval, channel.noise_breakpoints()
            )
            return one_law_function(noise, channel.noise_variance)
    _require_true_parts(pair)
    y, weights = _average_rule(pair)
    low, high = pair.y_interval(Y_TAIL)
    kept = (low < y) & (y < high)
    laws, share, variance = [], [], []
    for value, weight in zip(y[kept], weights[kept], strict=True):
        law = _given(pair, float(value))
        x, mass = law.rule(np.inf)
        total = float(mass.sum())
        mean = float(mass @ x) / total
        laws.append(_scaled(law, total))
        share.append(total * weight)
        variance.append(float(mass @ np.square(x - mean)) / total)
    known = float(np.sum(share))
    if abs(known - 1.0) > MOST_ASTRAY:
        raise wrong_mass("the density of the pair (X, Y)", known)
    return mixed_laws_function(
        laws, np.array(share), np.array(variance), rate_zero_distortion(pair)
    )


def _require_true_parts(pair: DensityPair) -> None:
    """Source and noise must have the mass and the variance that they say."""
    if not isinstance(pair, ComposedDensityPair):
        return
    source, channel = pair.source, pair.channel
    law = law_of(source.density, source.interval, source.breakpoints())
    require_true(law, source.variance)
    if isinstance(channel, AdditiveChannel):
        law = law_of(channel.noise_density, channel.noise_interval, channel.noise_breakpoints())
        require_true(law, channel.noise_variance)


def uninformed_function(pair: DensityPair) -> CertifiedFunction:
    """R(D) of X alone."""
    if isinstance(pair, ComposedDensityPair) and pair.base == "x":
        source = pair.source
        law = law_of(source.density, source.interval, source.breakpoints())
        return one_law_function(law, source.variance)
    law = law_of(_density_of_x(pair), pair.x_interval, ())
    if isinstance(pair, ComposedDensityPair) and isinstance(pair.channel, AdditiveChannel):
        return one_law_function(law, pair.source.variance + pair.channel.noise_variance)
    x, mass = law.rule(np.inf)
    mean = float(mass @ x) / float(mass.sum())
    return one_law_function(law, float(mass @ np.square(x - mean)) * (1 + MARGIN))


def _average_rule(pair: DensityPair) -> tuple[Array, Array]:
    """The coarsest rule over y that finds the mass of the pair and E Var(X | Y)."""
    whole = Partition(np.empty(0), np.zeros(1, dtype=np.int64), (2,))
    total = rate_zero_distortion(pair)
    for refinement in REFINEMENTS:
        y, weights = y_rule(pair, np.empty(0), ORDER, refinement)
        mass, first, second = (moment[:, 0] for moment in message_moments(pair, whole, y))
        square = np.divide(first**2, mass, out=np.zeros_like(mass), where=mass > 0)
        astray = abs(weights @ mass - 1.0), abs(weights @ (second - square) / total - 1.0)
        if max(astray) < MARGIN / 10:
            break
    return y, weights


def _density_of_x(pair: DensityPair) -> Callable[[Array], Array]:
    """p(x), integrated over whichever of Y and N leaves no kinks."""
    assert isinstance(pair, ComposedDensityPair)
    source, channel = pair.source, pair.channel
    if not isinstance(channel, AdditiveChannel):
        y, weights = _average_rule(pair)
        return lambda x: np.asarray(pair.density(x[:, None], y) @ weights)
    rules: list[tuple[Array, Array, Callable[[Array], Array]]] = []
    if not source.breakpoints():
        noise = law_of(channel.noise_density, channel.noise_interval, channel.noise_breakpoints())
        rules.append((*noise.rule(float(np.sqrt(source.variance)) / 4), source.density))
    if not channel.noise_breakpoints():
        low, high = channel.noise_interval(0.5)
        drawn = law_of(source.density, source.interval, source.breakpoints())
        rules.append((*drawn.rule((high - low) / 2), channel.noise_density))
    # A heavy tail has many panels, and a narrow law asks for many.
    at, weight, density = min(rules, key=lambda rule: len(rule[0]))
    return lambda x: np.asarray(density((x[:, None] - at).ravel()).reshape(-1, len(at)) @ weight)


def _given(pair: DensityPair, y: float) -> Law:
    """p(x, y) as a function of x."""
    at = np.array([y])

    def interval(tail: float) -> tuple[float, float]:
        low, high = pair.x_interval_given(at, tail * X_TAIL / TAIL)
        return float(low[0]), float(high[0])

    breakpoints = pair.x_breakpoints_given(at).ravel().tolist()
    return law_of(lambda x: pair.density(x, at), interval, breakpoints)


def _scaled(law: Law, total: float) -> Law:
    density: Callable[[Array], Array] = law.density
    return Law(lambda x: density(x) / total, law.edges, law.core)
