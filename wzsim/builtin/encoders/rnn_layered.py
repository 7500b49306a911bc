"""The paper's layered encoder: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.builtin.inputs import (
    FEATURES_DOC,
    LOGIT_DEVIATION,
    ONE_OF_FEATURES,
    Features,
    input_features,
    pair_scales,
)
from wzsim.contracts import DesignProblem, EncoderConfig, Range, State, doc

if TYPE_CHECKING:
    from torch import Generator

    from wzsim.builtin.encoders.rnn_layered_network import RnnLayeredEncoder


@final
@attrs.frozen(kw_only=True)
class RnnLayeredEncoderConfig(EncoderConfig):
    """Stacked LeakyReLU RNN that sees x at every stage; one softmax head for all stages."""

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

    def build(self, problem: DesignProblem, generator: Generator) -> RnnLayeredEncoder:
        return self._network(problem, generator)

    def restore(self, problem: DesignProblem, state: State) -> RnnLayeredEncoder:
        from torch import Generator

        from wzsim.networks.state import load_module_state

        return load_module_state(self._network(problem, Generator()), state)

    def _network(self, problem: DesignProblem, generator: Generator) -> RnnLayeredEncoder:
        from wzsim.builtin.encoders.rnn_layered_network import RnnLayeredEncoder

        features = input_features(self.features, problem.pair, "x", generator.device)
        encoder = RnnLayeredEncoder(
            problem.shape, self.hidden_size, self.num_layers, generator, features
        )
        if features is not None:
            encoder.spread_logits(*pair_scales(problem.pair).x_interval, LOGIT_DEVIATION)
        return encoder
