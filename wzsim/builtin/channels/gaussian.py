"""The Gaussian correlation channel."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.contracts import GaussianNoise, Range, doc

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
@attrs.frozen(kw_only=True)
class GaussianChannel(GaussianNoise):
    """Additive white Gaussian noise: output = given + N, N ~ N(0, noise_variance)."""

    name: ClassVar[str] = "gaussian"

    noise_variance: float = attrs.field(
        validator=Range(ge=1e-12, le=1e12), metadata=doc("variance of N [units^2]")
    )

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        normal = given.new_empty(given.shape).normal_(generator=generator)
        return normal.mul_(math.sqrt(self.noise_variance))

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        variance = self.noise_variance
        return -noise.square() / (2 * variance) - 0.5 * math.log(2 * math.pi * variance)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        from scipy.special import ndtri

        half_width = -float(ndtri(tail / 2)) * math.sqrt(self.noise_variance)
        return -half_width, half_width
