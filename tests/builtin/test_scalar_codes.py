"""Classical scalar codes: exact laws, sampling and quadrature agree; state; refusals."""

from __future__ import annotations

import math
from typing import Any

import attrs
import numpy as np
import pytest
import torch

from tests.laplace import LaplaceChannel
from tests.scenarios import paper_scenario
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.decoders.mmse import MmseConfig
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.builtin.encoders.lloyd import LloydConfig
from wzsim.builtin.encoders.nsq import NsqConfig
from wzsim.builtin.rates.ideal_sw import IdealSlepianWolfConfig
from wzsim.builtin.rates.priors import ConditionalConfig, MarginalConfig
from wzsim.builtin.scalar.partition_encoder import PartitionEncoder
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    Channel,
    Code,
    ComposedDensityPair,
    DesignProblem,
    MessageShape,
    Objective,
    Pair,
    RateEstimatorConfig,
    compose,
)
from wzsim.errors import CapabilityError
from wzsim.simulation.monte_carlo import evaluate_by_monte_carlo
from wzsim.simulation.quadrature import evaluate_by_quadrature, why_not_exact
from wzsim.simulation.run import simulate
from wzsim.theory.exact import exact_figures
from wzsim.theory.partition import Partition
from wzsim.theory.prices import noted_objective
from wzsim.theory.target_rate import STAGE_TOLERANCE, TOTAL_TOLERANCE

GAUSSIAN = compose(GaussianSource(), GaussianChannel(noise_variance=0.1), "y")
LAPLACIAN = compose(GaussianSource(), LaplaceChannel(scale=0.25), "y")
OTHER_BASE = compose(GaussianSource(variance=2.0), GaussianChannel(noise_variance=0.4), "x")
PAIRS = {"gaussian": GAUSSIAN, "laplace": LAPLACIAN, "base x": OTHER_BASE}
SQUARED = SquaredError()


def design(
    pair: Pair,
    encoder: Any,
    estimator: RateEstimatorConfig,
    sizes: tuple[int, ...] = (2, 2, 2),
    objective: Objective | None = None,
    target_rate: float | tuple[float, ...] | None = None,
) -> tuple[DesignProblem, Code]:
    problem = DesignProblem(
        pair=pair,
        distortion=SQUARED,
        shape=MessageShape(sizes),
        objective=objective,
        target_rate=target_rate,
        encoder=encoder,
        rate_estimator=estimator,
    )
    generator = torch.Generator().manual_seed(3)
    made = encoder.build(problem, generator)
    return problem, Code(
        made,
        estimator.build(problem, made, generator),
        MmseConfig().build(problem, made, generator),
    )


def sampled(code: Code, pair: Pair, samples: int = 400_000) -> tuple[Any, Any]:
    moments = evaluate_by_monte_carlo(
        code, pair, SQUARED, samples, torch.Generator().manual_seed(8), "test", lambda _event: None
    )
    return moments.mean, moments.standard_error(np.eye(len(moments.mean)))


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("estimator", [MarginalConfig(), IdealSlepianWolfConfig()], ids=str)
def test_sampling_agrees_with_quadrature(pair: Pair, estimator: RateEstimatorConfig) -> None:
    """Over 36 figures a deviation of 4.5 standard errors comes by chance in 3 of 10,000 runs."""
    _, code = design(pair, NsqConfig(step=0.45, offset=0.1), estimator)
    exact = evaluate_by_quadrature(code, pair, SQUARED)
    assert exact.error < 1e-5
    mean, error = sampled(code, pair)
    expected = np.concatenate([exact.rate, exact.distortion])
    # The table that sampling reads is good to 1e-5 where densities have kinks.
    assert (np.abs(mean - expected) < 4.5 * error + 2e-5).all()


@pytest.mark.parametrize("seed", range(4))
def test_random_partitions_sampled_and_integrated(seed: int) -> None:
    rng = np.random.default_rng(seed)
    thresholds = np.sort(rng.normal(size=9))
    partition = Partition(thresholds, rng.integers(0, 6, size=10), (2, 3))
    pair = [GAUSSIAN, LAPLACIAN, OTHER_BASE, GAUSSIAN][seed]
    encoder = PartitionEncoder(MessageShape((2, 3)), partition, {})
    problem, _ = design(pair, NsqConfig(step=1.0), ConditionalConfig(), (2, 3))
    generator = torch.Generator()
    code = Code(
        encoder,
        ConditionalConfig().build(problem, encoder, generator),
        MmseConfig().build(problem, encoder, generator),
    )
    exact = evaluate_by_quadrature(code, pair, SQUARED)
    np.testing.assert_allclose(exact.rate, exact.ideal.conditional_rate, atol=2e-6)
    np.testing.assert_allclose(exact.distortion, exact.ideal.distortion, rtol=2e-6)
    mean, error = sampled(code, pair)
    expected = np.concatenate([exact.rate, exact.distortion])
    assert (np.abs(mean - expected) < 4.5 * error + 2e-5).all()


