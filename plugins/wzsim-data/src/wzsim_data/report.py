"""What a fit found, in lines for the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats
from wzsim.contracts import RateDistortionFunction

from wzsim_data.fitting import FittedFamily, Study, standard_error, uniform_distance
from wzsim_data.line import Line, least_squares

Array = NDArray[np.float64]

FEWEST_VALUES = 10
"""With fewer, x is rather a symbol than a number."""

DEPENDENT = 0.1
"""Correlation of neighbouring rows, or of the noise's size with Y', that is worth a warning."""


def report(study: Study) -> Iterator[str]:
    """Everything but the bounds."""
    kept = len(study.held_out.x)
    yield (
        f"{len(study.training.x) + kept} rows; the third and the eighth tenth, {kept} rows, "
        "are held out and everything is fitted to the rest"
    )
    yield f"X = Y' + N with Y' = {_line(study.chosen.line)}, fitted with {study.chosen.name} noise"
    yield f"(by least squares: {_line(least_squares(study.training))})"
    if study.step:
        yield (
            f"x comes in steps of {study.step:g}: each value is taken as known to "
            f"+-{study.step / 2:g}, and likelihoods are those of these intervals"
        )
    yield ""
    yield from _ranking(study)
    yield _why_chosen(study)
    yield (f"on the rows held out, {study.chosen.name} has {study.held_out_score:.4f} nat/sample")
    yield from _left_out(study)
    yield ""
    yield from _side_information(study)
    yield from warnings(study)


def _line(line: Line) -> str:
    sign = "-" if line.offset < 0 else "+"
    return f"{line.slope:.6g} Y {sign} {abs(line.offset):.6g}"


def warnings(study: Study) -> Iterator[str]:
    """What makes the fit less than it seems."""
    values = len(np.unique(study.training.x))
    if values < FEWEST_VALUES:
        yield f"warning: x takes {values} values only, and channels here are of real numbers"
    dependence = study.dependence
    if abs(dependence.lag_one) > DEPENDENT:
        yield (
            f"warning: the noise of neighbouring rows has correlation {dependence.lag_one:.3f}; "
            f"{len(study.training.x)} rows count as about {dependence.effective_rows:.0f}, and the "
            "bounds, which take rows as independent, are no bounds of codes that use this"
        )
    spread = float(np.corrcoef(np.abs(study.noise), study.side)[0, 1])
    if abs(spread) > DEPENDENT:
        yield (
            f"warning: |N| has correlation {spread:.3f} with Y': the noise is not independent of "
            "Y', as every channel here assumes"
        )
    if not study.chosen.has_variance:
        yield "warning: the fitted noise has no variance, so no bound for squared error applies"


def _ranking(study: Study) -> Iterator[str]:
    width = max(len(family.name) for family in study.families) + 2
    yield (
        f"{'channel':{width}}  cross-validated log-likelihood [nat/sample]      behind the top  "
        "PIT distance  fitted"
    )
    top = study.families[0]
    for family in study.families:
        behind = top.scores - family.scores
        lost = f"{behind.mean():.4f} +- {standard_error(behind):.4f}"
        scored = f"{family.score:.4f} +- {family.score_error:.4f}"
        name = f"{family.name} *" if family is study.chosen else family.name
        yield (
            f"{name:{width}}  {scored:>43}  {'' if family is top else lost:>18}  "
            f"{family.distance:>12.4f}  {_keys(family)}"
        )


def _why_chosen(study: Study) -> str:
    """The rule of `choose`, in words."""
    chosen = study.chosen
    beaten = [family for family in study.families if family.score > chosen.score]
    no_variance = [family.name for family in beaten if not family.has_variance]
    reasons = []
    if no_variance and chosen.has_variance:
        reasons.append(f"{_listed(no_variance)} {_has(no_variance)} no variance to bound")
    near = [family.name for family in beaten if family.has_variance or not chosen.has_variance]
    if near:
        free = chosen.law.parameters
        reasons.append(
            f"with {free} free parameter{'s' if free > 1 else ''} it is the simplest within one "
            f"standard error of {near[0]}"
        )
    if not reasons:
        reasons.append("it has the highest score, and none simpler is within one standard error")
    return f"* chosen is {chosen.name}: {'; '.join(reasons)}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _left_out(study: Study) -> Iterator[str]:
    if study.absent:
        yield f"not compared, because the channel is not installed: {', '.join(study.absent)}"
    if study.unfitted:
        yield f"not compared, because wzsim-data has no fit for it: {', '.join(study.unfitted)}"


def _keys(family: FittedFamily) -> str:
    text = ", ".join(f"{key} = {_number(value)}" for key, value in family.law.keys.items())
    return text if family.has_variance else f"{text} (no variance)"


def _number(value: object) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_number(one) for one in value) + "]"
    return f"{value:.6g}"


def _side_information(study: Study) -> Iterator[str]:
    side, x = study.side, study.training.x
    scaled = (side - side.mean()) / side.std()
    distance = uniform_distance(np.asarray(special.ndtr(scaled)))
    yield (
        f"Y': mean {side.mean():.6g}, standard deviation {side.std():.6g}; from a Gaussian it is "
        f"{distance:.3f} away (Kolmogorov), skewness {stats.skew(side):.2f}, "
        f"excess kurtosis {stats.kurtosis(side):.2f}"
    )
    taken, *others = study.sources
    behind = [f"{one.name} is {taken.score - one.score:.4f} nat/sample behind" for one in others]
    yield f"Y' is taken as {taken.name}" + (f": {', '.join(behind)}" if behind else "")
    given = float(least_squares(study.training).noise(study.training).var())
    gain = 10 * math.log10(x.var() / given)
    yield (
        f"X: variance {x.var():.6g}, around the least-squares line {given:.6g}: "
        f"10 log10 of the ratio is {gain:.2f} dB"
    )


def gain_lines(
    rates: Sequence[float], functions: Mapping[str, tuple[str, RateDistortionFunction]]
) -> Iterator[str]:
    """What side information at the decoder buys under the fitted laws, at given rates.

    functions: title and function by the name of the bound.
    """
    if not {"wyner-ziv", "rate-distortion"} <= functions.keys():
        yield "what side information buys is not known: that needs the bounds with it and without"
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
