"""A LeakyReLU network without memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import final

from torch import Generator, Tensor, nn
from torch.nn import functional

from wzsim.networks.dense import Dense


@final
class Mlp(nn.Module):
    """h_l = LeakyReLU(W_l h_{l-1} + b_l) for each hidden layer, then a linear head.

    Weights are drawn as in `Dense`.
    """

    def __init__(
        self, inputs: int, hidden_size: int, num_layers: int, outputs: int, generator: Generator
    ) -> None:
        super().__init__()
        sizes = (inputs, *(hidden_size,) * num_layers)
        self.layers = nn.ModuleList(Dense(*size, generator) for size in pairwise(sizes))
        self.head = Dense(hidden_size, outputs, generator)

    def hidden(self, value: Tensor) -> Iterator[Tensor]:
        """The hidden layers, lowest first, each of shape (..., hidden_size).

        value: shape (..., inputs).
        """
        for layer in self.layers:
            value = functional.leaky_relu(layer(value))
            yield value

    def product(self, first: Tensor, second: Tensor) -> Tensor:
        """The network on all pairs of a row of `first` and one of `second`, side by side.

        first: shape (I, a). second: shape (J, b), a + b = inputs. Returns (I, J,
        outputs). The first layer is computed for each row once.
        """
        bottom, *above = self.layers
        assert isinstance(bottom, Dense)
        left, right = bottom.weight[:, : first.shape[1]], bottom.weight[:, first.shape[1] :]
        entering = functional.linear(first, left, bottom.bias)[:, None, :]
        value = functional.leaky_relu(entering + functional.linear(second, right))
        for layer in above:
            value = functional.leaky_relu(layer(value))
        result: Tensor = self.head(value)
        return result

    def forward(self, value: Tensor) -> Tensor:
        """value: shape (..., inputs). Returns (..., outputs)."""
        *_, last = self.hidden(value)
        result: Tensor = self.head(last)
        return result
