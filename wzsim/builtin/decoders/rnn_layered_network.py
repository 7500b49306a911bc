"""The paper's layered decoder: the network."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from wzsim.contracts import LearnedDecoder, Message, MessageShape, RelaxedMessage
from wzsim.networks.dense import Dense
from wzsim.networks.features import (
    InputFeatures,
    OutputForm,
    decided,
    output_size,
    shaped,
)
from wzsim.networks.prefix_rnn import PrefixRnn, States
from wzsim.networks.simplex import one_hot, pad_symbols
from wzsim.networks.state import module_state


@final
class RnnLayeredDecoder(nn.Module, LearnedDecoder):
    """x_hat_k by a stacked RNN that sees (y, m_k) at stage k; one head for all stages.

    With `features` it sees a Fourier series of y, or a symbol as a unit vector; with
    `form` its output is added to an estimate of x from y, or is a distribution of symbols.
    """

    def __init__(
        self,
        shape: MessageShape,
        hidden_size: int,
        num_layers: int,
        generator: Generator,
        features: InputFeatures | None = None,
        form: OutputForm | None = None,
    ) -> None:
        super().__init__()
        self.shape = shape
        self.features, self.form = features, form
        inputs = 1 if features is None else features.size
        self.rnn = PrefixRnn(inputs, max(shape.alphabet_sizes), hidden_size, num_layers, generator)
        self.head = Dense(hidden_size, output_size(form), generator)

    def reconstruct_relaxed(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        width = max(self.shape.alphabet_sizes)
        projected = self._project(y.reshape(-1, 1))
        states: States | None = None
        outputs = []
        for weights in message.stages:
            symbol = pad_symbols(weights, width).reshape(-1, width)
            states = self.rnn.step(projected, symbol, states)
            outputs.append(states[-1])
        values = self.head(torch.stack(outputs))
        values = values.reshape(len(outputs), *y.shape, output_size(self.form))
        return tuple(shaped(self.form, y, values))

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        hard = zip(message.stages, self.shape.alphabet_sizes, strict=False)
        dtype = self.head.weight.dtype
        relaxed = RelaxedMessage(tuple(one_hot(symbols, size, dtype) for symbols, size in hard))
        return tuple(decided(self.form, x_hat) for x_hat in self.reconstruct_relaxed(relaxed, y))

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        projected = self._project(y)
        states: States | None = None
        stages = []
        for size in self.shape.alphabet_sizes:
            states = self.rnn.branch(projected, states, size)
            stages.append(shaped(self.form, y, self.head(states[-1])))
        return tuple(stages)

    def _project(self, y: Tensor) -> Tensor:
        """What the first layer sees at every stage; y: shape (J, 1)."""
        return self.rnn.project(y if self.features is None else self.features(y), len(y))

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
