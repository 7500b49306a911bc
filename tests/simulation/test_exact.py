"""Training on the exact expectation: what it minimises, what it reaches, that it repeats."""

from __future__ import annotations

import math
import time
from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from tests.builtin.test_rnn_layered import build
from tests.laplace import LaplaceChannel
from tests.scenarios import exact_scenario
from wzsim.contracts import (
    Channel,
    Code,
    DensityPair,
    EpochFinished,
    Event,
    ScalarEncoder,
    SearchAdvanced,
)
from wzsim.errors import CapabilityError, RunFailedError
from wzsim.scenario.cross_checks import check_tables
from wzsim.scenario.exact_training import EntropyWeight, ExactTraining
from wzsim.scenario.model import Correlation, Scenario
from wzsim.simulation.design import untrained_parts
from wzsim.simulation.ensemble import side_by_side, terms_of_all
from wzsim.simulation.expectation import (
    Expectation,
    GridExpectation,
    SampledExpectation,
    as_drawn,
    as_used,
    expectation_of,
)
from wzsim.simulation.fitting import cells_of, laws_of
from wzsim.simulation.gumbel import LearnedParts
from wzsim.simulation.quadrature import evaluate_by_quadrature
from wzsim.simulation.run import MISSED_TARGET, Simulation, simulate
from wzsim.simulation.teacher import soft_messages
from wzsim.theory.design import design_lloyd
from wzsim.theory.encoder import encoder_partition
from wzsim.theory.lloyd_search import Effort
from wzsim.theory.prices import design_prices
from wzsim.units import BIT_PER_NAT

CPU = torch.device("cpu")


def untrained(scenario: Scenario) -> LearnedParts:
    return LearnedParts(*build(scenario))


def density_pair(scenario: Scenario) -> DensityPair:
    pair = scenario.correlation.as_pair()
    assert isinstance(pair, DensityPair)
    return pair


@attrs.frozen(kw_only=True)
class SampledChannel(Channel):
    """Gaussian noise that can only be drawn."""

    name: ClassVar[str] = "sampled"
    noise_variance: float = 0.1

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        noise: Tensor = torch.randn(given.shape, generator=generator)
        return given + noise * math.sqrt(self.noise_variance)


def sampled(scenario: Scenario) -> Scenario:
    source = scenario.correlation.source
    correlation = Correlation(source=source, channel=SampledChannel())
    return attrs.evolve(
        scenario,
        correlation=correlation,
        evaluation=attrs.evolve(
            scenario.evaluation, method="monte-carlo", samples=50_000, bounds=()
        ),
    )


