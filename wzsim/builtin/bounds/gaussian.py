"""The three closed-form bounds of Gaussian pairs under squared error."""

from __future__ import annotations

from typing import ClassVar, final

import attrs
from numpy.typing import ArrayLike

from wzsim.contracts import (
    Bound,
    ComposedPair,
    Distortion,
    GaussianLaw,
    GaussianNoise,
    Interval,
    Pair,
    RateDistortionFunction,
)
from wzsim.theory import gaussian

SQUARED_ERROR = "squared-error"


@final
@attrs.frozen
class GaussianCurve(RateDistortionFunction):
    """variance 2^(-2R)."""

    variance: float
    certificate: str = "closed form"

    @property
    def largest_distortion(self) -> float:
        return self.variance

    def distortion(self, rate: ArrayLike) -> Interval:
        return Interval.exact(gaussian.distortion_rate(self.variance, rate))

    def rate(self, distortion: ArrayLike) -> Interval:
        return Interval.exact(gaussian.rate_distortion(self.variance, distortion))


def conditional_curve(pair: Pair) -> GaussianCurve:
    """Var(X|Y) 2^(-2R) of a pair with a Gaussian law of X given Y."""
    conditional = gaussian.gaussian_conditional(pair)
    assert conditional is not None
    return GaussianCurve(conditional[1])


def without_rate_loss(pair: Pair, distortion: Distortion) -> bool:
    """Whether `conditional_curve` is the Wyner-Ziv function."""
    return distortion.name == SQUARED_ERROR and gaussian.gaussian_conditional(pair) is not None


@final
@attrs.frozen(kw_only=True)
class WynerZivBound(Bound):
    """D_WZ(R) = Var(X|Y) 2^(-2R): side information at the decoder only."""

    name: ClassVar[str] = "wyner-ziv"
    title: ClassVar[str] = "Wyner-Ziv bound"
    scope: ClassVar[str] = (
        "squared error with X = Y + N, N Gaussian, or with Y = X + N, X and N Gaussian"
    )
    binds: ClassVar[bool] = True

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return without_rate_loss(pair, distortion)

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        return conditional_curve(pair)


@final
@attrs.frozen(kw_only=True)
class ConditionalBound(Bound):
    """D_{X|Y}(R) = Var(X|Y) 2^(-2R): side information at both ends."""

    name: ClassVar[str] = "conditional"
    title: ClassVar[str] = "side information at both ends"
    scope: ClassVar[str] = WynerZivBound.scope
    binds: ClassVar[bool] = True

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return without_rate_loss(pair, distortion)

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        return conditional_curve(pair)


@final
@attrs.frozen(kw_only=True)
class RateDistortionBound(Bound):
    """D(R) = Var(X) 2^(-2R): no side information anywhere."""

    name: ClassVar[str] = "rate-distortion"
    title: ClassVar[str] = "no side information"
    scope: ClassVar[str] = "squared error with a Gaussian X"
    binds: ClassVar[bool] = False

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return (
            distortion.name == SQUARED_ERROR
            and isinstance(pair, ComposedPair)
            and isinstance(pair.source, GaussianLaw)
            and (pair.base == "x" or isinstance(pair.channel, GaussianNoise))
        )

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        assert isinstance(pair, ComposedPair)
        assert isinstance(pair.source, GaussianLaw)
        variance = pair.source.variance
        if pair.base == "y":
            assert isinstance(pair.channel, GaussianNoise)
            variance += pair.channel.noise_variance
        return GaussianCurve(variance)
