"""What a network sees of a number or a symbol, and what becomes of its output."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import final

import attrs
import torch
from torch import Tensor, nn
from torch.nn import functional


@final
class FourierFeatures(nn.Module):
    """A number and its Fourier series: (v, cos w_1 v, ..., cos w_F v, sin w_1 v, ..., sin w_F v).

    A LeakyReLU network of v alone turns its output around only a few times; with
    the series at its input it can follow bins as fine as `bandwidth` [radian a
    unit]. v is scaled to -1 .. 1 on (low, high) and the w_j are the harmonics of an
    interval `MARGIN` times as long, so that both ends are not taken for one.
    """

    MARGIN = 1.1
    MOST = 256
    """Harmonics; an interval that needs more gets them at a lower bandwidth."""

    def __init__(self, low: float, high: float, bandwidth: float) -> None:
        super().__init__()
        period = (high - low) * self.MARGIN
        count = min(max(1, math.ceil(bandwidth * period / (2 * math.pi))), self.MOST)
        frequencies = torch.arange(1, count + 1, dtype=torch.float64) * (2 * math.pi / period)
        scale = torch.tensor([0.5 * (low + high), 0.5 * (high - low)], dtype=torch.float64)
        self.register_buffer("frequencies", frequencies.to(torch.float32))
        self.register_buffer("scale", scale.to(torch.float32))
        self.frequencies: Tensor
        self.scale: Tensor

    @property
    def size(self) -> int:
        """Numbers that the network sees: 1 + 2 F."""
        return 1 + 2 * len(self.frequencies)

    def forward(self, value: Tensor) -> Tensor:
        """value: shape (..., 1). Returns (..., 1 + 2 F)."""
        centred = value - self.scale[0]
        phase = centred * self.frequencies
        return torch.cat([centred / self.scale[1], phase.cos(), phase.sin()], dim=-1)


@final
class AroundEstimate(nn.Module):
    """x_hat = slope y + offset + deviation v: a network's output v around an estimate from y."""

    def __init__(self, slope: float, offset: float, deviation: float) -> None:
        super().__init__()
        self.register_buffer("line", torch.tensor([slope, offset, deviation]))
        self.line: Tensor

    def forward(self, y: Tensor, value: Tensor) -> Tensor:
        """y and value broadcast against each other."""
        slope, offset, deviation = self.line
        x_hat: Tensor = slope * y + offset + deviation * value
        return x_hat


@final
class OneHotFeatures(nn.Module):
    """A symbol of a finite alphabet as a unit vector."""

    def __init__(self, alphabet: int) -> None:
        super().__init__()
        self.size = alphabet

    def forward(self, value: Tensor) -> Tensor:
        """value: symbols, shape (..., 1). Returns (..., A)."""
        symbols = value.squeeze(-1).round().to(torch.int64).clamp(0, self.size - 1)
        return functional.one_hot(symbols, self.size).to(torch.float32)


@final
@attrs.frozen
class SymbolOutput:
    """A distribution over the alphabet of X, and the reconstruction that it asks for."""

    size: int
    """Symbols, A."""
    decide: Callable[[Tensor], Tensor]
    """From a distribution, shape (..., A), to the reconstruction of least distortion."""


InputFeatures = FourierFeatures | OneHotFeatures
"""What a network sees instead of the number itself."""

OutputForm = AroundEstimate | SymbolOutput
"""What a decoder's output becomes; without one it is x_hat itself."""


def output_size(form: OutputForm | None) -> int:
    """Numbers that a decoder's network gives for a sample."""
    return form.size if isinstance(form, SymbolOutput) else 1


def decided(form: OutputForm | None, x_hat: Tensor) -> Tensor:
    """What a decoder's distribution over symbols asks for; a number is itself."""
    return form.decide(x_hat) if isinstance(form, SymbolOutput) else x_hat


def shaped(form: OutputForm | None, y: Tensor, value: Tensor) -> Tensor:
    """What a decoder gives: x_hat of the shape of y, or with symbols a distribution (..., A).

    value: the network's output, shape (..., 1), or (..., A) with symbols.
    """
    if isinstance(form, SymbolOutput):
        return functional.softmax(value, dim=-1)
    number = value.squeeze(-1)
    around: Tensor = number if form is None else form(y, number)
    return around
