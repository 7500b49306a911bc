"""The monolithic learned encoder: the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from torch import Generator, Tensor

from wzsim.contracts import MessageShape
from wzsim.networks.dense import Dense
from wzsim.networks.features import InputFeatures
from wzsim.networks.leaky_relu_encoder import LeakyReluEncoder
from wzsim.networks.mlp import Mlp


@final
class MlpMonolithicEncoder(LeakyReluEncoder):
    """p(m | x) by a LeakyReLU MLP with a softmax over all M messages."""

    def __init__(
        self,
        shape: MessageShape,
        hidden_size: int,
        num_layers: int,
        generator: Generator,
        features: InputFeatures | None = None,
    ) -> None:
        super().__init__(shape, features)
        (size,) = shape.alphabet_sizes
        self.network = Mlp(self.inputs, hidden_size, num_layers, size, generator)

    @property
    def last_layer(self) -> Dense:
        return self.network.head

    def logits(self, x: Tensor) -> Tensor:
        result: Tensor = self.network(self.seen(x))
        return result[None]

    def hidden(self, x: Tensor) -> Iterator[Tensor]:
        return self.network.hidden(self.seen(x))
