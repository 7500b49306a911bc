"""Uniform noise: the plugin distribution that wzsim's tests install."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, final

import attrs

from wzsim.contracts import AdditiveChannel, Channel, Range, doc
from wzsim.hookspecs import hookimpl

if TYPE_CHECKING:
    from torch import Generator, Tensor

WZSIM_CONTRACT = 1


@final
@attrs.frozen(kw_only=True)
class UniformNoise(AdditiveChannel):
    """Noise uniform on (-half_width, half_width)."""

    name = "testnoise"

    half_width: float = attrs.field(
        default=0.5, validator=Range(gt=0), metadata=doc("half the width of the density [units]")
    )

    @property
    def noise_variance(self) -> float:
        return self.half_width**2 / 3

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        return given.new_empty(given.shape).uniform_(
            -self.half_width, self.half_width, generator=generator
        )

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        inside = noise.abs() <= self.half_width
        return inside.to(noise.dtype).log() - math.log(2 * self.half_width)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        return -self.half_width, self.half_width

    def noise_breakpoints(self) -> tuple[float, ...]:
        return -self.half_width, self.half_width


@hookimpl
def wzsim_channels() -> list[type[Channel]]:
    """`testnoise`."""
    return [UniformNoise]