@pytest.mark.parametrize("estimator", [ConditionalConfig(), MarginalConfig()], ids=str)
def test_dither_is_the_average_of_shifted_quantizers(estimator: RateEstimatorConfig) -> None:
    """Rates given u and y, and distortions, averaged over u by a periodic rule."""
    step, sizes = 0.6, (2, 2)
    _, code = design(GAUSSIAN, NsqConfig(step=step, dither=True), estimator, sizes)
    assert why_not_exact(code, GAUSSIAN, SQUARED) == "the encoder is dithered"
    assert isinstance(GAUSSIAN, ComposedDensityPair)
    _, plain = design(GAUSSIAN, NsqConfig(step=step), estimator, sizes)
    assert isinstance(plain.encoder, PartitionEncoder)
    partition = plain.encoder.partition
    rows = []
    for shift in step * np.arange(24) / 24:
        moved = attrs.evolve(partition, thresholds=partition.thresholds - shift)
        figures = exact_figures(GAUSSIAN, moved)
        conditional = estimator.uses_side_information
        rate = figures.conditional_rate if conditional else figures.marginal_rate
        rows.append(np.concatenate([rate, figures.distortion]))
    mean, error = sampled(code, GAUSSIAN)
    assert (np.abs(mean - np.mean(rows, axis=0)) < 4.5 * error + 2e-5).all()


def test_lloyd_reports_which_start_won_and_the_spread() -> None:
    objective = Objective((60.0, 60.0), (0.0, 1.0))
    _, code = design(
        GAUSSIAN,
        LloydConfig(nested_starts=6, annealed_starts=4, search_rounds=2),
        ConditionalConfig(),
        (2, 2),
        objective,
    )
    notes = code.encoder.notes
    assert notes["start"] in {"nested", "annealed", "uniform", "silent"}
    assert notes["nested_starts"] == 6
    assert (
        notes["annealed_least_loss"]
        <= notes["annealed_median_loss"]
        <= notes["annealed_largest_loss"]
    )
    exact = evaluate_by_quadrature(code, GAUSSIAN, SQUARED)
    loss = math.log(2) * exact.rate.sum() + 60.0 * exact.distortion.sum()
    assert notes["loss"] == pytest.approx(loss, rel=1e-6)


def test_lloyd_starts_from_a_learned_code_too() -> None:
    objective = Objective((60.0,), (1.0,))
    effort = {"nested_starts": 0, "annealed_starts": 0, "search_rounds": 0}
    good = (-0.9, -0.45, 0.0, 0.45, 0.9)
    start = {"start_thresholds": good, "start_labels": (0, 1, 2, 3, 0, 1)}
    _, code = design(GAUSSIAN, LloydConfig(**effort, **start), ConditionalConfig(), (4,), objective)
    assert code.encoder.notes["given_starts"] == 1
    wrong = LloydConfig(**effort, start_thresholds=(0.5, 0.1), start_labels=(0, 1, 0))
    problem, _ = design(GAUSSIAN, NsqConfig(step=1.0), ConditionalConfig(), (4,), objective)
    assert wrong.refusal(problem) == (
        "its start is no partition: thresholds must be finite and strictly ascending"
    )
    half = LloydConfig(**effort, start_thresholds=(0.5,))
    assert "1 thresholds for 0 cells" in str(half.refusal(problem))


@pytest.mark.parametrize(("messages", "rate"), [(2, 0.45), (4, 0.945), (8, 1.46)])
def test_a_target_rate_is_met(messages: int, rate: float) -> None:
    _, code = design(GAUSSIAN, NsqConfig(), IdealSlepianWolfConfig(), (messages,), target_rate=rate)
    assert evaluate_by_quadrature(code, GAUSSIAN, SQUARED).rate[0] == pytest.approx(rate, abs=1e-6)


