"""The monolithic learned decoder: the network."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from wzsim.contracts import LearnedDecoder, Message, MessageShape, RelaxedMessage
from wzsim.networks.features import AroundEstimate, FourierFeatures
from wzsim.networks.mlp import Mlp
from wzsim.networks.simplex import one_hot
from wzsim.networks.state import module_state


@final
class MlpMonolithicDecoder(nn.Module, LearnedDecoder):
    """x_hat by a LeakyReLU network of y and the one-hot message, for each sample of a block.

    With `features` it sees a Fourier series of y; with `around` its output is
    added to an estimate of x from y.
    """

    def __init__(
        self,
        shape: MessageShape,
        hidden_size: int,
        num_layers: int,
        generator: Generator,
        features: FourierFeatures | None = None,
        around: AroundEstimate | None = None,
    ) -> None:
        super().__init__()
        (self._size,) = shape.alphabet_sizes
        self.features, self.around = features, around
        inputs = 1 if features is None else features.size
        self.network = Mlp(inputs + self._size, hidden_size, num_layers, 1, generator)

    def reconstruct_relaxed(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        return tuple(
            self._around(
                y, self.network(torch.cat([self._seen(y.unsqueeze(-1)), weights], -1)).squeeze(-1)
            )
            for weights in message.stages
        )

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        hard = tuple(one_hot(symbols, self._size, y.dtype) for symbols in message.stages)
        return self.reconstruct_relaxed(RelaxedMessage(hard), y)

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        every = torch.eye(self._size, dtype=y.dtype, device=y.device)
        return (self._around(y, self.network.product(self._seen(y), every).squeeze(-1)),)

    def _seen(self, y: Tensor) -> Tensor:
        return y if self.features is None else self.features(y)

    def _around(self, y: Tensor, value: Tensor) -> Tensor:
        return value if self.around is None else self.around(y, value)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
