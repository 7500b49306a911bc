"""A training that goes on from any of its checkpoints ends as one that was never stopped."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, final

import attrs
import numpy as np
import pytest
import torch
from torch import nn

from tests.scenarios import exact_scenario, paper_scenario
from wzsim.contracts import (
    CheckpointIgnored,
    Code,
    EpochFinished,
    Event,
    MessageShape,
    Objective,
    SearchAdvanced,
    State,
    Trainable,
    TrainingResumed,
)
from wzsim.errors import RunFailedError
from wzsim.scenario.model import Adam, Scenario, StepDecay, Temperature
from wzsim.simulation.checkpoint import Checkpoints, UnfitError
from wzsim.simulation.design import design_code
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.teacher import Teacher
from wzsim.simulation.tensors import (
    adam_state,
    as_array,
    generator_state,
    load_adam,
    load_generator,
    load_part,
    part_state,
)
from wzsim.theory.partition import Partition


class Memory(Checkpoints):
    """Keeps every state that is offered, in memory."""

    def __init__(self, found: State | None = None) -> None:
        self.states: list[dict[str, np.ndarray]] = []
        self.last = 0
        self._found = found

    def found(self) -> State | None:
        return self._found

    def offer(self, state: Callable[[], State], *, last: bool = False) -> None:
        self.states.append(copy.deepcopy(dict(state())))
        self.last += last

    def forget(self) -> None:
        raise AssertionError("a simulation does not know when its result is safe")


SMALL: dict[str, Any] = {"alphabet_sizes": (2, 2), "hidden_size": 8}

SCENARIOS = {
    "gumbel-softmax": paper_scenario(
        **SMALL,
        epochs=4,
        samples_per_epoch=600,
        batch_size=200,
        temperature=Temperature(start=1.0, stop=0.25),
        learning_rate_decay=StepDecay(factor=0.5, every=2),
    ),
    "teacher": exact_scenario(**SMALL, steps=9, search_rounds=1, restarts=2),
    "target rate": exact_scenario(
        **SMALL, steps=5, search_rounds=1, lagrange_multiplier=None, target_rate=1.0
    ),
    "gradients": exact_scenario(
        **SMALL, steps=12, teacher=False, restarts=3, features="none", batch_size=100
    ),
}


@final
@attrs.frozen(eq=False)
class Run:
    """A training, and what was heard and kept of it. All else follows from its code."""

    code: Code
    history: TrainingHistory
    heard: list[Event]
    kept: Memory

    @property
    def epochs(self) -> list[int]:
        return [event.epoch for event in self.heard if isinstance(event, EpochFinished)]


def run(scenario: Scenario, found: State | None = None) -> Run:
    heard: list[Event] = []
    memory = Memory(found)
    code, history = design_code(scenario, "cpu", heard.append, memory)
    assert history is not None
    return Run(code, history, heard, memory)


@pytest.fixture(scope="module", params=SCENARIOS)
def whole(request: pytest.FixtureRequest) -> tuple[Scenario, Run]:
    """A training that nothing stopped, with all its checkpoints."""
    scenario = SCENARIOS[request.param]
    return scenario, run(scenario)


def arrays(one: Run) -> dict[str, np.ndarray]:
    """All that a seed decides."""
    of_history = ("loss", "stage_rate", "stage_distortion", "temperature", "learning_rate")
    return {
        **{f"history {name}": getattr(one.history, name) for name in of_history},
        **{
            f"{part} {name}": array
            for part, state in one.code.state().items()
            for name, array in state.items()
        },
    }


def assert_bitwise_same(one: Run, other: Run) -> None:
    expected, found = arrays(one), arrays(other)
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        assert array.tobytes() == found[name].tobytes(), name
    assert one.history.notes == other.history.notes


def test_from_every_checkpoint_it_ends_the_same(whole: tuple[Scenario, Run]) -> None:
    scenario, undisturbed = whole
    states, epochs = undisturbed.kept.states, len(undisturbed.epochs)
    assert undisturbed.kept.last == 1
    assert len(states) > epochs
    for position, state in enumerate(states):
        resumed = run(scenario, state)
        assert_bitwise_same(undisturbed, resumed)
        done, seconds = len(state["report.rows"]), float(state["report.seconds"][0])
        assert resumed.heard[0] == TrainingResumed("test", done, epochs, seconds)
        assert resumed.epochs == list(range(done + 1, epochs + 1))
        assert not any(isinstance(event, SearchAdvanced) for event in resumed.heard)
        assert len(resumed.kept.states) == len(states) - position


def test_checkpoints_of_a_resumed_training_are_those_of_the_whole_one(
    whole: tuple[Scenario, Run],
) -> None:
    scenario, undisturbed = whole
    states = undisturbed.kept.states
    half = len(states) // 2
    resumed = run(scenario, states[half])
    for one, other in zip(states[half:], resumed.kept.states, strict=True):
        assert one.keys() == other.keys()
        differing = {name for name in one if one[name].tobytes() != other[name].tobytes()}
        assert differing <= {"report.seconds"}


def test_seconds_go_on_from_those_that_were_spent() -> None:
    scenario = SCENARIOS["gumbel-softmax"]
    kept = run(scenario).kept.states[2]
    resumed = run(scenario, kept | {"report.seconds": np.array([1000.0, 900.0])})
    assert 1000 < resumed.history.seconds < 1100
    first = next(event for event in resumed.heard if isinstance(event, EpochFinished))
    assert 900 < first.seconds < 1000


def test_a_state_holds_plain_numbers_alone(whole: tuple[Scenario, Run]) -> None:
    for state in whole[1].kept.states:
        assert {array.dtype.kind for array in state.values()} <= set("biuf")


WITHOUT = object()

DAMAGE: dict[str, tuple[str, object]] = {
    "nothing of the encoder": ("stepper.parts.encoder.0", WITHOUT),
    "another shape": ("stepper.parts.encoder.0", np.zeros((3, 3), np.float32)),
    "another type": ("stepper.parts.decoder.0", np.zeros((8, 1), np.float64)),
    "other parameters": ("stepper.parts.decoder.digest", np.zeros(32, np.uint8)),
    "half a moment": ("stepper.adam.0.exp_avg", WITHOUT),
    "no generator": ("stepper.generator", np.zeros(3, np.uint8)),
    "a generator of zeros": ("stepper.generator", np.zeros(5056, np.uint8)),
    "no history": ("report.rows", WITHOUT),
    "a long history": ("report.rows", np.zeros((5, 7))),
    "a wide history": ("report.rows", np.zeros((2, 9))),
    "too much done": ("done", np.array(5)),
    "less than nothing done": ("done", np.array(-1)),
    "a share done": ("done", np.array(2.0)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_does_not_fit_is_ignored_and_said(damage: str) -> None:
    scenario = SCENARIOS["gumbel-softmax"]
    undisturbed = run(scenario)
    name, array = DAMAGE[damage]
    state = undisturbed.kept.states[2]
    assert name in state
    state[name] = array  # type: ignore[assignment]  # damage
    if array is WITHOUT:
        del state[name]
    again = run(scenario, state)
    assert_bitwise_same(undisturbed, again)
    (ignored,) = (event for event in again.heard if isinstance(event, CheckpointIgnored))
    assert ignored.reason.startswith(("it", "RnnLayered"))
    assert again.epochs == [1, 2, 3, 4]


TWO = MessageShape((2, 2))


def test_a_teacher_comes_back() -> None:
    partition = Partition(np.array([-0.1, 0.3]), np.array([0, 3, 1]), (2, 2))
    prices = Objective((1 / 3, 2e-300), (0.0, 1.0))
    teacher = Teacher(partition, 0.1 + 0.2, "lloyd", prices, {"spread": 0.7, "restarts": 3})
    again = Teacher.restored(teacher.state(), TWO)
    assert np.array_equal(again.partition.thresholds, partition.thresholds)
    assert np.array_equal(again.partition.labels, partition.labels)
    assert (again.loss, again.start) == (teacher.loss, teacher.start)
    assert (again.objective, again.notes) == (prices, teacher.notes)


PRICES = '{"lagrange_multipliers": [1, 1], "rate_weights": [1, 1]}'


@pytest.mark.parametrize(
    "words",
    [
        "",
        "\N{LATIN SMALL LETTER A WITH DIAERESIS}",
        "[]",
        '{"objective": {}}',
        '{"objective": [1], "notes": {}, "loss": 1, "start": ""}',
        f'{{"objective": {PRICES.replace("1, 1", "1")}, "notes": {{}}, "loss": 1, "start": ""}}',
        f'{{"objective": {PRICES}, "notes": {{"a": []}}, "loss": 1, "start": ""}}',
        f'{{"objective": {PRICES}, "notes": [], "loss": 1, "start": ""}}',
        f'{{"objective": {PRICES}, "notes": {{}}, "loss": "low", "start": ""}}',
    ],
)
def test_a_teacher_that_is_none_is_refused(words: str) -> None:
    teacher: dict[str, Any] = {
        "thresholds": np.zeros(1),
        "labels": np.arange(2),
        "words": np.frombuffer(words.encode("latin-1"), np.uint8),
    }
    with pytest.raises(UnfitError, match="its teacher is"):
        Teacher.restored(teacher, TWO)


def test_a_teacher_of_no_partition_is_refused() -> None:
    words = f'{{"objective": {PRICES}, "notes": {{}}, "loss": 1, "start": ""}}'
    teacher: dict[str, Any] = {
        "thresholds": np.zeros(1),
        "labels": np.arange(2),
        "words": np.frombuffer(words.encode(), np.uint8),
    }
    assert Teacher.restored(teacher, TWO).loss == 1
    for key, array in (("labels", np.arange(3)), ("labels", np.array([0, 4]))):
        with pytest.raises(UnfitError, match="its teacher is none"):
            Teacher.restored(teacher | {key: array}, TWO)


@pytest.mark.parametrize(("name", "value"), [("left", 4), ("left", 0), ("0.decoding.steps", 999)])
def test_restarts_and_steps_that_a_training_has_not(name: str, value: int) -> None:
    scenario = SCENARIOS["gradients"]
    state = run(scenario).kept.states[1] | {f"halving.{name}": np.array(value)}
    assert isinstance(run(scenario, state).heard[0], CheckpointIgnored)


def test_a_loss_that_is_no_number_fails_as_it_did() -> None:
    scenario = paper_scenario(
        **SMALL, epochs=2, samples_per_epoch=400, batch_size=200, optimizer=Adam(learning_rate=1e30)
    )
    with pytest.raises(RunFailedError, match=r"smaller training\.optimizer\.learning_rate"):
        run(scenario)


class Counting(nn.Module, Trainable):
    """A part with a number in its `state()` that is neither parameter nor buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 3))
        self.register_buffer("mean", torch.zeros(3, dtype=torch.bfloat16))
        self.calls = 0

    def state(self) -> dict[str, np.ndarray]:
        return {"weight": as_array(self.weight), "calls": np.array(self.calls)}


