"""The monolithic learned decoder: the network."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from wzsim.contracts import LearnedDecoder, Message, MessageShape, RelaxedMessage
from wzsim.networks.features import (
    InputFeatures,
    OutputForm,
    decided,
    output_size,
    shaped,
)
from wzsim.networks.mlp import Mlp
from wzsim.networks.simplex import one_hot
from wzsim.networks.state import module_state


@final
class MlpMonolithicDecoder(nn.Module, LearnedDecoder):
    """x_hat by a LeakyReLU network of y and the one-hot message, for each sample of a block.

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
        (self._size,) = shape.alphabet_sizes
        self.features, self.form = features, form
        inputs = 1 if features is None else features.size
        self.network = Mlp(
            inputs + self._size, hidden_size, num_layers, output_size(form), generator
        )

    def reconstruct_relaxed(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        return tuple(
            shaped(
                self.form, y, self.network(torch.cat([self._seen(y.unsqueeze(-1)), weights], -1))
            )
            for weights in message.stages
        )

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        dtype = self.network.head.weight.dtype
        hard = tuple(one_hot(symbols, self._size, dtype) for symbols in message.stages)
        estimates = self.reconstruct_relaxed(RelaxedMessage(hard), y)
        return tuple(decided(self.form, x_hat) for x_hat in estimates)

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        every = torch.eye(self._size, dtype=self.network.head.weight.dtype, device=y.device)
        return (shaped(self.form, y, self.network.product(self._seen(y), every)),)

    def _seen(self, y: Tensor) -> Tensor:
        return y if self.features is None else self.features(y)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)
