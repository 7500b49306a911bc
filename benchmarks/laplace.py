"""A channel with Laplacian noise, as a plugin file."""

import math

import attrs
from torch import Generator, Tensor

from wzsim.contracts import AdditiveChannel, Component, Range
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1


@attrs.frozen(kw_only=True)
class Laplace(AdditiveChannel):
    """Noise of density exp(-|n| / scale) / (2 scale)."""

    name = "laplace"
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


@hookimpl
def wzsim_channels() -> list[type[Component]]:
    return [Laplace]
