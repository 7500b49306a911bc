"""Exact figures against published tables, closed forms, independent quadrature and sampling."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import ndtr

from tests.laplace import LaplaceChannel, UniformChannel, UniformSource
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    AdditiveChannel,
    Base,
    ComposedDensityPair,
    DensityChannel,
    DensityPair,
    compose,
)
from wzsim.theory import cells
from wzsim.theory.cells import cell_moments, message_moments
from wzsim.theory.design import nested_uniform
from wzsim.theory.exact import TAIL, exact_figures, require_unit_mass, y_rule
from wzsim.theory.panels import panel_edges
from wzsim.theory.partition import Partition

DB_PER_BIT = 20 * math.log10(2)


def gaussian(noise_variance: float, base: Base = "y", source: float = 1.0) -> DensityPair:
    pair = compose(
        GaussianSource(variance=source), GaussianChannel(noise_variance=noise_variance), base
    )
    assert isinstance(pair, ComposedDensityPair)
    return pair


def laplacian(scale: float = 0.3, base: Base = "y") -> DensityPair:
    pair = compose(GaussianSource(), LaplaceChannel(scale=scale), base)
    assert isinstance(pair, ComposedDensityPair)
    return pair


def nested(pair: DensityPair, *arguments: Any, **keywords: Any) -> Partition:
    """A nested uniform quantizer over nearly all of X."""
    return nested_uniform(pair.x_interval(TAIL), *arguments, **keywords)


def step_for_rate(pair: DensityPair, messages: int, rate: float, scale: float) -> float:
    """The larger step of the nested quantizer with that H(m | Y)."""
    from scipy.optimize import brentq

    def excess(step: float) -> float:
        partition = nested(pair, step, 0.0, (messages,))
        return float(exact_figures(pair, partition).conditional_rate[0]) - rate

    return float(brentq(excess, 2.2 * scale / messages**0.5, 8 * scale, xtol=1e-10))


LEAST = [(2, 3.720, -2.061, 0.674), (4, 1.746, -6.127, 1.400), (8, 0.936, -11.012, 2.192)]
"""M, step in deviations, least MSE [dB re noise variance], H(m | Y) [bit]: published table."""


@pytest.mark.parametrize("noise_variance", [0.1, 0.01])
@pytest.mark.parametrize(("messages", "step", "distortion_db", "rate"), LEAST)
def test_nested_quantizers_of_least_distortion(
    noise_variance: float, messages: int, step: float, distortion_db: float, rate: float
) -> None:
    pair = gaussian(noise_variance)
    partition = nested_uniform(
        pair.x_interval(TAIL), step * math.sqrt(noise_variance), 0.0, (messages,)
    )
    figures = exact_figures(pair, partition)
    assert figures.error < 1e-6
    found = 10 * math.log10(figures.distortion[0] / noise_variance)
    assert found == pytest.approx(distortion_db, abs=0.001)
    assert figures.conditional_rate[0] == pytest.approx(rate, abs=0.001)


@pytest.mark.parametrize("noise_variance", [0.1, 0.01])
@pytest.mark.parametrize(
    ("messages", "rate", "gap"),
    [
        (2, 0.450, 1.120),
        (4, 0.945, 1.478),
        (8, 1.460, 1.526),
        (8, 0.945, 1.476),
        (16, 1.980, 1.532),
    ],
)
def test_gaps_of_nested_quantizers_at_given_rates(
    noise_variance: float, messages: int, rate: float, gap: float
) -> None:
    pair, scale = gaussian(noise_variance), math.sqrt(noise_variance)
    step = step_for_rate(pair, messages, rate, scale)
    figures = exact_figures(pair, nested(pair, step, 0.0, (messages,)))
    found = 10 * math.log10(figures.distortion[0] / noise_variance) + DB_PER_BIT * rate
    assert found == pytest.approx(gap, abs=0.01)


@pytest.mark.parametrize(
    ("noise_variance", "first"), [(0.1, (0.3978, 1.003)), (0.01, (0.3923, 0.992))]
)
def test_bit_planes_most_significant_first(
    noise_variance: float, first: tuple[float, float]
) -> None:
    pair = gaussian(noise_variance)
    step = 1.66 * math.sqrt(noise_variance)
    figures = exact_figures(pair, nested(pair, step, 0.0, (2, 2, 2)))
    totals = np.cumsum(figures.conditional_rate)
    gaps = 10 * np.log10(figures.distortion / noise_variance) + DB_PER_BIT * totals
    for (rate, gap), total, found in zip(
        [first, (0.7828, 1.419), (1.4650, 1.527)], totals, gaps, strict=True
    ):
        assert total == pytest.approx(rate, abs=1e-4)
        assert found == pytest.approx(gap, abs=1e-3)


def test_least_significant_first_is_ruinous_at_the_first_stage() -> None:
    pair = gaussian(0.1)
    step = 1.66 * math.sqrt(0.1)
    partition = nested_uniform(
        pair.x_interval(TAIL), step, 0.0, (2, 2, 2), least_significant_first=True
    )
    figures = exact_figures(pair, partition)
    gap = 10 * math.log10(figures.distortion[0] / 0.1) + DB_PER_BIT * figures.conditional_rate[0]
    assert gap == pytest.approx(5.6, abs=0.05)
    most = exact_figures(pair, nested(pair, step, 0.0, (2, 2, 2)))
    assert figures.distortion[-1] == pytest.approx(most.distortion[-1], rel=1e-9)
    assert figures.conditional_rate.sum() == pytest.approx(most.conditional_rate.sum(), abs=1e-9)


def test_one_threshold_has_a_closed_form() -> None:
    """X ~ N(0, 1.1), no bin but the sign: the marginal figures of the sign quantizer."""
    pair = gaussian(0.1)
    figures = exact_figures(pair, Partition(np.array([0.0]), np.array([0, 1]), (2,)))
    assert figures.marginal_rate[0] == pytest.approx(1.0, abs=1e-10)

    def entropy(y: float) -> float:
        p = ndtr(y / math.sqrt(0.1))
        terms = [-q * math.log2(q) for q in (p, 1 - p) if 0 < q < 1]
        return sum(terms) * math.exp(-0.5 * y * y) / math.sqrt(2 * math.pi)

    expected, _ = quad(entropy, -3, 3, epsabs=1e-12, limit=400)
    assert figures.conditional_rate[0] == pytest.approx(expected, abs=1e-8)


@st.composite
def partitions(draw: st.DrawFn) -> Partition:
    """Random labelled partitions with 1 to 12 thresholds and one to three stages."""
    sizes = draw(st.sampled_from([(2,), (4,), (2, 2), (2, 3), (2, 2, 2)]))
    count = draw(st.integers(1, 12))
    gaps = draw(st.lists(st.floats(0.02, 1.0), min_size=count, max_size=count))
    thresholds: NDArray[np.float64] = np.cumsum(gaps) - sum(gaps) * draw(st.floats(0.2, 0.8))
    labels = draw(
        st.lists(st.integers(0, math.prod(sizes) - 1), min_size=count + 1, max_size=count + 1)
    )
    return Partition(thresholds, np.array(labels, dtype=np.int64), sizes)


PAIRS = {
    "gaussian-y": gaussian(0.1),
    "gaussian-x": gaussian(0.3, "x", 2.0),
    "laplace-y": laplacian(),
    "laplace-x": laplacian(0.2, "x"),
}


@pytest.mark.parametrize("name", PAIRS)
@given(partition=partitions())
@settings(max_examples=15)
def test_laws_of_information_hold_for_random_partitions(name: str, partition: Partition) -> None:
    pair = PAIRS[name]
    figures = exact_figures(pair, partition)
    assert figures.error < 1e-5
    slack = 1e-6
    assert (figures.conditional_rate >= -slack).all()
    assert (figures.marginal_rate >= figures.conditional_rate - slack).all()
    sizes = np.array(partition.alphabet_sizes)
    assert (figures.marginal_rate <= np.log2(sizes) + slack).all()
    assert (np.diff(figures.distortion) <= slack).all()
    whole = exact_figures(
        pair, Partition(partition.thresholds, partition.labels, (partition.messages,))
    )
    assert figures.conditional_rate.sum() == pytest.approx(whole.conditional_rate[0], abs=1e-6)
    assert figures.marginal_rate.sum() == pytest.approx(whole.marginal_rate[0], abs=1e-6)
    assert figures.distortion[-1] == pytest.approx(whole.distortion[0], rel=1e-6)


def test_stage_rates_sum_to_the_joint_rate_to_1e_9() -> None:
    """On one rule: the chain rule holds to rounding."""
    pair = gaussian(0.1)
    layered = nested(pair, 0.5, 0.1, (2, 2, 2))
    one = exact_figures(pair, layered)
    whole = exact_figures(pair, Partition(layered.thresholds, layered.labels, (8,)))
    assert one.conditional_rate.sum() == pytest.approx(whole.conditional_rate[0], abs=1e-9)
    assert one.marginal_rate.sum() == pytest.approx(whole.marginal_rate[0], abs=1e-9)


@pytest.mark.parametrize("name", ["gaussian-y", "gaussian-x"])
@given(partition=partitions())
@settings(max_examples=15)
def test_random_codes_respect_the_wyner_ziv_bound(name: str, partition: Partition) -> None:
    variance = {"gaussian-y": 0.1, "gaussian-x": 2.0 * 0.3 / 2.3}[name]
    figures = exact_figures(PAIRS[name], partition)
    bound = variance * 2 ** (-2 * np.cumsum(figures.conditional_rate))
    assert (figures.distortion >= bound * (1 - 1e-6)).all()


@pytest.mark.parametrize("base", ["x", "y"])
def test_quadrature_in_x_agrees_with_the_closed_form(
    base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = gaussian(0.2, base)
    thresholds = np.array([-1.0, -0.25, 0.4, 0.41])
    y = np.linspace(-5, 5, 23)
    closed = cell_moments(pair, thresholds, y)
    monkeypatch.setattr(cells, "gaussian_conditional", lambda _pair: None)
    tabulated = cell_moments(pair, thresholds, y)
    integrated = cells._quadrature_moments(pair, thresholds, y, panel_edges(pair, y), 12)
    for one, two, three in zip(closed, tabulated, integrated, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-11)
        np.testing.assert_allclose(one, three, atol=1e-11)


def test_moments_of_laplacian_cells_are_those_of_adaptive_quadrature() -> None:
    pair = laplacian(0.3)
    thresholds, y = np.array([-0.5, 0.1, 0.7]), np.array([-0.4, 0.1, 2.0])
    moments = cell_moments(pair, thresholds, y)
    edges = [-12.0, *thresholds, 12.0]
    for row, at in enumerate(y):
        weight = math.exp(-0.5 * at**2) / math.sqrt(2 * math.pi)
        for cell in range(4):
            low, high = edges[cell], edges[cell + 1]
            for power, moment in enumerate(moments):
                expected, _ = quad(
                    lambda x, at=at, power=power: x**power * math.exp(-abs(x - at) / 0.3) / 0.6,
                    low, high, points=[at] if low < at < high else None, limit=200,
                )  # fmt: skip
                assert moment[row, cell] == pytest.approx(weight * expected, abs=1e-10)


def test_noise_with_jumps_is_tabulated_without_error() -> None:
    """Uniform noise: cell masses are lengths."""
    pair = compose(GaussianSource(), UniformChannel(half_width=0.4), "y")
    assert isinstance(pair, ComposedDensityPair)
    y = np.array([0.0, 0.25])
    moments = cell_moments(pair, np.array([-0.1, 0.3]), y)
    weight = np.exp(-0.5 * y**2) / math.sqrt(2 * math.pi)
    expected = np.array([[0.3, 0.4, 0.1], [0.05, 0.4, 0.35]]) / 0.8 * weight[:, None]
    np.testing.assert_allclose(moments.mass, expected, atol=1e-9)


def test_a_bounded_source_leaves_no_mass_outside() -> None:
    pair = compose(UniformSource(), GaussianChannel(noise_variance=0.05), "x")
    assert isinstance(pair, ComposedDensityPair)
    partition = Partition(np.array([-0.5, 0.0, 0.5]), np.array([0, 1, 0, 1]), (2,))
    y, weights = y_rule(pair, partition.thresholds, 9)
    moments = message_moments(pair, partition, y)
    assert float(weights @ moments.mass.sum(axis=1)) == pytest.approx(1.0, abs=1e-8)
    assert float(weights @ moments.second.sum(axis=1)) == pytest.approx(1 / 3, abs=1e-8)
    assert exact_figures(pair, partition).marginal_rate[0] == pytest.approx(1.0, abs=1e-8)


def test_y_equals_x_plus_n_is_the_same_law_with_its_own_variance() -> None:
    """Both bases with one conditional variance and one marginal of X are one pair (a Y, X)."""
    one = gaussian(0.3, "x", 2.0)
    slope = 2.0 / 2.3
    conditional = 2.0 * 0.3 / 2.3
    other = gaussian(conditional, "y", slope**2 * 2.3)
    partition = nested(one, 0.8, 0.0, (4,))
    first, second = exact_figures(one, partition), exact_figures(other, partition)
    np.testing.assert_allclose(first.conditional_rate, second.conditional_rate, atol=1e-8)
    np.testing.assert_allclose(first.distortion, second.distortion, rtol=1e-7)


@attrs.frozen(kw_only=True)
class OwnDensity(DensityChannel):
    """Gaussian noise with no more to show for itself than a density."""

    name = "own-density"
    noise_variance: float

    def sample(self, given: Any, generator: Any) -> Any:
        raise NotImplementedError

    def log_prob(self, output: Any, given: Any) -> Any:
        return GaussianChannel(noise_variance=self.noise_variance).log_prob(output, given)

    def interval(self, given: float, tail: float) -> tuple[float, float]:
        return GaussianChannel(noise_variance=self.noise_variance).interval(given, tail)


@pytest.mark.parametrize("base", ["x", "y"])
@pytest.mark.parametrize("noise_variance", [1.0, 0.1, 1e-4])
def test_a_narrow_density_has_the_figures_of_the_closed_form(
    base: Base, noise_variance: float
) -> None:
    """p(y | x) as a function of x is narrow somewhere in a wide law of X, unannounced."""
    source = GaussianSource(variance=1.0)
    partition = nested_uniform((-8.0, 8.0), 0.3, 0.0, (2, 2))
    own, closed = (
        exact_figures(compose(source, channel(noise_variance=noise_variance), base), partition)
        for channel in (OwnDensity, GaussianChannel)
    )
    for name in ("marginal_rate", "conditional_rate", "distortion"):
        assert getattr(own, name) == pytest.approx(getattr(closed, name), rel=2e-6, abs=1e-8)


@pytest.mark.parametrize("base", ["x", "y"])
def test_a_narrow_core_in_wide_noise_integrates_to_one(base: Base) -> None:
    source = GaussianSource(variance=1.0)
    require_unit_mass(compose(source, ScaleMixture(), base))


@attrs.frozen(kw_only=True)
class ScaleMixture(AdditiveChannel):
    """Most noise has the deviation 0.01, some has 1."""

    name = "scale-mixture"

    @property
    def noise_variance(self) -> float:
        return 0.95 * 1e-4 + 0.05

    def noise_like(self, given: Any, generator: Any) -> Any:
        raise NotImplementedError

    def noise_log_prob(self, noise: Any) -> Any:
        narrow = GaussianChannel(noise_variance=1e-4).noise_log_prob(noise) + math.log(0.95)
        wide = GaussianChannel(noise_variance=1.0).noise_log_prob(noise) + math.log(0.05)
        return torch.logaddexp(narrow, wide)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        def beyond(end: float) -> float:
            return 2 * float(0.95 * ndtr(-100 * end) + 0.05 * ndtr(-end)) - tail

        end = brentq(beyond, 0.0, 40.0, xtol=1e-14)
        return -end, end
