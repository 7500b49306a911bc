"""`marginal` and `conditional` rate estimators: what a scenario says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.builtin.inputs import FEATURES_DOC, ONE_OF_FEATURES, Features, input_features
from wzsim.builtin.scalar.limits import why_not_own_law
from wzsim.contracts import (
    DesignProblem,
    Encoder,
    Range,
    RateEstimator,
    RateEstimatorConfig,
    State,
    doc,
)

if TYPE_CHECKING:
    from torch import Generator

    from wzsim.builtin.rates.monolithic_prior import MonolithicPrior
    from wzsim.builtin.rates.rnn_prior import RnnPrior


@attrs.frozen(kw_only=True)
class PriorConfig(RateEstimatorConfig):
    """What both priors have in common.

    Beside a learned encoder q is a LeakyReLU network: for a layered code a
    stacked RNN with one softmax head a stage; for a code with one stage an MLP
    of y, or a vector of logits where q does not see y (the sizes of the network
    then have no effect). Beside any other encoder q has no network: it is exact
    where the pair has a density, and counted where it can only be sampled.
    """

    hidden_size: int = attrs.field(
        default=100, validator=Range(ge=1, le=10_000), metadata=doc("width of each hidden layer")
    )
    num_layers: int = attrs.field(
        default=2, validator=Range(ge=1, le=100), metadata=doc("stacked hidden layers")
    )
    features: Features = attrs.field(
        default="none", validator=ONE_OF_FEATURES, metadata=FEATURES_DOC
    )

    def refusal(self, problem: DesignProblem) -> str | None:
        return None if problem.encoder.learned else why_not_own_law(problem)

    def build(
        self, problem: DesignProblem, encoder: Encoder, generator: Generator
    ) -> RateEstimator:
        from wzsim.builtin.scalar.exact_parts import build_rate

        if problem.encoder.learned:
            return self._network(problem, generator)
        return build_rate(problem, encoder, generator, conditional=self.uses_side_information)

    def restore(self, problem: DesignProblem, state: State) -> RateEstimator:
        from torch import Generator

        from wzsim.builtin.scalar.exact_parts import restore_rate

        if not problem.encoder.learned:
            return restore_rate(problem, state, conditional=self.uses_side_information)

        from wzsim.networks.state import load_module_state

        return load_module_state(self._network(problem, Generator()), state)

    def _network(self, problem: DesignProblem, generator: Generator) -> RnnPrior | MonolithicPrior:
        from wzsim.builtin.rates.monolithic_prior import MonolithicPrior
        from wzsim.builtin.rates.rnn_prior import RnnPrior

        features = None
        if self.uses_side_information:
            features = input_features(self.features, problem.pair, "y", generator.device)
        prior = RnnPrior if problem.shape.stages > 1 else MonolithicPrior
        return prior(
            problem.shape,
            conditional=self.uses_side_information,
            hidden_size=self.hidden_size,
            num_layers=self.num_layers,
            generator=generator,
            features=features,
        )


@final
@attrs.frozen(kw_only=True)
class MarginalConfig(PriorConfig):
    """q(m_k | m_1^{k-1}), Eq. (8): the rate of an ideal entropy coder."""

    name: ClassVar[str] = "marginal"
    uses_side_information: ClassVar[bool] = False


@final
@attrs.frozen(kw_only=True)
class ConditionalConfig(PriorConfig):
    """q(m_k | m_1^{k-1}, y), Eq. (9): the rate of an ideal Slepian-Wolf coder."""

    name: ClassVar[str] = "conditional"
    uses_side_information: ClassVar[bool] = True
