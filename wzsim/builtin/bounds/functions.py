"""Which rate-distortion function of which pair is known, in closed form or between certificates."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, Literal, final

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim.contracts import (
    AdditiveChannel,
    ComposedDensityPair,
    DensityPair,
    DiscretePair,
    Distortion,
    GaussianLaw,
    GaussianNoise,
    Interval,
    LogarithmicLoss,
    Pair,
    RateDistortionFunction,
    SymbolDistortion,
)
from wzsim.theory import gaussian

if TYPE_CHECKING:
    from wzsim.theory.certified import CertifiedFunction

SQUARED_ERROR = "squared-error"

Knows = Literal["decoder", "both", "nobody"]
"""Who has the side information."""

SCOPE = (
    "squared error of a pair with a density and finite variance, and Hamming-like distortions "
    "and log-loss on small alphabets"
)
"""What every function here applies to."""

SCOPE_OF_X = (
    "squared error of a pair with a density and finite variance (where X = Y + N: kinks or jumps "
    "in the density of the source or of the noise, not of both), and Hamming-like distortions and "
    "log-loss on small alphabets"
)
"""What the functions apply to that have to integrate the density of X alone."""


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


def is_known(pair: Pair, distortion: Distortion, knows: Knows) -> bool:
    """Whether `function_of` has an answer; cheap."""
    if isinstance(pair, DiscretePair):
        if isinstance(distortion, LogarithmicLoss):
            return True
        if not isinstance(distortion, SymbolDistortion):
            return False
        if knows != "decoder":
            return True
        from wzsim.theory.finite_bounds import MOST_STRATEGIES, strategies

        symbols, values = pair.joint().shape
        return strategies(values, distortion.table(symbols).shape[1]) <= MOST_STRATEGIES
    if distortion.name != SQUARED_ERROR or not isinstance(pair, DensityPair):
        return False
    if knows == "nobody" and gaussian_variance(pair, knows) is None:
        return _has_variance(pair) and _has_smooth_x(pair)
    return _has_variance(pair)


def function_of(pair: Pair, distortion: Distortion, knows: Knows) -> RateDistortionFunction:
    """R(D) of a pair for which `is_known`."""
    variance = gaussian_variance(pair, knows)
    if variance is not None and distortion.name == SQUARED_ERROR:
        return GaussianCurve(variance)
    return _numeric(pair, distortion, knows)


def gaussian_variance(pair: Pair, knows: Knows) -> float | None:
    """The variance in variance 2^(-2R), where the function has this form under squared error."""
    if knows != "nobody":
        conditional = gaussian.gaussian_conditional(pair)
        return None if conditional is None else conditional[1]
    if not isinstance(pair, ComposedDensityPair) or not isinstance(pair.source, GaussianLaw):
        return None
    if pair.base == "x":
        return pair.source.variance
    if not isinstance(pair.channel, GaussianNoise):
        return None
    return pair.source.variance + pair.channel.noise_variance


def _has_variance(pair: DensityPair) -> bool:
    """Whether X has a finite variance, as far as its parts say."""
    if not isinstance(pair, ComposedDensityPair):
        return True
    parts = [pair.source.variance]
    if pair.base == "y" and isinstance(pair.channel, AdditiveChannel):
        parts.append(pair.channel.noise_variance)
    return all(math.isfinite(part) for part in parts)


def _has_smooth_x(pair: DensityPair) -> bool:
    """Whether a rule can integrate p(x, y) over y so that the sum has no kinks in x."""
    if not isinstance(pair, ComposedDensityPair):
        return False
    if pair.base == "x":
        return True
    channel, smooth = pair.channel, not pair.source.breakpoints()
    if isinstance(channel, AdditiveChannel):
        return smooth or not channel.noise_breakpoints()
    return not channel.breakpoints(0.0)


@lru_cache(maxsize=64)
def _numeric(pair: Pair, distortion: Distortion, knows: Knows) -> RateDistortionFunction:
    """The function between certificates; seconds of work, once for a law."""
    if isinstance(pair, DiscretePair):
        from wzsim.theory import finite_bounds

        joint = pair.joint()
        if isinstance(distortion, LogarithmicLoss):
            return finite_bounds.log_loss_function(joint, informed=knows != "nobody")
        assert isinstance(distortion, SymbolDistortion)
        table = distortion.table(len(joint))
        function = {
            "decoder": finite_bounds.wyner_ziv_function,
            "both": finite_bounds.conditional_function,
            "nobody": finite_bounds.rate_distortion_function,
        }[knows]
        return _kept(knows, (joint, table), partial(function, joint, table))
    from wzsim.builtin.bounds.kept import law_of_pair
    from wzsim.theory import pair_bounds

    assert isinstance(pair, DensityPair)
    if knows == "nobody":
        return _kept(knows, law_of_pair(pair), partial(pair_bounds.uninformed_function, pair))
    # Below it stands what is true for both ends already, above it what the decoder alone can do.
    return _kept("decoder", law_of_pair(pair), partial(pair_bounds.informed_function, pair))


def _kept(
    knows: Knows, law: Iterable[NDArray[np.float64]], compute: Callable[[], CertifiedFunction]
) -> RateDistortionFunction:
    from wzsim.builtin.bounds.kept import kept

    return kept(chain([np.frombuffer(knows.encode(), dtype=np.uint8)], law), compute)
