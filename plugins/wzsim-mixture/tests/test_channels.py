"""Formulas and limits that the kits do not know."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wzsim_mixture import (
    BernoulliGaussianChannel,
    GaussianMixtureChannel,
    StateDependentChannel,
    StudentTChannel,
)

TAILS = st.floats(1e-15, 0.9)


@given(
    parts=st.lists(
        st.tuples(st.floats(0.05, 1.0), st.floats(-5.0, 5.0), st.floats(1e-4, 10.0)),
        min_size=1,
        max_size=5,
    ),
    tail=TAILS,
)
def test_the_interval_of_a_mixture_misses_its_tail(
    parts: list[tuple[float, float, float]], tail: float
) -> None:
    raw, centres, variances = (np.array(column) for column in zip(*parts, strict=True))
    weights = raw / raw.sum()
    means = centres - weights @ centres
    channel = GaussianMixtureChannel(
        weights=tuple(weights.tolist()),
        means=tuple(means.tolist()),
        variances=tuple(variances.tolist()),
    )
    low, high = channel.noise_interval(tail)
    below = float(weights @ stats.norm.cdf(low, means, np.sqrt(variances)))
    above = float(weights @ stats.norm.sf(high, means, np.sqrt(variances)))
    assert below + above <= tail
    assert below + above == pytest.approx(tail, rel=1e-5)


@given(nu=st.floats(0.5, 1e4), tail=TAILS)
def test_the_interval_of_student_misses_its_tail(nu: float, tail: float) -> None:
    low, high = StudentTChannel(degrees_of_freedom=nu, scale=2.0).noise_interval(tail)
    missed = float(stats.t.cdf(low / 2.0, nu) + stats.t.sf(high / 2.0, nu))
    assert missed <= tail * (1 + 1e-9)
    assert missed == pytest.approx(tail, rel=1e-4)


@given(nu=st.floats(0.5, 1e4), value=st.floats(-1e5, 1e5))
def test_the_density_of_student_is_that_of_scipy(nu: float, value: float) -> None:
    channel = StudentTChannel(degrees_of_freedom=nu, scale=2.0)
    found = float(channel.noise_log_prob(torch.tensor(value, dtype=torch.float64)))
    assert found == pytest.approx(float(stats.t.logpdf(value, nu, scale=2.0)), rel=1e-9, abs=1e-9)


def test_student_far_out_is_a_power_law() -> None:
    """Also beyond where the square of the noise overflows single precision."""
    channel = StudentTChannel(degrees_of_freedom=3.0, scale=0.5)
    near, far = channel.noise_log_prob(torch.tensor([1e25, 1e30])).tolist()
    assert near - far == pytest.approx(4.0 * math.log(1e5), rel=1e-5)


def test_the_heaviest_student_is_sampled_in_single_precision() -> None:
    channel = StudentTChannel(degrees_of_freedom=0.5, scale=2.0)
    drawn = channel.sample(torch.zeros(100_000, 1), torch.Generator().manual_seed(1))
    assert bool(torch.isfinite(drawn).all())
    assert stats.kstest(drawn.flatten().double().numpy(), stats.t(0.5, scale=2.0).cdf).pvalue > 1e-6


@pytest.mark.parametrize("nu", [0.5, 1.0, 1.999, 2.0])
def test_student_without_variance(nu: float) -> None:
    assert StudentTChannel(degrees_of_freedom=nu, scale=1.0).noise_variance == math.inf


def test_impulses_are_a_mixture() -> None:
    impulses = BernoulliGaussianChannel(
        background_variance=0.01, impulse_variance=0.99, impulse_probability=0.1
    )
    mixture = GaussianMixtureChannel(weights=(0.9, 0.1), means=(0.0, 0.0), variances=(0.01, 1.0))
    noise = torch.linspace(-5.0, 5.0, 101, dtype=torch.float64)
    assert torch.allclose(impulses.noise_log_prob(noise), mixture.noise_log_prob(noise))
    assert impulses.noise_variance == pytest.approx(mixture.noise_variance)
    assert impulses.noise_interval(1e-9) == pytest.approx(mixture.noise_interval(1e-9))


def test_log_density_of_a_mixture_far_out() -> None:
    """Only the widest component is left, and it does not underflow."""
    mixture = GaussianMixtureChannel(weights=(0.9, 0.1), means=(0.0, 0.0), variances=(0.01, 1.0))
    found = float(mixture.noise_log_prob(torch.tensor(100.0, dtype=torch.float64)))
    assert found == pytest.approx(math.log(0.1) - 5_000 - 0.5 * math.log(2 * math.pi))


def test_power_of_state_dependent_noise() -> None:
    """base_deviation^2 + slope^2 E g^2, within 4 standard errors."""
    channel = StateDependentChannel(base_deviation=0.2, slope=0.3)
    generator = torch.Generator().manual_seed(1)
    given_ = torch.empty(1_000_000, 1, dtype=torch.float64).normal_(generator=generator)
    squares = (channel.sample(given_, generator) - given_).square()
    error = float(squares.std()) / math.sqrt(len(squares))
    assert abs(float(squares.mean()) - (0.04 + 0.09)) < 4 * error


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weights": (0.5, 0.4)}, "weights must sum to 1, not 0.9"),
        ({"weights": (1.5, -0.5)}, "weights must be"),
        ({"means": (0.0, 0.3)}, "means must average to 0, and their weighted sum is 0.15"),
        ({"means": (0.0,)}, "one number for each component, not 2, 1 and 2"),
        ({"variances": (0.1, 0.0)}, "variances must be"),
        ({"weights": (), "means": (), "variances": ()}, "one number for each component"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, tuple[float, ...]], message: str) -> None:
    keys = {"weights": (0.5, 0.5), "means": (-0.3, 0.3), "variances": (0.1, 0.1)} | changes
    with pytest.raises(ValueError, match=message):
        GaussianMixtureChannel(**keys)


@pytest.mark.parametrize("nu", [0.0, -1.0, 0.4, math.nan, math.inf])
def test_degrees_of_freedom_out_of_range(nu: float) -> None:
    with pytest.raises(ValueError, match=r"degrees_of_freedom must be >= 0\.5"):
        StudentTChannel(degrees_of_freedom=nu, scale=1.0)
