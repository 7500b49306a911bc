"""The monolithic learned decoder: the network."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from wzsim.contracts import LearnedDecoder, Message, MessageShape, RelaxedMessage
from wzsim.networks.mlp import Mlp
from wzsim.networks.simplex import one_hot
from wzsim.networks.state import module_state


@final
class MlpMonolithicDecoder(nn.Module, LearnedDecoder):
    """x_hat by a LeakyReLU network of y and the one-hot message, for each sample of a block."""

    def __init__(
        self, shape: MessageShape, hidden_size: int, num_layers: int, generator: Generator
    ) -> None:
        super().__init__()
        (self._size,) = shape.alphabet_sizes
        self.network = Mlp(1 + self._size, hidden_size, num_layers, 1, generator)

    def reconstruct_relaxed(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        return tuple(
            self.network(torch.cat([y.unsqueeze(-1), weights], dim=-1)).squeeze(-1)
            for weights in message.stages
        )

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        hard = tuple(one_hot(symbols, self._size, y.dtype) for symbols in message.stages)
        return self.reconstruct_relaxed(RelaxedMessage(hard), y)

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        every = torch.eye(self._size, dtype=y.dtype, device=y.device).expand(len(y), -1, -1)
        seen = y[:, :, None].expand(-1, self._size, -1)
        return (self.network(torch.cat([seen, every], dim=-1)).squeeze(-1),)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
