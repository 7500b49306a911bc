"""The paper's two priors beside a learned encoder: the network."""

from __future__ import annotations

from typing import final

import numpy as np
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional

from wzsim.contracts import LearnedRateEstimator, Message, MessageShape, RelaxedMessage
from wzsim.networks.dense import Dense
from wzsim.networks.features import InputFeatures
from wzsim.networks.prefix_rnn import PrefixRnn, States
from wzsim.networks.simplex import log_prob_of, one_hot, pad_symbols
from wzsim.networks.state import module_state


@final
class RnnPrior(nn.Module, LearnedRateEstimator):
    """q(m_k | m_1^{k-1}) or q(m_k | m_1^{k-1}, y) by a stacked RNN (Eqs. (8), (9)).

    Stage k sees m_{k-1} (nothing at the first stage) and, when conditional, y.
    With `features` it sees a Fourier series of y. Each stage has a head of its
    own. Gradients stop at the symbols it is fed.
    """

    def __init__(
        self,
        shape: MessageShape,
        *,
        conditional: bool,
        hidden_size: int,
        num_layers: int,
        generator: Generator,
        features: InputFeatures | None = None,
    ) -> None:
        super().__init__()
        self.shape = shape
        self.conditional = conditional
        self.features = features
        inputs = (1 if features is None else features.size) if conditional else 0
        width = max(shape.alphabet_sizes)
        self.rnn = PrefixRnn(inputs, width, hidden_size, num_layers, generator)
        self.heads = nn.ModuleList(
            Dense(hidden_size, size, generator) for size in shape.alphabet_sizes
        )

    def log_probs(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        width = max(self.shape.alphabet_sizes)
        projected = self._project(y.reshape(-1, 1))
        states: States | None = None
        previous: Tensor | None = None
        logs = []
        stages = zip(self.heads, self.shape.alphabet_sizes, message.stages, strict=False)
        for head, size, weights in stages:
            states = self.rnn.step(projected, previous, states)
            logs.append(functional.log_softmax(head(states[-1]).reshape(*y.shape, size), dim=-1))
            previous = pad_symbols(weights.detach(), width).reshape(-1, width)
        return tuple(logs)

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        hard = zip(message.stages, self.shape.alphabet_sizes, strict=False)
        dtype = self.rnn.biases[0].dtype
        relaxed = RelaxedMessage(tuple(one_hot(symbols, size, dtype) for symbols, size in hard))
        return tuple(
            -log_prob_of(symbols, log_q)
            for log_q, symbols in zip(self.log_probs(relaxed, y), message.stages, strict=True)
        )

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        projected = self._project(y if self.conditional else y[:1])
        states = tuple(h[:, None] for h in self.rnn.step(projected, None, None))
        logs = []
        for stage, head in enumerate(self.heads):
            if stage:
                states = self.rnn.branch(projected, states, self.shape.alphabet_sizes[stage - 1])
            logs.append(functional.log_softmax(head(states[-1]), dim=-1))
        return tuple(logs)

    def _project(self, y: Tensor) -> Tensor:
        """What the first layer sees at every stage; y: shape (J, 1)."""
        if not self.conditional:
            return self.rnn.project(None, len(y))
        return self.rnn.project(y if self.features is None else self.features(y), len(y))

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