def average(
    expectation: Expectation, parts: LearnedParts, soften: object, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean over draws of the three terms of each stage, and its standard error: (3, K) each."""
    generator = Generator().manual_seed(3)
    with torch.no_grad():
        rows = torch.stack(
            [
                torch.stack(tuple(expectation.draw(generator).terms(parts, soften)))  # type: ignore[arg-type]  # either softening
                for _ in range(draws)
            ]
        ).double()
    return rows.mean(0).numpy(), (rows.std(0) / draws**0.5).numpy()


@pytest.mark.parametrize("soften", [as_drawn, as_used])
@pytest.mark.parametrize("sizes", [(2, 3), (4,)])
def test_grid_and_samples_have_the_same_expectation(soften: object, sizes: tuple[int, ...]) -> None:
    scenario = exact_scenario(alphabet_sizes=sizes) if len(sizes) > 1 else exact_scenario()
    parts, problem = untrained(scenario), scenario.problem()
    grid = average(GridExpectation(density_pair(scenario), CPU), parts, soften, 40)
    drawn = average(SampledExpectation(problem, 4_000), parts, soften, 40)
    spread = np.hypot(grid[1], drawn[1]) + 1e-6
    assert np.all(np.abs(grid[0] - drawn[0]) < 5 * spread)


def test_hard_terms_are_those_of_quadrature() -> None:
    """Cross-entropy and distortion of a hard code, against thresholds and panels in y."""
    scenario = exact_scenario()
    parts = untrained(scenario)
    code = Code(parts.encoder, parts.rate_estimator, parts.decoder)
    exact = evaluate_by_quadrature(code, density_pair(scenario), scenario.distortion)
    mean, error = average(GridExpectation(density_pair(scenario), CPU), parts, as_used, 200)
    assert np.all(np.abs(mean[1] * BIT_PER_NAT - exact.rate) < 5 * error[1] * BIT_PER_NAT + 1e-5)
    assert np.all(np.abs(mean[2] / exact.distortion - 1) < 5 * error[2] / mean[2] + 1e-5)


def test_the_law_of_a_partition_gives_the_figures_of_quadrature() -> None:
    scenario = exact_scenario()
    parts, pair = untrained(scenario), density_pair(scenario)
    assert isinstance(parts.encoder, ScalarEncoder)
    code = Code(parts.encoder, parts.rate_estimator, parts.decoder)
    exact = evaluate_by_quadrature(code, pair, scenario.distortion)
    laws = laws_of(pair, encoder_partition(parts.encoder, pair)[0], CPU)
    with torch.no_grad():
        rates = torch.stack([law.cross_entropies(parts.rate_estimator) for law in laws]).mean(0)
        distortions = torch.stack([law.distortions(parts.decoder) for law in laws]).mean(0)
    assert (rates * BIT_PER_NAT).numpy() == pytest.approx(exact.rate, rel=1e-4)
    assert distortions.numpy() == pytest.approx(exact.distortion, rel=1e-4)


def test_an_encoder_that_sends_the_cells_has_no_cross_entropy_to_them() -> None:
    """log p of the partition's own symbols, by stage and prefix, against a sum by hand."""
    scenario = exact_scenario(alphabet_sizes=(2, 3))
    parts, pair = untrained(scenario), density_pair(scenario)
    assert isinstance(parts.encoder, ScalarEncoder)
    partition = encoder_partition(parts.encoder, pair)[0]
    cells = cells_of(pair, partition, CPU)[0]
    with torch.no_grad():
        stages = parts.encoder.tree_log_probs(cells.x)
        found = float(cells.cross_entropy(parts.encoder))
    index = partition.message_index(cells.x[:, 0].double().numpy())
    by_hand = 0.0
    for row, message in enumerate(index):
        first, second = divmod(int(message), 3)
        log_p = stages[0][row, 0, first] + stages[1][row, 0, second]
        by_hand -= float(cells.weights[row] * log_p)
    assert found == pytest.approx(by_hand, rel=1e-4)


@pytest.fixture(scope="module")
def trained() -> tuple[Simulation, list[Event]]:
    heard: list[Event] = []
    return simulate(exact_scenario(), "cpu", heard.append), heard


def test_it_comes_close_to_the_best_designed_code(
    trained: tuple[Simulation, list[Event]],
) -> None:
    """Small networks and few steps: within 3%; and no network beats the best partition."""
    scenario = exact_scenario()
    effort = Effort(nested=10, annealed=10, rounds=20)
    best = design_lloyd(
        density_pair(scenario), design_prices(scenario.problem()), effort, np.random.default_rng(0)
    )
    loss = trained[0].evaluation["loss"]
    assert loss < 1.03 * best.loss
    assert loss > best.loss * (1 - 1e-3)
    assert trained[0].flags == ()


def test_no_figure_crosses_the_bound(trained: tuple[Simulation, list[Event]]) -> None:
    gap = trained[0].stages.gap_db
    assert gap is not None
    assert np.all(gap > 0)


def test_the_history_is_that_of_hard_messages(trained: tuple[Simulation, list[Event]]) -> None:
    simulation, heard = trained
    history = simulation.training
    assert history is not None
    told = [event for event in heard if isinstance(event, EpochFinished)]
    assert [event.epoch for event in told] == list(range(1, 21))
    assert [event.loss for event in told] == history.loss.tolist()
    assert history.loss[-1] == pytest.approx(simulation.evaluation["loss"], rel=1e-2)
    assert simulation.evaluation["design"]["start"] == "random"
    assert simulation.evaluation["design"]["teacher"] == "lloyd"


RATE: dict[str, Any] = {"lagrange_multiplier": None, "target_rate": 1.0}


@pytest.mark.parametrize("asked", [{}, {"init": "lloyd"}, {"init": "nsq"}, RATE], ids=str)
def test_the_search_is_told_and_not_counted_as_steps(asked: dict[str, Any]) -> None:
    heard: list[tuple[float, Event]] = []
    scenario = exact_scenario(**(asked | {"steps": 3}))
    history = simulate(
        scenario, "cpu", lambda event: heard.append((time.perf_counter(), event))
    ).training
    rounds = [(at, event) for at, event in heard if isinstance(event, SearchAdvanced)]
    assert [event for _, event in rounds] == [SearchAdvanced("test", k, 5) for k in range(6)]
    epochs = [event for _, event in heard[len(rounds) :]]
    assert [event.epoch for event in epochs if isinstance(event, EpochFinished)] == [1, 2, 3]
    assert history is not None
    last = epochs[-1]
    assert isinstance(last, EpochFinished)
    assert 0 < last.seconds < history.seconds - (rounds[-1][0] - rounds[0][0])


def test_no_search_tells_nothing() -> None:
    heard: list[Event] = []
    simulate(exact_scenario(steps=3, search_rounds=0), "cpu", heard.append)
    simulate(exact_scenario(**(GRADIENTS | {"steps": 3})), "cpu", heard.append)
    assert {type(event) for event in heard} == {EpochFinished}


def test_a_network_without_training_misses_its_target() -> None:
    simulation = simulate(exact_scenario(**(RATE | {"steps": 1})), "cpu", lambda _event: None)
    assert abs(simulation.stages.sum_rate[-1] - 1.0) > 0.05
    assert simulation.flags == (MISSED_TARGET,)


def test_one_seed_gives_one_code_and_another_seed_another(
    trained: tuple[Simulation, list[Event]],
) -> None:
    again = simulate(exact_scenario(), "cpu", lambda _event: None)
    other = simulate(exact_scenario(seed=2), "cpu", lambda _event: None)
    first = trained[0].code.state()
    for part, arrays in again.code.state().items():
        for name, array in arrays.items():
            assert np.array_equal(array, first[part][name]), (part, name)
    assert other.evaluation["loss"] != trained[0].evaluation["loss"]


@pytest.mark.parametrize("init", ["nsq", "lloyd"])
def test_a_designed_start_is_reported_as_designed(init: str) -> None:
    simulation = simulate(exact_scenario(init=init, steps=100), "cpu", lambda _event: None)
    assert simulation.evaluation["design"]["start"] == init


def test_it_trains_with_the_networks_of_the_paper() -> None:
    """Without features the encoder cannot follow fine bins, but it still pays."""
    simulation = simulate(exact_scenario(features="none"), "cpu", lambda _event: None)
    assert simulation.evaluation["loss"] < simulation.evaluation["rate_zero_loss"]


def test_noise_with_a_kink_in_its_density_trains_as_well() -> None:
    scenario = exact_scenario(channel=LaplaceChannel(scale=0.2))
    scenario = attrs.evolve(scenario, evaluation=attrs.evolve(scenario.evaluation, bounds=()))
    simulation = simulate(scenario, "cpu", lambda _event: None)
    best = design_lloyd(
        density_pair(scenario),
        design_prices(scenario.problem()),
        Effort(nested=4, annealed=4, rounds=5),
        np.random.default_rng(0),
    )
    assert best.loss * (1 - 1e-3) < simulation.evaluation["loss"] < 1.05 * best.loss


GRADIENTS: dict[str, Any] = {"teacher": False, "restarts": 3, "steps": 240, "batch_size": 500}


def test_gradients_alone_find_a_code_that_pays() -> None:
    simulation = simulate(exact_scenario(**GRADIENTS), "cpu", lambda _event: None)
    assert simulation.evaluation["loss"] < 0.7 * simulation.evaluation["rate_zero_loss"]
    assert simulation.evaluation["design"] == {"start": "random", "restarts": 3, "teacher": "none"}
    history = simulation.training
    assert history is not None
    assert len(history.loss) == 20


def test_a_pair_that_can_only_be_sampled_is_trained_by_gradients() -> None:
    scenario = sampled(exact_scenario(**(GRADIENTS | {"teacher": True})))
    assert isinstance(expectation_of(scenario.problem(), 10, CPU), SampledExpectation)
    simulation = simulate(scenario, "cpu", lambda _event: None)
    assert simulation.evaluation["design"]["teacher"] == "none"
    assert simulation.evaluation["loss"] < 0.7 * 2 * 120.0 * 0.1  # rate zero: 2 lambda s2


def test_a_designed_start_needs_a_density() -> None:
    scenario = sampled(exact_scenario(init="lloyd", **GRADIENTS))
    assert [problem.message for problem in check_tables(scenario)] == [
        "init 'lloyd' needs a source and a channel with densities"
    ]
    with pytest.raises(CapabilityError, match=r"training\.init 'lloyd' is impossible"):
        simulate(scenario, "cpu", lambda _event: None)


def test_keys_without_effect_are_refused_only_where_that_is_certain() -> None:
    weight = EntropyWeight(start=0.2)

    def problems(scenario: Scenario) -> list[str]:
        return [problem.path for problem in check_tables(scenario)]

    keys: dict[str, Any] = {"batch_size": 500, "entropy_weight": weight}
    assert problems(exact_scenario(**keys)) == [
        "$.training.batch_size",
        "$.training.entropy_weight",
    ]
    many = exact_scenario(alphabet_sizes=(17, 16), **keys)  # too many for a teacher
    assert problems(many) == ["$.training.batch_size"]
    assert problems(exact_scenario(teacher=False, entropy_weight=weight)) == []
    assert problems(sampled(exact_scenario(**keys))) == []
    assert problems(exact_scenario(**(RATE | {"init": "nsq"}))) == ["$.training.init"]
    assert problems(exact_scenario(**(RATE | {"init": "lloyd"}))) == []


def test_a_target_rate_needs_few_messages() -> None:
    scenario = exact_scenario(alphabet_sizes=(17, 16), **RATE)
    assert [problem.message for problem in check_tables(scenario)] == [
        "target_rate needs a teacher, which has at most 256 messages"
    ]


def test_a_loss_that_is_no_number_ends_the_run() -> None:
    with pytest.raises(RunFailedError, match=r"smaller training\.learning_rate"):
        simulate(exact_scenario(learning_rate=1e30), "cpu", lambda _event: None)


def test_too_many_messages_are_not_enumerated() -> None:
    scenario = exact_scenario(alphabet_sizes=(32, 32))
    assert [problem.message for problem in check_tables(scenario)] == [
        "method 'exact' enumerates messages, up to 512; these are 1024"
    ]


def test_soft_messages_are_probabilities_that_differ_over_x() -> None:
    scenario = exact_scenario(alphabet_sizes=(2, 3))
    x = np.linspace(-3, 3, 500)
    soft = soft_messages(untrained(scenario).encoder, x)
    assert soft.shape == (500, 6)
    assert soft.sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    assert soft.std(axis=0).min() > 0.02


def test_reports_cover_all_steps() -> None:
    assert ExactTraining(lagrange_multiplier=1.0, steps=800).epochs == 20
    assert ExactTraining(lagrange_multiplier=1.0, steps=7).epochs == 7


@pytest.mark.parametrize("sampled", [False, True])
def test_restarts_as_one_batch_of_networks_have_the_terms_and_gradients_of_each(
    sampled: bool,
) -> None:
    scenario = exact_scenario()
    problem = scenario.problem()
    expectation: Expectation = (
        SampledExpectation(problem, 50) if sampled else GridExpectation(density_pair(scenario), CPU)
    )
    drawn = expectation.draw(Generator().manual_seed(1))
    together = [untrained_parts(scenario, "cpu", restart) for restart in range(3)]
    alone = [untrained_parts(scenario, "cpu", restart) for restart in range(3)]

    stacked = terms_of_all(together, drawn, as_drawn)
    torch.stack([torch.cat(terms).sum() for terms in stacked]).sum().backward()  # type: ignore[no-untyped-call]  # of torch
    for parts, terms in zip(alone, stacked, strict=True):
        own = terms_of_all([parts], drawn, as_drawn)[0]
        torch.cat(own).sum().backward()  # type: ignore[no-untyped-call]  # of torch
        torch.testing.assert_close(terms, own, rtol=1e-4, atol=1e-6)
    for one, other in zip(together, alone, strict=True):
        for moved, expected in zip(one.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(moved.grad, expected.grad, rtol=1e-3, atol=1e-5)


def test_only_a_gpu_takes_restarts_side_by_side() -> None:
    assert side_by_side("abc", CPU) == [["a"], ["b"], ["c"]]
    assert side_by_side("abc", torch.device("cuda")) == [["a", "b", "c"]]
