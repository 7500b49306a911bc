"""Monte Carlo evaluation against closed forms: the sign quantizer with no side information."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.scenarios import paper_scenario
from wzsim.builtin.bounds.functions import GaussianCurve
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.contracts import (
    Code,
    Decoder,
    Encoder,
    EvaluationAdvanced,
    Event,
    Message,
    MessageShape,
    RateEstimator,
)
from wzsim.simulation import monte_carlo
from wzsim.simulation.figures import DB_SLOPE, stage_figures
from wzsim.simulation.monte_carlo import Moments, evaluate_by_monte_carlo
from wzsim.simulation.result import StageFigures
from wzsim.simulation.tabulated import QuickCode
from wzsim.units import DB_PER_BIT

NOISE = 0.1
DEVIATION = math.sqrt(1 + NOISE)


class SignEncoder(Encoder):
    """m_1 = [x > 0], m_2 = [|x| > DEVIATION]."""

    shape = MessageShape((2, 2))

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return Message(((x > 0).long(), (x.abs() > DEVIATION).long()))

    def state(self) -> dict[str, NDArray[np.generic]]:
        return {}


class SkewedRate(RateEstimator):
    """q(0) = 1/2 at the first stage, 3/4 at the second."""

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        first, second = message.stages
        return (
            torch.full(first.shape, math.log(2.0)),
            torch.where(second == 0, -math.log(0.75), -math.log(0.25)),
        )

    def state(self) -> dict[str, NDArray[np.generic]]:
        return {}


class SignDecoder(Decoder):
    """x_hat_1 = E[X | sign], x_hat_2 = 0."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        centre = DEVIATION * math.sqrt(2 / math.pi)
        return (2.0 * message.stages[0] - 1) * centre, torch.zeros_like(y)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return {}


PAIR = paper_scenario().correlation.as_pair()

CODE = Code(SignEncoder(), SkewedRate(), SignDecoder())
OUTSIDE = math.erfc(1 / math.sqrt(2))
"""P(|X| > one deviation)."""
EXACT = np.array(
    [
        1.0,
        -(1 - OUTSIDE) * math.log2(0.75) - OUTSIDE * math.log2(0.25),
        (1 + NOISE) * (1 - 2 / math.pi),
        1 + NOISE,
    ]
)


def measure(samples: int, seed: int = 1) -> Moments:
    generator = torch.Generator().manual_seed(seed)
    return evaluate_by_monte_carlo(
        CODE, PAIR, SquaredError(), samples, generator, "test", lambda _event: None
    )


def test_means_and_errors_match_the_closed_forms() -> None:
    moments = measure(400_000)
    errors = moments.standard_error(np.eye(4))
    assert moments.blocks == 400_000
    assert moments.mean[0] == pytest.approx(1.0, abs=1e-7)
    assert errors[0] < 1e-9
    deviations = np.abs(moments.mean - EXACT)[1:] / errors[1:]
    assert deviations.max() < 4.5  # false alarm below 3e-5
    length_error = (math.log2(0.75) - math.log2(0.25)) * math.sqrt(OUTSIDE * (1 - OUTSIDE))
    assert errors[1] == pytest.approx(length_error / math.sqrt(400_000), rel=0.02)
    assert errors[3] == pytest.approx((1 + NOISE) * math.sqrt(2 / 400_000), rel=0.02)


def test_standard_error_is_the_spread_of_repeated_runs() -> None:
    """Also of a combination: code length and squared error of stage 2 are correlated."""
    gradient = np.array([[0.0, 1.0, 0.0, 2.0]])
    runs = [measure(4_000, seed) for seed in range(200)]
    spread = np.std([gradient @ run.mean for run in runs], ddof=1)
    stated = float(runs[0].standard_error(gradient)[0])
    assert spread == pytest.approx(stated, rel=0.2)  # 200 runs: 5% standard error of the spread
    uncorrelated = np.sqrt(np.sum((gradient[0] * runs[0].standard_error(np.eye(4))) ** 2))
    assert stated > 1.1 * uncorrelated


