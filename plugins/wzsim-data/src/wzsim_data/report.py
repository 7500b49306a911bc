"""What a fit found, in lines for the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from wzsim.contracts import RateDistortionFunction

from wzsim_data.fitting import FittedFamily, Study, standard_error, uniform_distance

Array = NDArray[np.float64]

DEPENDENT = 0.1
"""Correlation of neighbouring rows, or of the noise's size with Y', that is worth a warning."""


def report(study: Study) -> Iterator[str]:
    """Everything but the bounds."""
    yield f"{len(study.pairs.x)} rows"
    sign = "-" if study.offset < 0 else "+"
    yield (
        f"X = Y' + N with Y' = {study.slope:.6g} Y {sign} {abs(study.offset):.6g} (least squares)"
    )
    if study.step:
        yield (
            f"x comes in steps of {study.step:g}: each value is taken as known to "
            f"+-{study.step / 2:g}, and likelihoods are those of these intervals"
        )
    yield ""
    yield from _ranking(study)
    yield ""
    yield from _gaussianity(study)
    yield from warnings(study)


def warnings(study: Study) -> Iterator[str]:
    """What makes the fit less than it seems."""
    dependence = study.dependence
    if abs(dependence.lag_one) > DEPENDENT:
        yield (
            f"warning: the noise of neighbouring rows has correlation {dependence.lag_one:.3f}; "
            f"{len(study.pairs.x)} rows count as about {dependence.effective_rows:.0f}, and the "
            "bounds, which take rows as independent, are no bounds of codes that use this"
        )
    spread = float(np.corrcoef(np.abs(study.noise), study.side)[0, 1])
    if abs(spread) > DEPENDENT:
        yield (
            f"warning: |N| has correlation {spread:.3f} with Y': the noise is not independent of "
            "Y', as every channel here assumes"
        )
    if not math.isfinite(study.best.law.variance):
        yield (
            "warning: the fitted noise has no variance, so no bound for squared error applies, "
            "and the least-squares line is not reliable"
        )


def _ranking(study: Study) -> Iterator[str]:
    width = max(len(family.name) for family in study.families)
    yield (
        f"{'channel':{width}}  held-out log-likelihood [nat/sample]     behind the best  "
        "PIT distance  fitted"
    )
    for family in study.families:
        behind = study.best.scores - family.scores
        lost = f"{behind.mean():.4f} +- {standard_error(behind):.4f}"
        scored = f"{family.score:.4f} +- {family.score_error:.4f}"
        yield (
            f"{family.name:{width}}  {scored:>38}  {lost if behind.any() else '':>18}  "
            f"{family.distance:>12.4f}  {_keys(family)}"
        )
    if study.absent:
        yield f"not compared, because the channel is not installed: {', '.join(study.absent)}"


def _keys(family: FittedFamily) -> str:
    text = ", ".join(f"{key} = {_number(value)}" for key, value in family.law.keys.items())
    return text if math.isfinite(family.law.variance) else f"{text} (no variance)"


def _number(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_number(one) for one in value) + "]"
    return f"{value:.6g}"


def _gaussianity(study: Study) -> Iterator[str]:
    side, noise, x = study.side, study.noise, study.pairs.x
    scaled = (side - side.mean()) / side.std()
    distance = uniform_distance(np.asarray(special.ndtr(scaled)))
    yield (
        f"Y': mean {side.mean():.6g}, standard deviation {side.std():.6g}; from a Gaussian it is "
        f"{distance:.3f} away (Kolmogorov), skewness {stats.skew(side):.2f}, "
        f"excess kurtosis {stats.kurtosis(side):.2f}"
    )
    gain = 10 * math.log10(x.var() / noise.var())
    yield (
        f"X: variance {x.var():.6g}, given Y {noise.var():.6g}: "
        f"10 log10 var(X)/var(X|Y) = {gain:.2f} dB"
    )


def gain_lines(
    rates: Sequence[float], functions: Mapping[str, tuple[str, RateDistortionFunction]]
) -> Iterator[str]:
    """What side information at the decoder buys under the fitted laws, at given rates.

    functions: title and function by the name of the bound. Nothing where a bound is missing.
    """
    if not {"wyner-ziv", "rate-distortion"} <= functions.keys():
        return
    informed, alone = functions["wyner-ziv"][1], functions["rate-distortion"][1]
    with_y, without = informed.distortion(rates), alone.distortion(rates)
    least = alone.rate(with_y.upper).lower - rates
    most = alone.rate(with_y.lower).upper - rates
    yield "what side information buys" + "".join(f"{rate:>16g}" for rate in rates)
    yield "  [bit/sample], same D    " + _between(least, most)
    yield "  [dB], same rate         " + _between(
        10 * np.log10(without.lower / with_y.upper), 10 * np.log10(without.upper / with_y.lower)
    )


def _between(low: Array, high: Array) -> str:
    ends = [(f"{a:.2f}", f"{b:.2f}") for a, b in zip(low, high, strict=True)]
    return "".join(f"{a if a == b else f'{a} to {b}':>16}" for a, b in ends)
