"""The paper's training: loss, schedules, determinism, failure."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
import torch

from tests.builtin.test_rnn_layered import build
from tests.scenarios import paper_scenario
from wzsim.builtin.decoders.mmse import MmseConfig
from wzsim.builtin.encoders.lloyd import LloydConfig
from wzsim.contracts import EpochFinished, Event, Objective, RelaxedMessage
from wzsim.errors import RunFailedError
from wzsim.scenario.model import Adam, StepDecay, Temperature
from wzsim.scenario.training import DesignTraining
from wzsim.simulation.gumbel import LearnedParts, relaxed_terms
from wzsim.simulation.result import StageFigures
from wzsim.simulation.run import (
    COLLAPSED,
    MISSED_TARGET,
    Simulation,
    findings,
    missed_target,
    simulate,
)

SMALL = {"hidden_size": 16, "epochs": 3, "samples_per_epoch": 4_000, "batch_size": 500}


def run(**kwargs: object) -> tuple[Simulation, list[Event]]:
    heard: list[Event] = []
    return simulate(paper_scenario(**(SMALL | kwargs)), "cpu", heard.append), heard  # type: ignore[arg-type]  # test keywords


@torch.no_grad()
def test_relaxed_terms_are_equations_10_and_11() -> None:
    """Written out sample by sample: sum_m w_m (log p_m - log q_m) and (x - x_hat)^2."""
    scenario = paper_scenario(alphabet_sizes=(2, 3), hidden_size=8)
    parts = LearnedParts(*build(scenario))
    problem = scenario.problem()
    x, y = problem.pair.sample(6, torch.Generator().manual_seed(1))
    rates, distortions = relaxed_terms(parts, problem, x, y, 0.7, torch.Generator().manual_seed(2))
    drawn: list[torch.Tensor] = []
    generator = torch.Generator().manual_seed(2)
    for log_p in parts.encoder.tree_log_probs(x):
        gumbel = -torch.empty_like(log_p).exponential_(generator=generator).log()
        drawn.append(torch.softmax((log_p + gumbel) / 0.7, dim=-1))
    message = RelaxedMessage(tuple(drawn))
    log_q = parts.rate_estimator.log_probs(message, y)
    x_hat = parts.decoder.reconstruct_relaxed(message, y)
    for stage, (weights, log_p) in enumerate(
        zip(drawn, parts.encoder.tree_log_probs(x), strict=True)
    ):
        terms = [
            sum(
                float(weights[i, 0, m] * (log_p[i, 0, m] - log_q[stage][i, 0, m]))
                for m in range(weights.shape[-1])
            )
            for i in range(6)
        ]
        assert float(rates[stage]) == pytest.approx(sum(terms) / 6, rel=1e-4)
        error = [float(x[i, 0] - x_hat[stage][i, 0]) ** 2 for i in range(6)]
        assert float(distortions[stage]) == pytest.approx(sum(error) / 6, rel=1e-5)


def test_objective_prices_total_rates() -> None:
    """a = (0, .., 0, 1) prices each nat once; a = (1, 1) prices the first stage twice."""
    assert Objective((1.0,) * 3, (0.0, 0.0, 1.0)).stage_rate_weights == (1.0, 1.0, 1.0)
    assert Objective((1.0,) * 2, (1.0, 1.0)).stage_rate_weights == (2.0, 1.0)


def test_training_lowers_the_loss_and_keeps_a_history() -> None:
    simulation, heard = run(epochs=12)
    history = simulation.training
    assert history is not None
    assert history.loss[-1] < 0.5 * history.loss[0]
    assert history.stage_rate.shape == history.stage_distortion.shape == (12, 3)
    epochs = [event for event in heard if isinstance(event, EpochFinished)]
    assert [event.epoch for event in epochs] == list(range(1, 13))
    assert [event.loss for event in epochs] == history.loss.tolist()


def test_history_of_the_loss_is_made_of_its_terms() -> None:
    simulation, _ = run(rate_weights=(0.5, 0.0, 1.0), lagrange_multiplier=(10.0, 20.0, 40.0))
    history = simulation.training
    assert history is not None
    nats = history.stage_rate * math.log(2)
    expected = nats @ [1.5, 1.0, 1.0] + history.stage_distortion @ [10.0, 20.0, 40.0]
    np.testing.assert_allclose(history.loss, expected, rtol=1e-12)


def test_same_seed_same_numbers_and_other_seed_others() -> None:
    one, two, other = run()[0], run()[0], run(seed=7)[0]
    for name, array in one.stages.arrays().items():
        assert np.array_equal(array, two.stages.arrays()[name])
    for part, state in one.code.state().items():
        for key, value in state.items():
            assert np.array_equal(value, two.code.state()[part][key])
    assert one.stages.distortion[0] != other.stages.distortion[0]


def test_schedules() -> None:
    simulation, _ = run(
        epochs=5,
        temperature=Temperature(start=1.0, stop=0.0625),
        learning_rate_decay=StepDecay(factor=0.5, every=2),
    )
    history = simulation.training
    assert history is not None
    np.testing.assert_allclose(history.temperature, [1.0, 0.5, 0.25, 0.125, 0.0625])
    np.testing.assert_allclose(history.learning_rate, np.array([1, 1, 0.5, 0.5, 0.25]) * 1e-3)


def test_a_loss_that_is_no_number_fails_the_run() -> None:
    with pytest.raises(RunFailedError, match="learning_rate"):
        run(optimizer=Adam(learning_rate=1e30))
    with pytest.raises(RunFailedError, match="of stage 1 is nan: a network diverged"):
        run(optimizer=Adam(learning_rate=1e30), epochs=1, samples_per_epoch=500)


def test_an_untrained_code_is_flagged_as_collapsed() -> None:
    """It pays rate for nothing."""
    scenario = paper_scenario(**(SMALL | {"epochs": 1, "samples_per_epoch": 500}))  # type: ignore[arg-type]  # test keywords
    untrained = simulate(scenario, "cpu", lambda _event: None)
    assert untrained.evaluation["loss"] > untrained.evaluation["rate_zero_loss"]
    assert untrained.flags == (COLLAPSED,)


def figures(rate: list[float], distortion: list[float]) -> StageFigures:
    return StageFigures(
        stage_rate=np.array(rate), sum_rate=np.cumsum(rate), distortion=np.array(distortion)
    )


def test_a_missed_target_is_found_at_every_stage_that_has_one() -> None:
    stages = figures([0.6, 0.6], [0.1, 0.05])
    assert missed_target(stages, 1.16) == missed_target(stages, (0.56, 1.24)) == ()
    assert missed_target(stages, 1.1) == missed_target(stages, 1.3) == (MISSED_TARGET,)
    assert missed_target(stages, (0.5, 1.2)) == (MISSED_TARGET,)


def test_findings_leave_silence_alone() -> None:
    fine = {"loss": 1.0, "rate_zero_loss": 2.0}
    assert findings(fine, figures([1.0, 0.0], [0.05, 0.05]), 0.1) == ()
    assert findings(fine, figures([0.0, 0.0], [0.1, 0.1]), 0.1) == ()
    assert findings(fine, figures([0.3, 0.3], [0.1, 0.0999]), 0.1) == (COLLAPSED,)
    assert findings(fine, figures([0.3, 0.3], [0.1, 0.0999]), None) == ()
    worse = {"loss": 3.0, "rate_zero_loss": 2.0}
    assert findings(worse, figures([1.0, 0.1], [0.05, 0.03]), 0.1) == (COLLAPSED,)


def test_evaluation_options_do_not_touch_the_training() -> None:
    one, two = run()[0], run(samples=5_000)[0]
    state, other = one.code.state(), two.code.state()
    for part in state:
        assert all(np.array_equal(state[part][key], other[part][key]) for key in state[part])


def test_no_reported_point_crosses_the_wyner_ziv_bound() -> None:
    for estimator in ("marginal", "conditional"):
        stages = run(rate_estimator=estimator, epochs=6)[0].stages
        assert stages.gap_db is not None
        assert (stages.gap_db > -1e-5).all()  # exact: by quadrature


def test_scenario_is_frozen() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        paper_scenario().seed = 3  # type: ignore[misc]  # the point of the test


def test_a_silent_code_is_silent_and_not_collapsed() -> None:
    """Below lambda s2 = 1 rate zero is optimal; its loss is that of sending nothing."""
    scenario = paper_scenario()
    encoder = LloydConfig(nested_starts=4, annealed_starts=2, search_rounds=1)
    code = attrs.evolve(scenario.code, encoder=encoder, decoder=MmseConfig())
    silent = simulate(
        attrs.evolve(scenario, code=code, training=DesignTraining(lagrange_multiplier=3.0)),
        "cpu",
        lambda _event: None,
    )
    assert silent.stages.sum_rate[-1] < 1e-6
    assert (silent.stages.stage_rate >= 0).all()
    assert silent.flags == ()
