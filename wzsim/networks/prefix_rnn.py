"""A stacked LeakyReLU recurrent network that walks along a message.

`torch.nn.RNN` knows only tanh and ReLU, so the cell is written here. At every
step the network sees the same static input (x at the encoder, y at the decoder)
and one symbol; the static input is projected once for all steps.
"""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from wzsim.networks.dense import uniform_parameter

States = tuple[Tensor, ...]
"""Hidden vectors, one a layer, each of shape (..., hidden_size)."""


class PrefixRnn(nn.Module):
    """h_l <- LeakyReLU(W_l in_l + U_l h_l + b_l); in_1 = (static, symbol), in_l = h_{l-1}.

    Hidden vectors start at zero. All weights are drawn from
    U(-1/sqrt(hidden_size), 1/sqrt(hidden_size)), as `torch.nn.RNN` does.
    `static_size` or `symbol_size` may be 0 for an input that is absent.
    """

    def __init__(
        self,
        static_size: int,
        symbol_size: int,
        hidden_size: int,
        num_layers: int,
        generator: Generator,
    ) -> None:
        super().__init__()
        bound = 1.0 / math.sqrt(hidden_size)

        def drawn(*shape: int) -> nn.Parameter:
            return uniform_parameter(shape, bound, generator)

        self.static_weight = drawn(hidden_size, static_size) if static_size else None
        self.symbol_weight = drawn(hidden_size, symbol_size) if symbol_size else None
        self.deep_weights = nn.ParameterList(
            drawn(hidden_size, hidden_size) for _ in range(num_layers - 1)
        )
        self.recurrent_weights = nn.ParameterList(
            drawn(hidden_size, hidden_size) for _ in range(num_layers)
        )
        self.biases = nn.ParameterList(drawn(hidden_size) for _ in range(num_layers))

    def project(self, static: Tensor | None, batch: int) -> Tensor:
        """What the first layer sees at every step: shape (batch, hidden_size).

        static: shape (batch, static_size), or None where there is none.
        """
        if self.static_weight is None:
            bias: Tensor = self.biases[0]
            return bias.expand(batch, -1)
        assert static is not None
        return functional.linear(static, self.static_weight, self.biases[0])

    def step(self, projected: Tensor, symbol: Tensor | None, states: States | None) -> States:
        """One step along a path.

        projected: from `project`. symbol: (batch, symbol_size), a one-hot or a
        point of the simplex, or None for no symbol. Returns the new states; the
        last one is the output.
        """
        entering = projected
        if symbol is not None:
            assert self.symbol_weight is not None
            entering = torch.addmm(entering, symbol, self.symbol_weight.t())
        return self._climb(entering, states)

    def branch(self, projected: Tensor, states: States | None, symbols: int) -> States:
        """One step for each of `symbols` symbols from each of P prefixes at once.

        projected: (batch, hidden_size). states: each (batch, P, hidden_size), or
        None at the root. Returns states of shape (batch, P * symbols, hidden_size),
        the new symbol the least significant digit.
        """
        assert self.symbol_weight is not None
        batch, hidden = projected.shape
        fan = projected[:, None, :] + self.symbol_weight.t()[:symbols]
        if states is None:
            return self._climb(fan, None)
        prefixes = states[0].shape[1]
        entering = (
            functional.linear(states[0], self.recurrent_weights[0])[:, :, None, :] + fan[:, None]
        ).reshape(batch, prefixes * symbols, hidden)
        below = functional.leaky_relu(entering)
        climbed = [below]
        for layer in range(1, len(self.biases)):
            carried = functional.linear(states[layer], self.recurrent_weights[layer])
            below = functional.leaky_relu(
                functional.linear(below, self.deep_weights[layer - 1], self.biases[layer])
                + carried.repeat_interleave(symbols, dim=1)
            )
            climbed.append(below)
        return tuple(climbed)

    def _climb(self, entering: Tensor, states: States | None) -> States:
        """Up through the layers; `entering` lacks only the first layer's recurrent part."""
        climbed: list[Tensor] = []
        for layer, recurrent in enumerate(self.recurrent_weights):
            if layer:
                entering = functional.linear(
                    climbed[-1], self.deep_weights[layer - 1], self.biases[layer]
                )
            if states is not None:
                entering = torch.addmm(entering, states[layer], recurrent.t())
            climbed.append(functional.leaky_relu(entering))
        return tuple(climbed)
