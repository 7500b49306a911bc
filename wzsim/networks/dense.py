"""A linear layer whose first weights come from a generator."""

from __future__ import annotations

import math

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional


def uniform_parameter(shape: tuple[int, ...], bound: float, generator: Generator) -> nn.Parameter:
    """A parameter drawn from U(-bound, bound) on the generator's device."""
    values = torch.empty(shape, device=generator.device)
    return nn.Parameter(values.uniform_(-bound, bound, generator=generator))


class Dense(nn.Module):
    """y = x W^T + b, drawn from U(-1/sqrt(inputs), 1/sqrt(inputs)) as in `torch.nn.Linear`."""

    def __init__(self, inputs: int, outputs: int, generator: Generator) -> None:
        super().__init__()
        bound = 1.0 / math.sqrt(inputs)
        self.weight = uniform_parameter((outputs, inputs), bound, generator)
        self.bias = uniform_parameter((outputs,), bound, generator)

    def forward(self, value: Tensor) -> Tensor:
        """value: (..., inputs). Returns (..., outputs)."""
        return functional.linear(value, self.weight, self.bias)
