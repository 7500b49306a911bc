"""The Gaussian source."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.contracts import GaussianLaw, Range, doc

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
@attrs.frozen(kw_only=True)
class GaussianSource(GaussianLaw):
    """Independent samples of N(0, variance).

    >>> low, high = GaussianSource(variance=4.0).interval(tail=0.0455)
    >>> round(high, 3)
    4.0
    """

    name: ClassVar[str] = "gaussian"

    variance: float = attrs.field(
        default=1.0, validator=Range(ge=1e-12, le=1e12), metadata=doc("variance [units^2]")
    )

    def sample(self, batch: int, generator: Generator) -> Tensor:
        import torch

        normal = torch.randn(batch, 1, generator=generator, device=generator.device)
        return normal.mul_(math.sqrt(self.variance))

    def log_prob(self, value: Tensor) -> Tensor:
        return -value.square() / (2 * self.variance) - 0.5 * math.log(2 * math.pi * self.variance)

    def interval(self, tail: float) -> tuple[float, float]:
        from scipy.special import ndtri

        half_width = -float(ndtri(tail / 2)) * math.sqrt(self.variance)
        return -half_width, half_width
