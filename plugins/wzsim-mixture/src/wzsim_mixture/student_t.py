"""Noise with power-law tails."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, final

import attrs
from wzsim.contracts import AdditiveChannel, Range, doc

if TYPE_CHECKING:
    from torch import Generator, Tensor

FAR = 1e6
"""Beyond it log(1 + q^2) is 2 log q to 1e-12, and q^2 soon overflows."""


@final
@attrs.frozen(kw_only=True)
class StudentTChannel(AdditiveChannel):
    """output = given + scale T, T of Student's law with nu degrees of freedom.

        p(t) = Gamma((nu + 1)/2) / (Gamma(nu/2) sqrt(pi nu)) (1 + t^2/nu)^(-(nu + 1)/2).

    nu = 1 is the Cauchy law, nu towards infinity the Gaussian. E |N|^r exists for
    r < nu only: there is no variance for nu <= 2 and no mean for nu <= 1, and
    where X = Y + N has no variance there is no squared error to bound or measure.
    Below nu = 0.5 single precision no longer holds the samples.

    >>> StudentTChannel(degrees_of_freedom=4.0, scale=0.2).noise_variance
    0.08000000000000002
    >>> StudentTChannel(degrees_of_freedom=2.0, scale=0.2).noise_variance
    inf
    """

    name: ClassVar[str] = "student-t"

    degrees_of_freedom: float = attrs.field(
        validator=Range(ge=0.5, le=1e6), metadata=doc("nu; moments exist below this order")
    )
    scale: float = attrs.field(
        validator=Range(ge=1e-6, le=1e6), metadata=doc("what T is multiplied by [units]")
    )

    @property
    def noise_variance(self) -> float:
        """scale^2 nu / (nu - 2), `inf` for nu <= 2 [units^2]."""
        nu = self.degrees_of_freedom
        return self.scale**2 * nu / (nu - 2) if nu > 2 else math.inf

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        """sqrt(nu (U^(-2/nu) - 1)) cos(2 pi V) [Bailey, Math. Comp. 62, 1994], -log U drawn."""
        nu = self.degrees_of_freedom
        power = given.new_empty(given.shape).exponential_(generator=generator) * (2 / nu)
        phase = given.new_empty(given.shape).uniform_(0, 2 * math.pi, generator=generator)
        # sqrt(exp(p) - 1), written so that exp(p) cannot overflow.
        radius = (power / 2).exp() * (-(-power).expm1()).sqrt()
        return radius * phase.cos() * (self.scale * math.sqrt(nu))

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        import torch

        nu = self.degrees_of_freedom
        q = noise / (self.scale * math.sqrt(nu))
        near, far = q.clamp(-FAR, FAR).square().log1p(), 2 * q.abs().clamp(min=FAR).log()
        height = (
            math.lgamma((nu + 1) / 2)
            - math.lgamma(nu / 2)
            - 0.5 * math.log(math.pi * nu)
            - math.log(self.scale)
        )
        return height - 0.5 * (nu + 1) * torch.where(q.abs() < FAR, near, far)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        """Symmetric; from the lower end, where small probabilities keep their digits."""
        from scipy.special import stdtrit

        half_width = -float(stdtrit(self.degrees_of_freedom, tail / 2)) * self.scale
        outward = half_width * (1 + 1e-9)
        return -outward, outward
