"""From a scenario to a code: build the parts, and train those that learn."""

from __future__ import annotations

from collections.abc import Mapping

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
) -> tuple[Code, TrainingHistory | None]:
    """Build the code of a scenario and train it where it learns."""
    problem = scenario.problem()
    encoder = scenario.code.encoder.build(problem, generator_for(scenario.seed, "encoder", device))
    rate_estimator = scenario.code.rate_estimator.build(
        problem, encoder, generator_for(scenario.seed, "rate estimator", device)
    )
    decoder = scenario.code.decoder.build(
        problem, encoder, generator_for(scenario.seed, "decoder", device)
    )
    code = Code(encoder, rate_estimator, decoder)
    if not isinstance(encoder, LearnedEncoder):
        return code, None
    if not isinstance(rate_estimator, LearnedRateEstimator) or not isinstance(
        decoder, LearnedDecoder
    ):
        raise CapabilityError(
            f"method '{scenario.training.method}' trains encoder, rate estimator and decoder "
            f"together; '{scenario.code.rate_estimator.name}' and '{scenario.code.decoder.name}' "
            "must both be learned"
        )
    history = train_gumbel_softmax(
        LearnedParts(encoder, rate_estimator, decoder),
        problem,
        scenario.training,
        generator_for(scenario.seed, "training samples", device),
        scenario.name,
        listener,
    )
    return code, history


def restore_code(scenario: Scenario, state: Mapping[str, State]) -> Code:
    """The code whose `Code.state()` this is."""
    problem = scenario.problem()
    return Code(
        scenario.code.encoder.restore(problem, state["encoder"]),
        scenario.code.rate_estimator.restore(problem, state["rate_estimator"]),
        scenario.code.decoder.restore(problem, state["decoder"]),
    )
