"""The paper's layered decoder: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.builtin.inputs import (
    FEATURES_DOC,
    ONE_OF_FEATURES,
    Features,
    input_features,
    output_form,
    why_not_learned,
)
from wzsim.contracts import DecoderConfig, DesignProblem, Encoder, Range, State, doc

if TYPE_CHECKING:
    from torch import Generator

    from wzsim.builtin.decoders.rnn_layered_network import RnnLayeredDecoder


@final
@attrs.frozen(kw_only=True)
class RnnLayeredDecoderConfig(DecoderConfig):
    """Stacked LeakyReLU RNN that sees (y, m_k) at stage k; one linear head for all stages."""

    name: ClassVar[str] = "rnn-layered"
    learned: ClassVar[bool] = True

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
        return why_not_learned(problem)

    def build(
        self, problem: DesignProblem, encoder: Encoder, generator: Generator
    ) -> RnnLayeredDecoder:
        return self._network(problem, generator)

    def restore(self, problem: DesignProblem, state: State) -> RnnLayeredDecoder:
        from torch import Generator

        from wzsim.networks.state import load_module_state

        return load_module_state(self._network(problem, Generator()), state)

    def _network(self, problem: DesignProblem, generator: Generator) -> RnnLayeredDecoder:
        from wzsim.builtin.decoders.rnn_layered_network import RnnLayeredDecoder

        return RnnLayeredDecoder(
            problem.shape,
            self.hidden_size,
            self.num_layers,
            generator,
            input_features(self.features, problem.pair, "y", generator.device),
            output_form(self.features, problem, generator.device),
        )
