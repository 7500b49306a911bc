"""The Laplacian correlation channel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs
from wzsim.contracts import AdditiveChannel, Range, doc

from wzsim_laplace import law

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
@attrs.frozen(kw_only=True)
class LaplaceChannel(AdditiveChannel):
    """output = given + N, p(n) = exp(-|n| / scale) / (2 scale).

    The usual model of the side information of distributed video coding.

    >>> LaplaceChannel(scale=0.5).noise_variance
    0.5
    """

    name: ClassVar[str] = "laplace"

    scale: float = attrs.field(
        validator=Range(ge=1e-6, le=1e6), metadata=doc("mean of |n| [units]")
    )

    @property
    def noise_variance(self) -> float:
        return law.variance(self.scale)

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        return law.draw(given, self.scale, generator)

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return law.log_density(noise, self.scale)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        return law.interval(self.scale, tail)

    def noise_breakpoints(self) -> tuple[float, ...]:
        return (0.0,)
