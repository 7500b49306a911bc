"""The Gaussian source, channel and bounds against their closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from wzsim.builtin.bounds.conditional import ConditionalBound
from wzsim.builtin.bounds.rate_distortion import RateDistortionBound
from wzsim.builtin.bounds.wyner_ziv import WynerZivBound
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import Base, ComposedDensityPair, ComposedPair, compose

SQUARED = SquaredError()
variances = st.floats(1e-3, 1e3)


def gaussian_pair(base: Base, source_variance: float, noise_variance: float) -> ComposedPair:
    return compose(
        GaussianSource(variance=source_variance),
        GaussianChannel(noise_variance=noise_variance),
        base,
    )


@pytest.mark.parametrize("base", ["x", "y"])
def test_samples_have_the_covariance_of_the_pair(base: Base) -> None:
    """200,000 samples; each moment within five standard errors (false alarm below 1e-5)."""
    x, y = gaussian_pair(base, 2.0, 0.5).sample(200_000, torch.Generator().manual_seed(1))
    assert x.shape == y.shape == (200_000, 1)
    wide, narrow = (x, y) if base == "y" else (y, x)
    tolerance = 5 * math.sqrt(2 / 200_000)
    assert abs(float(narrow.var()) / 2.0 - 1) < tolerance
    assert abs(float(wide.var()) / 2.5 - 1) < tolerance
    assert abs(float((wide - narrow).var()) / 0.5 - 1) < tolerance
    assert abs(float(((wide - narrow) * narrow).mean())) < 5 * math.sqrt(1.0 / 200_000)


def test_joint_density_factors() -> None:
    pair = gaussian_pair("y", 1.0, 0.1)
    assert isinstance(pair, ComposedDensityPair)
    x, y = torch.tensor(0.7, dtype=torch.float64), torch.tensor(0.4, dtype=torch.float64)
    covariance = torch.tensor([[1.1, 1.0], [1.0, 1.0]], dtype=torch.float64)
    joint = torch.distributions.MultivariateNormal(torch.zeros(2).double(), covariance)
    torch.testing.assert_close(pair.log_prob(x, y), joint.log_prob(torch.stack([x, y])))


def test_intervals_hold_the_mass_of_the_output() -> None:
    pair = gaussian_pair("y", 1.0, 0.1)
    assert isinstance(pair, ComposedDensityPair)
    x, y = pair.sample(400_000, torch.Generator().manual_seed(3))
    for values, (low, high) in ((x, pair.x_interval(1e-2)), (y, pair.y_interval(1e-2))):
        missed = float(((values < low) | (values > high)).double().mean())
        assert missed <= 1e-2 + 5 * math.sqrt(1e-2 / 400_000)


@given(source=variances, noise=variances, rate=st.floats(0, 8))
def test_bounds_are_the_textbook_forms(source: float, noise: float, rate: float) -> None:
    both = {base: gaussian_pair(base, source, noise) for base in ("x", "y")}  # type: ignore[arg-type]  # literals
    expected = {"y": noise, "x": source * noise / (source + noise)}
    unconditional = {"y": source + noise, "x": source}
    for base, pair in both.items():
        for bound, variance in (
            (WynerZivBound(), expected[base]),
            (ConditionalBound(), expected[base]),
            (RateDistortionBound(), unconditional[base]),
        ):
            assert bound.applies_to(pair, SQUARED)
            curve = bound.on(pair, SQUARED)
            interval = curve.distortion(rate)
            assert float(interval.lower) == pytest.approx(variance * 2 ** (-2 * rate), rel=1e-12)
            assert interval.lower is interval.upper
            assert float(curve.rate(interval.lower).lower) == pytest.approx(rate, abs=1e-9)
            assert curve.largest_distortion == pytest.approx(variance)


def test_rate_is_zero_above_the_largest_distortion_and_infinite_at_zero() -> None:
    curve = WynerZivBound().on(gaussian_pair("y", 1.0, 0.1), SQUARED)
    assert curve.rate(np.array([0.1, 5.0])).lower.tolist() == [0.0, 0.0]
    assert curve.rate(0.0).lower == np.inf


def test_bayes_estimate_is_the_weighted_mean() -> None:
    values, weights = torch.tensor([[1.0, 2.0, 4.0]]), torch.tensor([[1.0, 1.0, 2.0]])
    assert SQUARED.bayes(values, weights).tolist() == [2.75]
