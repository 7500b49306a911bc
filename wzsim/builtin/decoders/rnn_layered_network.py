"""The paper's layered decoder: the network."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from wzsim.contracts import LearnedDecoder, Message, MessageShape, RelaxedMessage
from wzsim.networks.dense import Dense
from wzsim.networks.prefix_rnn import PrefixRnn, States
from wzsim.networks.simplex import one_hot, pad_symbols
from wzsim.networks.state import module_state


@final
class RnnLayeredDecoder(nn.Module, LearnedDecoder):
    """x_hat_k by a stacked RNN that sees (y, m_k) at stage k; one head for all stages."""

    def __init__(
        self, shape: MessageShape, hidden_size: int, num_layers: int, generator: Generator
    ) -> None:
        super().__init__()
        self.shape = shape
        self.rnn = PrefixRnn(1, max(shape.alphabet_sizes), hidden_size, num_layers, generator)
        self.head = Dense(hidden_size, 1, generator)

    def reconstruct_relaxed(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        width = max(self.shape.alphabet_sizes)
        projected = self.rnn.project(y.reshape(-1, 1), y.numel())
        states: States | None = None
        outputs = []
        for weights in message.stages:
            symbol = pad_symbols(weights, width).reshape(-1, width)
            states = self.rnn.step(projected, symbol, states)
            outputs.append(states[-1])
        return tuple(self.head(torch.stack(outputs)).reshape(len(outputs), *y.shape))

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        hard = zip(message.stages, self.shape.alphabet_sizes, strict=False)
        return self.reconstruct_relaxed(
            RelaxedMessage(tuple(one_hot(symbols, size, y.dtype) for symbols, size in hard)), y
        )

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        projected = self.rnn.project(y, len(y))
        states: States | None = None
        stages = []
        for size in self.shape.alphabet_sizes:
            states = self.rnn.branch(projected, states, size)
            stages.append(self.head(states[-1]).squeeze(-1))
        return tuple(stages)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