def test_a_part_comes_back_with_its_buffers() -> None:
    one, other = Counting(), Counting()
    with torch.no_grad():
        one.weight.normal_()
        one.mean += torch.tensor([0.1, -2.0, 3e38])  # type: ignore[operator]  # a buffer
    load_part(other, part_state(one))
    assert torch.equal(one.weight, other.weight)
    assert torch.equal(*(part.get_buffer("mean") for part in (one, other)))


def test_a_part_that_counts_beside_its_parameters_is_refused() -> None:
    one = Counting()
    one.calls = 3
    with pytest.raises(UnfitError, match="Counting has a state"):
        load_part(Counting(), part_state(one))


def test_adam_and_its_generator_go_on_bit_by_bit() -> None:
    """Parameters of which one has no gradient at first, as of an encoder that waits."""

    def steps(adam: torch.optim.Adam, generator: torch.Generator, count: int) -> None:
        first, second = adam.param_groups[0]["params"]
        for step in range(count):
            loss = (torch.randn(50, generator=generator) @ first).square()
            if step > 2:
                loss = loss + (second * first[0]).sum().exp()
            adam.zero_grad()
            loss.backward()
            adam.step()

    def new() -> tuple[torch.optim.Adam, torch.Generator]:
        values = (torch.linspace(0, 1, 50), torch.linspace(-1, 1, 7))
        adam = torch.optim.Adam([nn.Parameter(value.clone()) for value in values], fused=True)
        return adam, torch.Generator().manual_seed(1)

    for stop in (2, 5):
        adam, generator = new()
        steps(adam, generator, stop)
        state, kept = adam_state(adam), {"now": generator_state(generator)}
        assert len(state) == (3 if stop == 2 else 6)
        again, drawing = new()
        for mine, its in zip(
            again.param_groups[0]["params"], adam.param_groups[0]["params"], strict=True
        ):
            mine.data.copy_(its.data)
        load_adam(again, state)
        load_generator(drawing, kept, "now")
        steps(adam, generator, 9)
        steps(again, drawing, 9)
        for one, other in zip(
            adam.param_groups[0]["params"], again.param_groups[0]["params"], strict=True
        ):
            assert torch.equal(one, other)
