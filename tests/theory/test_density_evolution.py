"""Density evolution beside closed forms and published thresholds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from wzsim.theory.density_evolution import (
    SOLVED,
    STEP,
    Checks,
    density,
    entropy,
    evolve,
    llr_grid,
)

Array = NDArray[np.float64]


def erasures(probability: float) -> Array:
    return density(np.array([0.0, 30.0]), np.array([probability, 1 - probability]))


def flips(probability: float) -> Array:
    llr = np.log((1 - probability) / probability)
    return density(np.array([llr]), np.ones(1))


def gaussian(sigma: float) -> Array:
    """Antipodal signals in noise of this deviation: L ~ N(2 / s^2, 4 / s^2)."""
    mean = 2 / sigma**2
    llr = np.linspace(mean - 10 * np.sqrt(2 * mean), mean + 10 * np.sqrt(2 * mean), 20_001)
    return density(llr, stats.norm.pdf(llr, mean, np.sqrt(2 * mean)))


def test_densities_are_symmetric_and_have_the_entropy_of_the_posterior() -> None:
    rng = np.random.default_rng(1)
    llr, weights = rng.normal(0, 4, 500), rng.random(500)
    found = density(llr, weights)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(found[::-1], found * np.exp(-llr_grid()), atol=1e-12)
    p = 1 / (1 + np.exp(-llr))
    exact = -(p * np.log2(p) + (1 - p) * np.log2(1 - p)) @ weights / weights.sum()
    assert entropy(found) == pytest.approx(exact, abs=STEP**2 / 4)


def test_a_check_of_erasures_and_of_flips_is_exact() -> None:
    checks = Checks()
    # P(erased) after a check of degree 4 is 1 - (1 - e)^3.
    assert entropy(checks.outgoing(erasures(0.3), {4: 1.0})) == pytest.approx(1 - 0.7**3, abs=1e-6)
    # A sum of three bits that flip with probability p flips with (1 - (1 - 2p)^3) / 2.
    p = (1 - (1 - 2 * 0.05) ** 3) / 2
    exact = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    assert entropy(checks.outgoing(flips(0.05), {4: 1.0})) == pytest.approx(exact, abs=2e-3)


def test_erasures_follow_the_recursion_of_one_number() -> None:
    """x <- e lambda(1 - rho(1 - x)), iteration by iteration."""
    variables, checks, e = {2: 0.3, 3: 0.5, 8: 0.2}, {6: 0.4, 7: 0.6}, 0.4
    course = evolve(erasures(e), variables, checks, iterations=30)
    x = e
    for found in course.entropies[:31]:
        assert found == pytest.approx(x, abs=2e-6)
        into = 1 - sum(part * (1 - x) ** (degree - 1) for degree, part in checks.items())
        x = e * sum(part * into ** (degree - 1) for degree, part in variables.items())


@pytest.mark.parametrize(
    ("channel", "variable", "check", "published", "within"),
    [
        # Richardson and Urbanke, IEEE Trans. Inf. Theory 47(2), 2001, Tables I and II.
        (gaussian, 3, 6, 0.88, 0.006),
        (gaussian, 3, 5, 1.00, 0.012),
        (gaussian, 3, 4, 1.26, 0.012),
        (flips, 3, 6, 0.084, 0.0006),
        (erasures, 3, 6, 0.4294, 0.0006),
    ],
)
def test_thresholds_of_regular_codes_are_the_published_ones(
    channel: Callable[[float], Array], variable: int, check: int, published: float, within: float
) -> None:
    def decodes(parameter: float) -> bool:
        at = channel(parameter)
        return evolve(at, {variable: 1.0}, {check: 1.0}, iterations=2000).solved

    assert decodes(published - within)
    assert not decodes(published + within)


def test_what_each_degree_knows_adds_up() -> None:
    variables = {2: 0.25, 3: 0.45, 10: 0.3}
    course = evolve(gaussian(0.9), variables, {7: 1.0}, iterations=5)
    shares = np.array(list(variables.values()))
    np.testing.assert_allclose(course.by_degree @ shares, course.entropies[1:], rtol=1e-9)
    assert np.all(np.diff(course.by_degree, axis=1) < 0)  # more edges, less doubt
    assert not course.solved
    assert course.entropies[-1] > SOLVED