def test_covariance_is_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The streamed sums over many chunks equal the direct formula over all samples."""
    monkeypatch.setattr(monte_carlo, "CHUNK", 997)
    generator = torch.Generator().manual_seed(5)
    own = QuickCode(CODE.encoder.encode, CODE.rate_estimator.code_lengths, CODE.decoder.reconstruct)
    rows = [
        monte_carlo._block_figures(CODE, own, PAIR, SquaredError(), batch, generator)
        for batch in [997] * 10 + [30]
    ]
    direct = np.concatenate(rows, axis=1)
    streamed = measure(10_000, seed=5)
    np.testing.assert_allclose(streamed.mean, direct.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(streamed.covariance, np.cov(direct), rtol=1e-9, atol=1e-12)


def test_progress_reaches_the_total() -> None:
    heard: list[Event] = []
    evaluate_by_monte_carlo(
        CODE, PAIR, SquaredError(), 30_000, torch.Generator(), "test", heard.append
    )
    assert heard[-1] == EvaluationAdvanced("test", 30_000, 30_000)


def figures_of(moments: Moments, binding: list[GaussianCurve], *, is_power: bool) -> StageFigures:
    stages = moments.stages
    return stage_figures(
        moments.mean[:stages], moments.mean[stages:], binding, is_power=is_power, moments=moments
    )


def moments_of(mean: list[float], covariance: NDArray[np.float64]) -> Moments:
    return Moments(np.array(mean), covariance, 100)


def test_gap_and_its_error_follow_the_definitions() -> None:
    """gap_db: the mean of (10 / ln 10) e / D + 6.0206 r; gap_bits: R - R_WZ(D)."""
    covariance = np.array([[0.3, 0.05], [0.05, 0.2]])
    figures = figures_of(moments_of([0.8, 0.05], covariance), [GaussianCurve(0.1)], is_power=True)
    assert figures.gap_db is not None
    assert figures.gap_bits is not None
    assert figures.gap_db[0] == pytest.approx(10 * math.log10(0.05 / (0.1 * 2**-1.6)))
    assert figures.gap_bits[0] == pytest.approx(0.8 - 0.5 * math.log2(0.1 / 0.05))
    weights = np.array([DB_PER_BIT, DB_SLOPE / 0.05])
    stated = math.sqrt(weights @ covariance @ weights / 100)
    assert figures.errors["gap_db"][0] == pytest.approx(stated, rel=1e-4)
    assert figures.errors["gap_bits"][0] == pytest.approx(stated / DB_PER_BIT, rel=1e-4)


def test_rates_add_up_and_errors_of_sums_use_the_covariance() -> None:
    covariance = np.diag([0.1, 0.2, 1e-3, 1e-3])
    covariance[0, 1] = covariance[1, 0] = -0.1
    figures = figures_of(
        moments_of([0.5, 0.25, 0.06, 0.03], covariance), [GaussianCurve(0.1)], is_power=True
    )
    assert figures.sum_rate.tolist() == [0.5, 0.75]
    assert figures.errors["sum_rate"][1] == pytest.approx(math.sqrt((0.1 + 0.2 - 0.2) / 100))


def test_the_highest_binding_bound_sets_the_gap() -> None:
    loose, tight = GaussianCurve(0.05), GaussianCurve(0.1)
    for order in ([loose, tight], [tight, loose]):
        figures = figures_of(moments_of([1.0, 0.05], np.eye(2)), order, is_power=True)
        assert figures.gap_db is not None
        assert figures.gap_db[0] == pytest.approx(10 * math.log10(2.0))


@pytest.mark.parametrize(("binding", "is_power"), [([], True), ([GaussianCurve(0.1)], False)])
def test_absent_figures_are_none(binding: list[GaussianCurve], is_power: bool) -> None:
    figures = figures_of(moments_of([1.0, 0.05], np.eye(2)), binding, is_power=is_power)
    assert (figures.distortion_db is not None) == is_power
    assert (figures.gap_bits is not None) == bool(binding)
    assert figures.gap_db is None
    assert set(figures.errors) == set(figures.arrays())


def test_blocks_are_counted_in_source_samples() -> None:
    """Rates of a block code are per sample: n = 4 samples share one symbol."""

    class Blocks(SignEncoder):
        shape = MessageShape((2,), block_length=4, symbols_per_stage=(1,))

        def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
            return Message(((x.sum(dim=1, keepdim=True) > 0).long(),))

    class OneBit(SkewedRate):
        def code_lengths(
            self, message: Message, y: Tensor, common_randomness: Tensor | None = None
        ) -> tuple[Tensor, ...]:
            return (torch.full(message.stages[0].shape, math.log(2.0)),)

    class Zero(SignDecoder):
        def reconstruct(
            self, message: Message, y: Tensor, common_randomness: Tensor | None = None
        ) -> tuple[Tensor, ...]:
            return (torch.zeros_like(y),)

    class FourSamples:
        """Four independent samples a block."""

        block_length = 4

        def sample(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
            x = torch.randn(batch, 4, generator=generator)
            return x, torch.zeros_like(x)

    moments = evaluate_by_monte_carlo(
        Code(Blocks(), OneBit(), Zero()),
        FourSamples(),
        SquaredError(),
        40_000,
        torch.Generator(),
        "t",
        lambda _e: None,
    )
    assert moments.blocks == 10_000
    assert moments.mean[0] == pytest.approx(0.25, abs=1e-7)
    assert moments.mean[1] == pytest.approx(1.0, abs=0.05)
