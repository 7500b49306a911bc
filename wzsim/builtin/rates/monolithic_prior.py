"""The two priors of a code with one stage: the network."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn
from torch.nn import functional

from wzsim.contracts import LearnedRateEstimator, Message, MessageShape, RelaxedMessage
from wzsim.networks.features import InputFeatures
from wzsim.networks.mlp import Mlp
from wzsim.networks.simplex import log_prob_of
from wzsim.networks.state import module_state


@final
class MonolithicPrior(nn.Module, LearnedRateEstimator):
    """q(m) by a vector of logits, or q(m | y) by a LeakyReLU network of y.

    As in Ozyilkan, Balle and Erkip (ISIT 2023). The conditional network is
    applied to each sample of a block.
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
        (size,) = shape.alphabet_sizes
        self.features = features
        inputs = 1 if features is None else features.size
        self.network = (
            Mlp(inputs, hidden_size, num_layers, size, generator) if conditional else None
        )
        self.logits = (
            None if conditional else nn.Parameter(torch.zeros(size, device=generator.device))
        )

    def log_probs(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        return (self._log_q(y).expand(*y.shape, -1),)

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        log_q = self._log_q(y).expand(*y.shape, -1)
        return tuple(-log_prob_of(symbols, log_q) for symbols in message.stages)

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        return (self._log_q(y),)

    def _log_q(self, y: Tensor) -> Tensor:
        """Shape (batch, n, M), or (1, 1, M) without y."""
        if self.network is not None:
            return functional.log_softmax(self.network(self._seen(y.unsqueeze(-1))), dim=-1)
        assert self.logits is not None
        return functional.log_softmax(self.logits, dim=-1)[None, None]

    def _seen(self, y: Tensor) -> Tensor:
        return y if self.features is None else self.features(y)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
