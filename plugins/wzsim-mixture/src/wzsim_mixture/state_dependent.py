"""Noise whose power depends on the input."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, final

import attrs
from wzsim.contracts import DensityChannel, Range, doc

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
@attrs.frozen(kw_only=True)
class StateDependentChannel(DensityChannel):
    """output = given + base_deviation W + slope given V, with W, V ~ N(0, 1) independent.

    Constant and multiplicative noise together: given the input g the output is
    N(g, d(g)^2) with d(g) = sqrt(base_deviation^2 + slope^2 g^2), smooth in g.
    The noise is not independent of the input, so the channel is no
    `AdditiveChannel`; its variance is base_deviation^2 + slope^2 E g^2.
    """

    name: ClassVar[str] = "state-dependent"

    base_deviation: float = attrs.field(
        validator=Range(ge=1e-6, le=1e6),
        metadata=doc("deviation of the noise at the input zero [units]"),
    )
    slope: float = attrs.field(
        validator=Range(ge=0, le=10),
        metadata=doc("deviation over |input| at large inputs; 0 is the Gaussian channel"),
    )

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        normal = given.new_empty(given.shape).normal_(generator=generator)
        return given + self._deviation(given) * normal

    def log_prob(self, output: Tensor, given: Tensor) -> Tensor:
        deviation = self._deviation(given)
        away = (output - given) / deviation
        return -0.5 * away.square() - deviation.log() - 0.5 * math.log(2 * math.pi)

    def interval(self, given: float, tail: float) -> tuple[float, float]:
        from scipy.special import ndtri

        deviation = math.hypot(self.base_deviation, self.slope * given)
        half_width = -float(ndtri(tail / 2)) * deviation
        return given - half_width, given + half_width

    def _deviation(self, given: Tensor) -> Tensor:
        """d(given), elementwise [units]."""
        base = given.new_tensor(self.base_deviation)
        return (self.slope * given).hypot(base)
