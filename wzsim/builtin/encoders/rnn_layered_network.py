"""The paper's layered encoder: the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional

from wzsim.contracts import LearnedEncoder, Message, MessageShape, RelaxedMessage
from wzsim.networks.dense import Dense
from wzsim.networks.prefix_rnn import PrefixRnn, States
from wzsim.networks.state import module_state

if TYPE_CHECKING:
    from collections.abc import Callable


@final
class RnnLayeredEncoder(nn.Module, LearnedEncoder):
    """p(m_k | x) by a stacked RNN that sees x at every stage; one head for all stages.

    The network never sees its own symbols, so p(m_1^K | x) is a product over
    stages. With unequal alphabets the head has the largest one and the rest of
    it is cut off.
    """

    def __init__(
        self, shape: MessageShape, hidden_size: int, num_layers: int, generator: Generator
    ) -> None:
        super().__init__()
        self.shape = shape
        self.rnn = PrefixRnn(1, 0, hidden_size, num_layers, generator)
        self.head = Dense(hidden_size, max(shape.alphabet_sizes), generator)

    def log_probs(self, x: Tensor) -> tuple[Tensor, ...]:
        """log p(m_k | x) [nat]; x: (batch, n), stage k: (batch, n, M_k)."""
        projected = self.rnn.project(x.reshape(-1, 1), x.numel())
        states: States | None = None
        outputs = []
        for _ in self.shape.alphabet_sizes:
            states = self.rnn.step(projected, None, states)
            outputs.append(states[-1])
        sizes = self.shape.alphabet_sizes
        logits = self.head(torch.stack(outputs)).reshape(len(sizes), *x.shape, -1)
        if len(set(sizes)) == 1:
            return tuple(functional.log_softmax(logits, dim=-1))
        return tuple(
            functional.log_softmax(stage[..., :size], dim=-1)
            for stage, size in zip(logits, sizes, strict=True)
        )

    def draw(
        self, x: Tensor, choose: Callable[[int, Tensor], Tensor]
    ) -> tuple[tuple[Tensor, ...], RelaxedMessage]:
        log_probs = self.log_probs(x)
        chosen = tuple(choose(stage, log_p) for stage, log_p in enumerate(log_probs))
        return log_probs, RelaxedMessage(chosen)

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return Message(tuple(log_p.argmax(dim=-1) for log_p in self.log_probs(x)))

    def tree_log_probs(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.log_probs(x)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