@pytest.mark.parametrize("estimator", [MarginalConfig(), IdealSlepianWolfConfig()], ids=str)
@pytest.mark.parametrize("target", [1.1, (0.5, 1.0)], ids=str)
def test_a_designed_code_has_the_target_rate_of_its_estimator(
    target: float | tuple[float, ...], estimator: RateEstimatorConfig
) -> None:
    """And tells the prices that it found, and the loss under them."""
    small = LloydConfig(nested_starts=8, annealed_starts=4, search_rounds=3)
    problem, code = design(GAUSSIAN, small, estimator, (2, 2), target_rate=target)
    rate = evaluate_by_quadrature(code, GAUSSIAN, SQUARED).rate.cumsum()
    if isinstance(target, tuple):
        np.testing.assert_allclose(rate, target, atol=STAGE_TOLERANCE)
    else:
        assert rate[-1] == pytest.approx(target, abs=TOTAL_TOLERANCE)
    objective = noted_objective(code.encoder.notes, 2)
    assert objective is not None
    assert sum(objective.rate_weights) == pytest.approx(1.0)
    figures = evaluate_by_quadrature(code, GAUSSIAN, SQUARED)
    loss = np.dot(objective.stage_rate_weights, figures.rate) * math.log(2)
    loss += np.dot(objective.lagrange_multipliers, figures.distortion)
    assert code.encoder.notes["loss"] == pytest.approx(loss, rel=1e-5)
    assert problem.objective is None


def test_a_rate_that_no_useful_code_has_is_refused_with_the_reason() -> None:
    with pytest.raises(CapabilityError, match=r"with 2 messages has 0\.945 .* to 0\.674"):
        design(GAUSSIAN, NsqConfig(), IdealSlepianWolfConfig(), (2,), target_rate=0.945)


@attrs.frozen(kw_only=True)
class Unnormalised(LaplaceChannel):
    """The likeliest mistake: a factor is missing."""

    name = "unnormalised"

    def noise_log_prob(self, noise: torch.Tensor) -> torch.Tensor:
        return -noise.abs() / self.scale


def test_a_density_that_does_not_integrate_to_one_is_refused() -> None:
    pair = compose(GaussianSource(), Unnormalised(scale=0.2), "y")
    _, code = design(pair, NsqConfig(step=0.5), ConditionalConfig())
    with pytest.raises(CapabilityError, match=r"integrates to 0\.4 and not to 1: .*noise_log_prob"):
        evaluate_by_quadrature(code, pair, SQUARED)


def test_a_step_that_makes_too_many_cells_is_refused() -> None:
    with pytest.raises(CapabilityError, match=r"a step of 1e-09 makes .* at least 0\.0004"):
        design(GAUSSIAN, NsqConfig(step=1e-9), ConditionalConfig())


def test_many_messages_are_left_to_sampling() -> None:
    _, code = design(GAUSSIAN, NsqConfig(step=0.5), ConditionalConfig(), (2,) * 13)
    reason = why_not_exact(code, GAUSSIAN, SQUARED)
    assert reason == "the code has more than 4096 messages"


