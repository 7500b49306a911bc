"""Noise that is a mixture of Gaussians."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, final

import attrs
from wzsim.contracts import AdditiveChannel, Range, doc

from wzsim_mixture.law import MixtureLaw

if TYPE_CHECKING:
    from torch import Generator, Tensor

TOLERANCE = 1e-9
"""How far the sum of the weights may be from one, and the mean from zero in deviations."""


@final
@attrs.frozen(kw_only=True)
class GaussianMixtureChannel(AdditiveChannel):
    """output = given + N, p(n) = sum_i w_i N(n; mean_i, variance_i), with mean zero.

    The means must average to zero, sum_i w_i mean_i = 0: a known shift of the
    side information is not noise, and `noise_variance` is then E N^2 as well.

    Raises ValueError for lists of different lengths, weights that do not sum to
    one and means that do not average to zero.

    >>> two = GaussianMixtureChannel(weights=(0.5, 0.5), means=(-0.3, 0.3), variances=(0.01, 0.01))
    >>> round(two.noise_variance, 12)
    0.1
    """

    name: ClassVar[str] = "gaussian-mixture"

    weights: tuple[float, ...] = attrs.field(
        validator=Range(ge=1e-6, le=1), metadata=doc("probabilities of the components, sum 1")
    )
    means: tuple[float, ...] = attrs.field(
        validator=Range(ge=-1e6, le=1e6),
        metadata=doc("means of the components, average 0 [units]"),
    )
    variances: tuple[float, ...] = attrs.field(
        validator=Range(ge=1e-12, le=1e12), metadata=doc("variances of the components [units^2]")
    )

    def __attrs_post_init__(self) -> None:
        lengths = len(self.weights), len(self.means), len(self.variances)
        if len(set(lengths)) != 1 or not lengths[0]:
            raise ValueError(
                "weights, means and variances must have one number for each component, not "
                "{}, {} and {}".format(*lengths)
            )
        total = math.fsum(self.weights)
        if abs(total - 1) > TOLERANCE:
            raise ValueError(f"weights must sum to 1, not {total:.12g}")
        if abs(self._law.mean) > TOLERANCE * math.sqrt(self._law.variance):
            raise ValueError(
                f"means must average to 0, and their weighted sum is {self._law.mean:.12g}; "
                "subtract it from each"
            )

    @property
    def _law(self) -> MixtureLaw:
        return MixtureLaw(self.weights, self.means, self.variances)

    @property
    def noise_variance(self) -> float:
        return self._law.variance

    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        return self._law.draw(given, generator)

    def noise_log_prob(self, noise: Tensor) -> Tensor:
        return self._law.log_density(noise)

    def noise_interval(self, tail: float) -> tuple[float, float]:
        return self._law.interval(tail)
