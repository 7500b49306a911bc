"""The paper's layered encoder: the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import torch
from torch import Generator, Tensor

from wzsim.contracts import MessageShape
from wzsim.networks.dense import Dense
from wzsim.networks.features import InputFeatures
from wzsim.networks.leaky_relu_encoder import LeakyReluEncoder
from wzsim.networks.prefix_rnn import PrefixRnn, States


@final
class RnnLayeredEncoder(LeakyReluEncoder):
    """p(m_k | x) by a stacked RNN that sees x at every stage; one head for all stages.

    With unequal alphabets the head has the largest one and the rest of it is
    cut off.
    """

    def __init__(
        self,
        shape: MessageShape,
        hidden_size: int,
        num_layers: int,
        generator: Generator,
        features: InputFeatures | None = None,
    ) -> None:
        super().__init__(shape, features)
        self.rnn = PrefixRnn(self.inputs, 0, hidden_size, num_layers, generator)
        self.head = Dense(hidden_size, max(shape.alphabet_sizes), generator)

    @property
    def last_layer(self) -> Dense:
        return self.head

    def logits(self, x: Tensor) -> Tensor:
        result: Tensor = self.head(torch.stack([states[-1] for states in self._walk(x)]))
        return result

    def hidden(self, x: Tensor) -> Iterator[Tensor]:
        return (layer for states in self._walk(x) for layer in states)

    def _walk(self, x: Tensor) -> Iterator[States]:
        """The hidden vectors after each step, one step a stage."""
        projected = self.rnn.project(self.seen(x), len(x))
        states: States | None = None
        for _ in self.shape.alphabet_sizes:
            states = self.rnn.step(projected, None, states)
            yield states
