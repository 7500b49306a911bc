"""The source follows its covariance; both bounds agree with what is known of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from wzsim_markov import BlockBound, GaussMarkovSource, SpectralBound

import wzsim
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.contracts import RateDistortionFunction, compose
from wzsim.testing import SourceKit

SCENARIOS = Path(__file__).parents[1] / "scenarios"
RATES = np.array([0.0, 0.1, 0.5, 1.0, 3.0])


class TestGaussMarkov(SourceKit):
    component = GaussMarkovSource(correlation=0.9, samples=8)


def function(bound: SpectralBound | BlockBound, **keys: float) -> RateDistortionFunction:
    source = GaussMarkovSource(**keys)  # type: ignore[arg-type]  # samples is an int
    pair = compose(source, GaussianChannel(noise_variance=0.1), "x")
    assert bound.applies_to(pair, SquaredError())
    return bound.on(pair, SquaredError())


def test_samples_have_the_covariance() -> None:
    source = GaussMarkovSource(correlation=0.8, variance=2.0, samples=5)
    x = source.sample(200_000, torch.Generator().manual_seed(3)).double().numpy()
    error = np.abs(np.cov(x.T) - source.covariance())
    assert error.max() < 5 * 2.0 * np.sqrt(2 / 200_000)


@pytest.mark.parametrize("bound", [SpectralBound(), BlockBound()])
def test_without_memory_it_is_the_bound_of_single_letters(bound: SpectralBound) -> None:
    found = function(bound, correlation=0.0, samples=8)
    closed = (0.1 / 1.1) * 4.0**-RATES
    assert np.allclose(found.distortion(RATES).lower, closed, rtol=1e-12)
    assert np.allclose(found.rate(closed).lower, RATES, atol=1e-12)


def test_long_blocks_come_close_to_the_spectrum_from_above() -> None:
    limit = function(SpectralBound(), correlation=0.9).distortion(RATES).lower
    above = [
        function(BlockBound(), correlation=0.9, samples=n).distortion(RATES).lower / limit
        for n in (1, 8, 64, 512)
    ]
    assert np.all(np.diff(above, axis=0) < 0)
    assert np.all(above[-1] > 1)
    assert np.all(above[-1] < 1.005)


def test_at_high_rate_it_is_shannons_bound() -> None:
    # Below all of the spectrum D = exp(mean ln S) 2^(-2R).
    found = function(SpectralBound(), correlation=0.9)
    frequency = np.linspace(0, 1, 200_001)[:-1]
    power = GaussMarkovSource(correlation=0.9).spectrum(frequency)
    shannon = np.exp(np.log(power * 0.1 / (power + 0.1)).mean())
    assert found.distortion(6.0).lower == pytest.approx(shannon * 4.0**-6, rel=1e-9)


def test_memory_is_worth_something_and_single_letter_bounds_do_not_apply() -> None:
    limit = function(SpectralBound(), correlation=0.9).distortion(RATES).lower
    assert np.all(limit < (0.1 / 1.1) * 4.0**-RATES)
    result = wzsim.run(SCENARIOS / "gauss_markov.toml", overrides=["evaluation.samples=200_000"])
    assert set(result.bounds) == {"spectral", "gaussian-blocks"}
    assert result.stages.gap_db is not None
    assert result.stages.gap_db[-1] > 1.5


def test_a_quantizer_of_single_letters_is_applied_to_each_sample() -> None:
    """Its figures are those of the memoryless pair, where quadrature gives them."""
    file = SCENARIOS / "gauss_markov_lloyd.toml"
    few = ["evaluation.samples=400_000"]
    sampled = wzsim.run(file, overrides=few)
    exact = wzsim.run(file, overrides=[*few, 'correlation.source={name="gaussian"}'])
    assert exact.evaluation["method"] == "quadrature"
    for name in ("sum_rate", "distortion"):
        far = abs(getattr(sampled.stages, name)[0] - getattr(exact.stages, name)[0])
        assert far < 5 * sampled.stages.errors[name][0] + 0.002 * getattr(exact.stages, name)[0]


def test_other_pairs_are_left_to_other_bounds() -> None:
    pair = compose(GaussMarkovSource(correlation=0.9), GaussianChannel(noise_variance=0.1), "y")
    assert not SpectralBound().applies_to(pair, SquaredError())
