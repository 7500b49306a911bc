"""Gaussian noise with occasional impulses."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs
from wzsim.contracts import AdditiveChannel, Range, doc

from wzsim_mixture.law import MixtureLaw

if TYPE_CHECKING:
    from torch import Generator, Tensor


@final
@attrs.frozen(kw_only=True)
class BernoulliGaussianChannel(AdditiveChannel):
    """output = given + N, N = W + B V: a background W and, with probability p, an impulse V.

    W ~ N(0, background_variance), V ~ N(0, impulse_variance), P(B = 1) = p, all
    independent: p(n) = (1 - p) N(n; 0, background) + p N(n; 0, background + impulse).

    >>> channel = BernoulliGaussianChannel(
    ...     background_variance=0.01, impulse_variance=1.0, impulse_probability=0.05
    ... )
    >>> round(channel.noise_variance, 12)
    0.06
    """

    name: ClassVar[str] = "bernoulli-gaussian"

    background_variance: float = attrs.field(
        validator=Range(ge=1e-12, le=1e12), metadata=doc("variance of W [units^2]")
    )
    impulse_variance: float = attrs.field(
        validator=Range(ge=1e-12, le=1e12), metadata=doc("variance of V [units^2]")
    )
    impulse_probability: float = attrs.field(
        validator=Range(ge=1e-6, lt=1), metadata=doc("probability of an impulse in a sample")
    )

    @property
    def _law(self) -> MixtureLaw:
        probability, background = self.impulse_probability, self.background_variance
        return MixtureLaw(
            (1 - probability, probability),
            (0.0, 0.0),
            (background, background + self.impulse_variance),
        )

    @property
    def noise_variance(self) -> float:
        return self._law.variance

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        return self._law.draw(given, generator)

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return self._law.log_density(noise)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        return self._law.interval(tail)
