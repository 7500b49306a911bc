"""The three closed-form bounds of Gaussian pairs under squared error."""

from __future__ import annotations

from typing import ClassVar, final

import attrs
from numpy.typing import ArrayLike

from wzsim.contracts import (
    Bound,
    ComposedPair,
    DensitySource,
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


def has_gaussian_conditional(pair: Pair) -> bool:
    """Whether X given Y is Gaussian with one variance: then Wyner-Ziv has no rate loss.

    True for X = Y + N with Gaussian N whatever Y is [Pradhan, Chou, Ramchandran
    2003], and for Y = X + N with X and N Gaussian [Wyner 1978].
    """
    return (
        isinstance(pair, ComposedPair)
        and isinstance(pair.channel, GaussianNoise)
        and (pair.base == "y" or isinstance(pair.source, GaussianLaw))
        and pair.block_length == 1
    )


def conditional_curve(pair: Pair) -> GaussianCurve:
    """Var(X|Y) 2^(-2R) of a pair for which `has_gaussian_conditional` holds."""
    assert isinstance(pair, ComposedPair)
    assert isinstance(pair.channel, GaussianNoise)
    source = pair.source.variance if isinstance(pair.source, DensitySource) else float("nan")
    return GaussianCurve(
        gaussian.conditional_variance(pair.base, source, pair.channel.noise_variance)
    )


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
        return distortion.name == SQUARED_ERROR and has_gaussian_conditional(pair)

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
        return distortion.name == SQUARED_ERROR and has_gaussian_conditional(pair)

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
            and pair.block_length == 1
        )

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        assert isinstance(pair, ComposedPair)
        assert isinstance(pair.source, GaussianLaw)
        variance = pair.source.variance
        if pair.base == "y":
            assert isinstance(pair.channel, GaussianNoise)
            variance += pair.channel.noise_variance
        return GaussianCurve(variance)
