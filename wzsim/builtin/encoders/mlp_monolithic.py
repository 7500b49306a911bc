"""The monolithic learned encoder: what a scenario says of it."""

from __future__ import annotations

import math
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

    from wzsim.builtin.encoders.mlp_monolithic_network import MlpMonolithicEncoder


@final
@attrs.frozen(kw_only=True)
class MlpMonolithicEncoderConfig(EncoderConfig):
    """LeakyReLU MLP that sees x and sends one message [Ozyilkan, Balle, Erkip, ISIT 2023]."""

    name: ClassVar[str] = "mlp-monolithic"
    learned: ClassVar[bool] = True

    hidden_size: int = attrs.field(
        default=100, validator=Range(ge=1, le=10_000), metadata=doc("width of each hidden layer")
    )
    num_layers: int = attrs.field(default=2, validator=Range(ge=1), metadata=doc("hidden layers"))
    features: Features = attrs.field(
        default="none", validator=ONE_OF_FEATURES, metadata=FEATURES_DOC
    )

    def refusal(self, problem: DesignProblem) -> str | None:
        sizes = problem.shape.alphabet_sizes
        if len(sizes) > 1:
            return (
                f"it sends one message, and alphabet_sizes has {len(sizes)} stages: "
                f"use [{math.prod(sizes)}], or rnn-layered"
            )
        return None

    def build(self, problem: DesignProblem, generator: Generator) -> MlpMonolithicEncoder:
        return self._network(problem, generator)

    def restore(self, problem: DesignProblem, state: State) -> MlpMonolithicEncoder:
        from torch import Generator

        from wzsim.networks.state import load_module_state

        return load_module_state(self._network(problem, Generator()), state)

    def _network(self, problem: DesignProblem, generator: Generator) -> MlpMonolithicEncoder:
        from wzsim.builtin.encoders.mlp_monolithic_network import MlpMonolithicEncoder

        features = input_features(self.features, problem.pair, "x", generator.device)
        encoder = MlpMonolithicEncoder(
            problem.shape, self.hidden_size, self.num_layers, generator, features
        )
        if features is not None:
            encoder.spread_logits(*pair_scales(problem.pair).x_interval, LOGIT_DEVIATION)
        return encoder