class Sampled(Channel):
    """A channel without density."""

    name = "sampled"

    def sample(self, given: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return given


def refusals(**changes: Any) -> list[str | None]:
    problem = DesignProblem(
        pair=GAUSSIAN,
        distortion=SQUARED,
        shape=MessageShape((2,)),
        objective=None,
        target_rate=None,
        encoder=NsqConfig(step=1.0),
        rate_estimator=ConditionalConfig(),
    )
    problem = attrs.evolve(problem, **changes)
    parts = (problem.encoder, problem.rate_estimator, MmseConfig())
    return [part.refusal(problem) for part in parts]


def test_combinations_that_make_no_sense_say_why() -> None:
    assert refusals() == [None, None, None]
    assert "it needs a 'step'" in str(refusals(encoder=NsqConfig())[0])
    both = refusals(target_rate=1.0)
    assert both[0] == "'step' and training.target_rate both fix the rate; give one"
    assert "lagrange_multiplier" in str(refusals(encoder=LloydConfig())[0])
    assert "or training.target_rate" in str(refusals(encoder=LloydConfig())[0])
    for encoder in (NsqConfig(), LloydConfig()):
        beyond = refusals(encoder=encoder, target_rate=1.5)[0]
        assert beyond == (
            "a total rate of 1.5 bit/sample is more than an alphabet of 2 carries, 1 bit/sample"
        )
    two = {"target_rate": (0.5, 0.75), "shape": MessageShape((2, 2))}
    assert refusals(encoder=LloydConfig(), **two)[0] is None
    assert refusals(encoder=NsqConfig(), **two)[0] == (
        "it has one step and so one rate: give training.target_rate as one number, the total "
        "rate, or use encoder 'lloyd'"
    )
    assert refusals(encoder=NsqConfig(), target_rate=(0.5,))[0] is None
    sampled_only = compose(GaussianSource(), Sampled(), "y")
    assert refusals(pair=sampled_only) == [None, None, None]
    dithered = NsqConfig(step=1.0, dither=True)
    assert "densities" in str(refusals(pair=sampled_only, encoder=dithered)[0])
    assert "densities" in str(refusals(pair=sampled_only, encoder=LloydConfig())[0])
    assert "more than 4096" in str(refusals(shape=MessageShape((2,) * 13))[2])
    dithered = refusals(pair=OTHER_BASE, encoder=NsqConfig(step=1.0, dither=True))
    assert "X = Y + N" in str(dithered[0])


@attrs.frozen(kw_only=True)
class HiddenGaussian(Channel):
    """Gaussian noise of variance 0.1 that does not say its density."""

    name = "hidden"

    def sample(self, given: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        normal = torch.randn(given.shape, generator=generator, dtype=given.dtype)
        return given + math.sqrt(0.1) * normal


@pytest.mark.parametrize("estimator", [MarginalConfig(), IdealSlepianWolfConfig()], ids=str)
def test_with_samples_only_the_rate_is_a_held_out_cross_entropy(
    estimator: RateEstimatorConfig,
) -> None:
    """The pair is the Gaussian one: the rate lies above the exact one, and not by much."""
    hidden = compose(GaussianSource(), HiddenGaussian(), "y")
    problem, code = design(hidden, NsqConfig(step=0.5249), estimator)
    assert code.rate_estimator.basis == "held-out cross-entropy"
    _, exact = design(GAUSSIAN, NsqConfig(step=0.5249), estimator)
    assert exact.rate_estimator.basis == "exact entropy"
    known = evaluate_by_quadrature(exact, GAUSSIAN, SQUARED)
    mean, error = sampled(code, hidden)
    total = mean[:3].sum() - known.rate.sum()
    slack = 4.5 * float(np.sqrt((error[:3] ** 2).sum()))
    assert -slack < total < 0.01 + slack
    assert (mean[3:] > known.distortion - 4.5 * error[3:]).all()
    assert (mean[3:] < known.distortion * 1.02 + 4.5 * error[3:]).all()
    restored = estimator.restore(problem, code.state()["rate_estimator"])
    x, y = hidden.sample(1000, torch.Generator().manual_seed(1))
    message = code.encoder.encode(x)
    for one, two in zip(
        code.rate_estimator.code_lengths(message, y), restored.code_lengths(message, y), strict=True
    ):
        assert torch.equal(one, two)


def test_exact_parts_beside_a_learned_encoder() -> None:
    """ideal-sw and mmse on a trained network: entropy and conditional mean of its own bins."""
    small = {"hidden_size": 16, "epochs": 4, "samples_per_epoch": 4_000, "batch_size": 500}
    scenario = paper_scenario(**small)  # type: ignore[arg-type]  # test keywords
    declared = simulate(scenario, "cpu", lambda _event: None)
    exact = simulate(
        attrs.evolve(
            scenario,
            code=attrs.evolve(
                scenario.code, rate_estimator=IdealSlepianWolfConfig(), decoder=MmseConfig()
            ),
        ),
        "cpu",
        lambda _event: None,
    )
    assert exact.decomposition is not None
    np.testing.assert_allclose(exact.decomposition.prior_mismatch_db, 0.0, atol=1e-4)
    np.testing.assert_allclose(exact.decomposition.decoder_mismatch_db, 0.0, atol=1e-4)
    assert declared.decomposition is not None
    assert (declared.decomposition.prior_mismatch_db > 0).all()
    assert (declared.decomposition.decoder_mismatch_db > 0).all()


def test_the_gap_is_the_sum_of_its_causes() -> None:
    small = {"hidden_size": 16, "epochs": 4, "samples_per_epoch": 4_000, "batch_size": 500}
    for estimator in ("marginal", "conditional"):
        found = simulate(
            paper_scenario(rate_estimator=estimator, **small),  # type: ignore[arg-type]  # test keywords
            "cpu",
            lambda _event: None,
        )
        parts = found.decomposition
        assert parts is not None
        assert found.stages.gap_db is not None
        total = parts.prior_mismatch_db + parts.decoder_mismatch_db + parts.quantizer_gap_db
        np.testing.assert_allclose(total, found.stages.gap_db, atol=1e-9)
        assert (parts.marginal_entropy >= parts.conditional_entropy - 1e-6).all()


def test_a_code_on_a_wrong_channel_loses_and_stays_above_the_bound() -> None:
    """Designed for 0.1, met with 0.1 and 0.3: every mismatch is a loss, never a gain."""
    _, code = design(GAUSSIAN, NsqConfig(step=0.6), IdealSlepianWolfConfig(), (4,))
    wrong = compose(GaussianSource(), GaussianChannel(noise_variance=0.3), "y")
    met = evaluate_by_quadrature(code, wrong, SQUARED)
    assert (met.rate >= met.ideal.conditional_rate - 1e-9).all()
    assert (met.distortion >= met.ideal.distortion * (1 - 1e-9)).all()
    assert met.rate[0] > evaluate_by_quadrature(code, GAUSSIAN, SQUARED).rate[0]
    assert met.distortion[0] > 0.3 * 2 ** (-2 * met.rate[0])
