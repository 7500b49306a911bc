"""A Laplacian pair: kinks in the density, as plugins bring them."""

from __future__ import annotations

import math
from typing import ClassVar

import attrs
import torch
from torch import Generator, Tensor

from wzsim.contracts import AdditiveChannel, DensitySource, Range


@attrs.frozen(kw_only=True)
class LaplaceChannel(AdditiveChannel):
    """Density exp(-|n| / scale) / (2 scale)."""

    name: ClassVar[str] = "laplace"
    scale: float = attrs.field(validator=Range(gt=0))

    @property
    def noise_variance(self) -> float:
        return 2 * self.scale**2

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        first = given.new_empty(given.shape).exponential_(generator=generator)
        second = given.new_empty(given.shape).exponential_(generator=generator)
        return self.scale * (first - second)

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return -noise.abs() / self.scale - math.log(2 * self.scale)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        return self.scale * math.log(tail), -self.scale * math.log(tail)

    def noise_breakpoints(self) -> tuple[float, ...]:
        return (0.0,)


@attrs.frozen(kw_only=True)
class UniformSource(DensitySource):
    """Uniform on (-1, 1): jumps at both ends."""

    name: ClassVar[str] = "uniform"

    @property
    def variance(self) -> float:
        return 1 / 3

    def sample(self, batch: int, generator: Generator) -> Tensor:
        return 2 * torch.rand(batch, 1, generator=generator) - 1

    def log_prob(self, value: Tensor) -> Tensor:
        return ((value.abs() <= 1).to(value.dtype) / 2).log()

    def interval(self, tail: float) -> tuple[float, float]:
        return -1.0, 1.0

    def breakpoints(self) -> tuple[float, ...]:
        return -1.0, 1.0


@attrs.frozen(kw_only=True)
class UniformChannel(AdditiveChannel):
    """Noise uniform on (-half_width, half_width)."""

    name: ClassVar[str] = "uniform"
    half_width: float = attrs.field(validator=Range(gt=0))

    @property
    def noise_variance(self) -> float:
        return self.half_width**2 / 3

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        unit = given.new_empty(given.shape).uniform_(-1, 1, generator=generator)
        return self.half_width * unit

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return ((noise.abs() <= self.half_width).to(noise.dtype) / (2 * self.half_width)).log()

    def noise_interval(self, tail: float) -> tuple[float, float]:
        return -self.half_width, self.half_width

    def noise_breakpoints(self) -> tuple[float, ...]:
        return -self.half_width, self.half_width
