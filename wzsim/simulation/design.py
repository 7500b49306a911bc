"""From a scenario to a code: build the parts, and train those that learn."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Generator

from wzsim.contracts import (
    Code,
    LearnedDecoder,
    LearnedEncoder,
    LearnedRateEstimator,
    Listener,
    State,
)
from wzsim.errors import CapabilityError
from wzsim.scenario.model import Scenario
from wzsim.simulation.gumbel import LearnedParts, train_gumbel_softmax
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.seeds import generator_for


def design_code(
    scenario: Scenario, device: str, listener: Listener
) -> tuple[Code, TrainingHistory]:
    """Build the code of a scenario and train it."""
    parts = untrained_parts(scenario, device)
    history = train_gumbel_softmax(
        parts,
        scenario.problem(),
        scenario.training,
        generator_for(scenario.seed, "training samples", device),
        scenario.name,
        listener,
    )
    return Code(parts.encoder, parts.rate_estimator, parts.decoder), history


def untrained_parts(scenario: Scenario, device: str) -> LearnedParts:
    """The three parts of a code as they are before training.

    Raises CapabilityError where a part has nothing that a gradient could move.
    """
    problem, code = scenario.problem(), scenario.code

    def generator(part: str) -> Generator:
        return generator_for(scenario.seed, part, device)

    encoder = code.encoder.build(problem, generator("encoder"))
    rate_estimator = code.rate_estimator.build(problem, encoder, generator("rate estimator"))
    decoder = code.decoder.build(problem, encoder, generator("decoder"))
    if (
        isinstance(encoder, LearnedEncoder)
        and isinstance(rate_estimator, LearnedRateEstimator)
        and isinstance(decoder, LearnedDecoder)
    ):
        return LearnedParts(encoder, rate_estimator, decoder)
    raise CapabilityError(
        f"training by '{scenario.training.method}' moves encoder, rate estimator and decoder "
        f"together, and of '{code.encoder.name}', '{code.rate_estimator.name}' and "
        f"'{code.decoder.name}' one does not learn"
    )


def restore_code(scenario: Scenario, state: Mapping[str, State]) -> Code:
    """The code whose `Code.state()` this is."""
    problem = scenario.problem()
    return Code(
        scenario.code.encoder.restore(problem, state["encoder"]),
        scenario.code.rate_estimator.restore(problem, state["rate_estimator"]),
        scenario.code.decoder.restore(problem, state["decoder"]),
    )
