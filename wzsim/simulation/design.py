"""From a scenario to a code: build the parts, and train those that learn."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Generator

from wzsim.contracts import (
    CheckpointIgnored,
    Code,
    Decoder,
    DecoderConfig,
    Encoder,
    LearnedDecoder,
    LearnedEncoder,
    LearnedRateEstimator,
    Listener,
    RateEstimator,
    RateEstimatorConfig,
    State,
)
from wzsim.errors import CapabilityError
from wzsim.scenario.exact_training import ExactTraining
from wzsim.scenario.model import GumbelSoftmaxTraining, Scenario
from wzsim.scenario.training import DesignTraining
from wzsim.simulation.checkpoint import Checkpoints, Course, UnfitError
from wzsim.simulation.exact import train_exact
from wzsim.simulation.gumbel import LearnedParts, train_gumbel_softmax
from wzsim.simulation.restarts import Restarts
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.seeds import generator_for


def design_code(
    scenario: Scenario, device: str, listener: Listener, checkpoints: Checkpoints
) -> tuple[Code, TrainingHistory | None]:
    """Build the code of a scenario, and train it where it learns.

    A rate estimator or decoder that does not learn is built from the trained
    encoder at the end; a stand-in is trained in its place before. A training
    that was killed goes on from what `checkpoints` kept of it.
    """
    if isinstance(scenario.training, DesignTraining):
        return _finished(scenario, _encoder(scenario, device), None, device), None
    try:
        course = Course(checkpoints, checkpoints.found())
        parts, history = _trained(scenario, device, listener, course)
    except UnfitError as error:
        listener(CheckpointIgnored(scenario.name, str(error)))
        parts, history = _trained(scenario, device, listener, Course(checkpoints))
    return _finished(scenario, parts.encoder, parts, device), history


def _trained(
    scenario: Scenario, device: str, listener: Listener, course: Course
) -> tuple[LearnedParts, TrainingHistory]:
    """The parts as training leaves them. Raises UnfitError where the course cannot be gone on."""
    problem, training = scenario.problem(), scenario.training
    generator = generator_for(scenario.seed, "training samples", device)
    name = scenario.name
    if isinstance(training, ExactTraining):
        restarts = Restarts(lambda restart: untrained_parts(scenario, device, restart), generator)
        return train_exact(problem, training, restarts, name, listener, course)
    assert isinstance(training, GumbelSoftmaxTraining)
    parts = untrained_parts(scenario, device)
    return parts, train_gumbel_softmax(parts, problem, training, generator, name, listener, course)


def untrained_parts(scenario: Scenario, device: str, restart: int = 0) -> LearnedParts:
    """The three parts that training moves, as they are before it.

    Raises CapabilityError where a part has nothing that a gradient could move.
    """
    problem = scenario.problem()
    estimator, decoder = _trained_configs(scenario)
    again = f", restart {restart}" if restart else ""
    drawing = [
        _generator(scenario, part + again, device)
        for part in ("encoder", "rate estimator", "decoder")
    ]
    encoder = scenario.code.encoder.build(problem, drawing[0])
    prior = estimator.build(problem, encoder, drawing[1])
    reconstructor = decoder.build(problem, encoder, drawing[2])
    if (
        isinstance(encoder, LearnedEncoder)
        and isinstance(prior, LearnedRateEstimator)
        and isinstance(reconstructor, LearnedDecoder)
    ):
        return LearnedParts(encoder, prior, reconstructor)
    raise CapabilityError(
        f"method '{scenario.training.method}' trains encoder, rate estimator and decoder together, "
        f"and of '{scenario.code.encoder.name}', '{estimator.name}' and '{decoder.name}' one does "
        "not learn"
    )


def restore_code(scenario: Scenario, state: Mapping[str, State]) -> Code:
    """The code whose `Code.state()` this is."""
    problem = scenario.problem()
    return Code(
        scenario.code.encoder.restore(problem, state["encoder"]),
        scenario.code.rate_estimator.restore(problem, state["rate_estimator"]),
        scenario.code.decoder.restore(problem, state["decoder"]),
    )


def _trained_configs(scenario: Scenario) -> tuple[RateEstimatorConfig, DecoderConfig]:
    problem = scenario.problem()
    return (
        scenario.code.rate_estimator.stand_in(problem),
        scenario.code.decoder.stand_in(problem),
    )


def _finished(
    scenario: Scenario, encoder: Encoder, parts: LearnedParts | None, device: str
) -> Code:
    """The declared parts: those that were trained, and the others built from the encoder."""
    problem, code = scenario.problem(), scenario.code
    stand_ins = _trained_configs(scenario)
    rate_estimator: RateEstimator | None = None
    decoder: Decoder | None = None
    if parts is not None and stand_ins[0] is code.rate_estimator:
        rate_estimator = parts.rate_estimator
    if parts is not None and stand_ins[1] is code.decoder:
        decoder = parts.decoder
    if rate_estimator is None:
        generator = _generator(scenario, "rate estimator", device)
        rate_estimator = code.rate_estimator.build(problem, encoder, generator)
    if decoder is None:
        generator = _generator(scenario, "decoder", device)
        decoder = code.decoder.build(problem, encoder, generator)
    return Code(encoder, rate_estimator, decoder)


def _encoder(scenario: Scenario, device: str) -> Encoder:
    return scenario.code.encoder.build(scenario.problem(), _generator(scenario, "encoder", device))


def _generator(scenario: Scenario, part: str, device: str) -> Generator:
    return generator_for(scenario.seed, part, device)
