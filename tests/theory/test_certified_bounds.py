"""Certified intervals against closed forms, and against what codes reach."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.laplace import LaplaceChannel, UniformChannel
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import Base, DensityPair, compose
from wzsim.errors import CapabilityError
from wzsim.theory.certified import CertifiedFunction
from wzsim.theory.continuous_bounds import Law, law_of, one_law_function
from wzsim.theory.exact import exact_figures
from wzsim.theory.finite_bounds import (
    conditional_function,
    log_loss_function,
    rate_distortion_function,
    wyner_ziv_function,
)
from wzsim.theory.hull import lower_hull
from wzsim.theory.pair_bounds import informed_function, uninformed_function
from wzsim.theory.partition import Partition

Array = NDArray[np.float64]

HAMMING = 1 - np.eye(2)
RATES = np.array([0.0, 0.05, 0.3, 0.7, 1.5, 3.0, 6.0])


def entropy(p: Array | float) -> Array:
    q = np.clip(p, 1e-300, 1 - 1e-16)
    return np.asarray(-q * np.log2(q) - (1 - q) * np.log2(1 - q))


def assert_holds(function: CertifiedFunction, distortion: Array, rate: Array, width: float) -> None:
    """R(D) in the interval at each distortion, and the interval narrow."""
    interval = function.rate(distortion)
    assert np.all(interval.lower <= rate + 1e-9)
    assert np.all(rate <= interval.upper + 1e-9)
    assert np.all(interval.upper - interval.lower <= width)


def binary_symmetric(p: float) -> Array:
    return np.array([[1 - p, p], [p, 1 - p]]) / 2


@pytest.mark.parametrize("p", [0.05, 0.25])
def test_doubly_symmetric_binary_source_with_its_time_sharing_line(p: float) -> None:
    d = np.linspace(0, p, 20_001)
    curve = entropy(p * (1 - d) + (1 - p) * d) - entropy(d)
    rates, distortions = lower_hull(np.append(curve, 0.0), np.append(d, p))
    at = np.linspace(0, p, 23)
    rate = np.interp(at, distortions[::-1], rates[::-1])
    assert np.all(np.abs(rate - np.interp(at, d, curve))[15:21] > 1e-4)  # the line is used
    assert_holds(wyner_ziv_function(binary_symmetric(p), HAMMING), at, rate, 2e-5)


@pytest.mark.parametrize("p", [0.1, 0.3])
def test_doubly_symmetric_binary_source_known_at_both_ends(p: float) -> None:
    at = np.linspace(0, p, 12)
    function = conditional_function(binary_symmetric(p), HAMMING)
    assert_holds(function, at, entropy(p) - entropy(at), 2e-5)


def test_erased_side_information() -> None:
    erased, p = 0.4, 0.3
    law = np.array([1 - p, p])[:, None]
    joint = law * np.array([[1 - erased, 0, erased], [0, 1 - erased, erased]])
    at = np.linspace(0, erased * p, 12)
    rate = erased * (entropy(p) - entropy(at / erased))
    for function in (wyner_ziv_function(joint, HAMMING), conditional_function(joint, HAMMING)):
        assert function.largest_distortion == pytest.approx(erased * p)
        assert_holds(function, at, rate, 2e-5)


@pytest.mark.parametrize("flipped", [False, True])
def test_z_channel_has_no_rate_loss(flipped: bool) -> None:
    joint = np.array([[0.6, 0.0], [0.4 * 0.3, 0.4 * 0.7]])
    if flipped:  # only x = 1 leaves Y uncertain
        joint = np.array([[0.6 * 0.7, 0.6 * 0.3], [0.0, 0.4]])
    column = 1 if flipped else 0
    weight = joint[:, column].sum()
    q = joint[1, column] / weight
    at = np.linspace(0, weight * min(q, 1 - q), 12)
    rate = weight * (entropy(q) - entropy(at / weight))
    for function in (wyner_ziv_function(joint, HAMMING), conditional_function(joint, HAMMING)):
        assert_holds(function, at, rate, 2e-5)


def test_without_side_information_a_bernoulli_source() -> None:
    joint = binary_symmetric(0.1) * np.array([[0.6], [1.4]])
    at = np.linspace(0, 0.3, 12)
    function = rate_distortion_function(joint / joint.sum(), HAMMING)
    assert_holds(function, at, entropy(0.3) - entropy(at), 2e-5)


def test_log_loss_trades_a_bit_for_a_bit() -> None:
    function = log_loss_function(binary_symmetric(0.11))
    at = np.array([0.0, 0.2, float(entropy(0.11)), 0.9])
    assert_holds(function, at, np.maximum(0.0, entropy(0.11) - at), 1e-12)
    alone = log_loss_function(binary_symmetric(0.11), informed=False)
    assert alone.largest_distortion == pytest.approx(1.0)


def test_ordering_of_a_random_pair_of_larger_alphabets() -> None:
    rng = np.random.default_rng(5)
    joint, table = rng.dirichlet(np.ones(6)).reshape(2, 3), rng.random((2, 3))
    decoder, both, nobody = (
        function(joint, table)
        for function in (wyner_ziv_function, conditional_function, rate_distortion_function)
    )
    at = np.linspace(table.min(axis=1).max(), decoder.largest_distortion, 9)
    widths = [f.rate(at).upper - f.rate(at).lower for f in (decoder, both, nobody)]
    assert max(float(width.max()) for width in widths) < 2e-5
    assert np.all(both.rate(at).lower <= decoder.rate(at).upper)
    assert np.all(decoder.rate(at).lower <= nobody.rate(at).upper)


def test_side_information_that_says_all_costs_nothing() -> None:
    function = wyner_ziv_function(np.diag([0.3, 0.7]), HAMMING)
    assert function.largest_distortion == 0.0
    assert function.rate(0.0).upper == 0.0


def gaussian_law(variance: float) -> Law:
    channel = GaussianChannel(noise_variance=variance)
    return law_of(channel.noise_density, channel.noise_interval, ())


def laplace_law(scale: float) -> tuple[Law, LaplaceChannel]:
    channel = LaplaceChannel(scale=scale)
    law = law_of(channel.noise_density, channel.noise_interval, channel.noise_breakpoints())
    return law, channel


@pytest.fixture(scope="module")
def laplace() -> CertifiedFunction:
    law, channel = laplace_law(math.sqrt(0.05))
    return one_law_function(law, channel.noise_variance)


def test_a_gaussian_law_by_the_numeric_path() -> None:
    function = one_law_function(gaussian_law(0.1), 0.1)
    interval, closed = function.distortion(RATES), 0.1 * 4.0**-RATES
    assert np.all(interval.lower <= closed)
    assert np.all(closed <= interval.upper)
    assert np.allclose(interval.lower, interval.upper, rtol=1e-6)


def test_gaussian_x_seen_in_gaussian_noise_by_the_numeric_path() -> None:
    pair = compose(GaussianSource(variance=2.0), GaussianChannel(noise_variance=0.5), "x")
    assert isinstance(pair, DensityPair)
    interval, closed = informed_function(pair).distortion(RATES), 0.4 * 4.0**-RATES
    assert np.all(interval.lower <= closed)
    assert np.all(closed <= interval.upper)
    assert np.allclose(interval.lower, interval.upper, rtol=1e-5)


def test_gaussian_x_without_side_information_by_the_numeric_path() -> None:
    pair = compose(GaussianSource(variance=1.0), GaussianChannel(noise_variance=0.25), "y")
    assert isinstance(pair, DensityPair)
    interval, closed = uninformed_function(pair).distortion(RATES), 1.25 * 4.0**-RATES
    assert np.all(interval.lower <= closed * (1 + 1e-9))
    assert np.all(closed * (1 - 1e-9) <= interval.upper)
    assert np.allclose(interval.lower, interval.upper, rtol=1e-5)


def test_width_for_laplacian_noise(laplace: CertifiedFunction) -> None:
    lower = laplace.distortion(RATES).lower
    width = laplace.rate(lower).upper - RATES
    assert np.all(width >= 0)
    assert width.max() < 0.06
    assert width[RATES >= 1.5].max() < 0.015


def test_shannons_bound_of_laplacian_noise_is_its_closed_form(laplace: CertifiedFunction) -> None:
    # h = log(2 e b), so exp(2 h) / (2 pi e) = 2 e b^2 / pi
    assert laplace.shannon == pytest.approx(2 * math.e * 0.05 / math.pi, rel=1e-6)
    assert laplace.shannon is not None
    assert laplace.shannon < 2 * math.e * 0.05 / math.pi


def test_the_dual_rises_above_shannons_bound(laplace: CertifiedFunction) -> None:
    assert laplace.shannon is not None
    lower = laplace.lines.distortion(np.array([0.1, 0.3, 0.7]))
    shannon = laplace.shannon * 4.0 ** -np.array([0.1, 0.3, 0.7])
    assert np.all(lower > shannon * np.array([1.05, 1.02, 1.003]))


def test_a_coarse_grid_is_weaker_and_never_wrong(
    laplace: CertifiedFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wzsim.theory.continuous_bounds.SPACING", 0.9)
    monkeypatch.setattr("wzsim.theory.continuous_bounds.SLOPES", 6)
    monkeypatch.setattr("wzsim.theory.continuous_bounds.CHANNELS", 5)
    law, channel = laplace_law(math.sqrt(0.05))
    coarse = one_law_function(law, channel.noise_variance)
    for rate in (0.1, 0.5, 1.5):
        assert coarse.distortion(rate).lower <= laplace.distortion(rate).upper
        assert laplace.distortion(rate).lower <= coarse.distortion(rate).upper
        assert coarse.distortion(rate).lower <= laplace.distortion(rate).lower * (1 + 1e-9)


@pytest.mark.parametrize("step", [0.3, 0.8, 1.6])
def test_no_uniform_quantizer_crosses_the_bound(laplace: CertifiedFunction, step: float) -> None:
    channel = LaplaceChannel(scale=math.sqrt(0.05))
    pair = compose(GaussianSource(), channel, "y")
    assert isinstance(pair, DensityPair)
    thresholds = np.arange(-9, 9, step) + 0.1
    labels = np.arange(len(thresholds) + 1) % 4
    figures = exact_figures(pair, Partition(thresholds, labels, (4,)))
    rate, distortion = float(figures.conditional_rate[0]), float(figures.distortion[0])
    assert distortion > laplace.distortion(rate).lower
    assert rate > laplace.rate(distortion).lower


def test_a_law_with_bounded_support() -> None:
    channel = UniformChannel(half_width=1.0)
    law = law_of(channel.noise_density, channel.noise_interval, channel.noise_breakpoints())
    function = one_law_function(law, channel.noise_variance)
    interval = function.distortion(RATES)
    assert np.all(interval.lower <= interval.upper)
    # The uniform law's scalar quantizer of 2^R levels achieves 4^-R / 3: far above the lower end.
    assert np.all(interval.lower <= 4.0**-RATES / 3)
    assert function.shannon == pytest.approx(4 / (2 * math.pi * math.e), rel=1e-9)


def test_rate_and_distortion_agree_and_fall(laplace: CertifiedFunction) -> None:
    rate = np.linspace(0, 5, 101)
    interval = laplace.distortion(rate)
    assert np.all(np.diff(interval.lower) < 0)
    assert np.all(np.diff(interval.upper) < 0)
    back = laplace.rate(interval.upper)
    assert np.allclose(back.upper, rate, atol=1e-9)
    assert np.all(back.lower <= rate + 1e-12)


def test_a_wrong_density_or_variance_is_certified_by_nothing() -> None:
    channel = LaplaceChannel(scale=0.3)

    def law(factor: float) -> Law:
        return law_of(
            lambda x: factor * channel.noise_density(x),
            channel.noise_interval,
            channel.noise_breakpoints(),
        )

    with pytest.raises(CapabilityError, match=r"integrates to 0.5 and not to 1"):
        one_law_function(law(0.5), channel.noise_variance)
    for wrong in (2.0, 0.99999, 1.0001):
        with pytest.raises(CapabilityError, match=r"that of the density is 0.18"):
            one_law_function(law(1.0), wrong * channel.noise_variance)


@attrs.frozen(kw_only=True)
class WrongLaplace(LaplaceChannel):
    """A density, or an interval, that is not quite that of the sampler."""

    name = "wrong-laplace"
    factor: float = 1.0
    narrower: float = 1.0
    variance_factor: float = 1.0

    @property
    def noise_variance(self) -> float:
        return self.variance_factor * super().noise_variance

    def noise_log_prob(self, noise: Any) -> Any:
        return math.log(self.factor) + super().noise_log_prob(noise)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        low, high = super().noise_interval(tail)
        return self.narrower * low, self.narrower * high


@pytest.mark.parametrize("base", ["x", "y"])
@pytest.mark.parametrize(
    "wrong",
    [{"factor": 0.9999}, {"narrower": 0.5}, {"variance_factor": 1.0001}],
    ids=str,
)
def test_pairs_with_a_wrong_part_are_refused(base: Base, wrong: dict[str, float]) -> None:
    source = GaussianSource(variance=1.0)
    pair = compose(source, WrongLaplace(scale=0.3, **wrong), base)
    with pytest.raises(CapabilityError, match=r"integrates to|a variance is declared"):
        informed_function(pair)
