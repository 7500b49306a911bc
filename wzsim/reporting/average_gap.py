"""The average gap between two rate-distortion curves, after Bjontegaard.

G. Bjontegaard, "Calculation of average PSNR differences between RD-curves",
VCEG-M33, 2001, fits a cubic polynomial to each curve. Here, as in the common test
conditions of HEVC and VVC since, points are joined by monotone piecewise cubic
Hermite polynomials (PCHIP: Fritsch and Butland, "A method for constructing local
monotone piecewise cubic interpolants", 1984), which go through every point and do
not swing. Averages are exact integrals of these. Where he averages over the
logarithm of the rate, gaps at equal rate are averaged over the rate itself: rates
near zero are of interest here, and the Gaussian D(R) in dB is a line over R.
"""

from __future__ import annotations

import math
from typing import Self, final

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim.errors import InputError
from wzsim.reporting.fronts import pareto_front

Array = NDArray[np.float64]


@final
@attrs.frozen(eq=False)
class RateDistortionCurve:
    """The lower front of some points: rates ascend, distortions fall, both strictly."""

    label: str
    """What errors call it."""
    rate: Array
    """Shape (J,), J >= 2 [bit/sample]."""
    distortion: Array
    """Shape (J,), in dB or another unit."""

    @classmethod
    def of(cls, label: str, rate: ArrayLike, distortion: ArrayLike) -> Self:
        """The curve of points in any order; those that are not finite are left out.

        Raises InputError where fewer than two points are on the front.
        """
        rates = np.asarray(rate, dtype=np.float64)
        distortions = np.asarray(distortion, dtype=np.float64)
        finite = np.isfinite(rates) & np.isfinite(distortions)
        rates, distortions = rates[finite], distortions[finite]
        front = pareto_front(rates, distortions)
        rates, first = np.unique(rates[front], return_index=True)
        if len(rates) < 2:
            raise InputError(
                f"{label} has {len(rates)} point{'' if len(rates) == 1 else 's'} that no other "
                "beats in rate and distortion; an average gap needs two, so add stages or runs "
                "of other rates"
            )
        return cls(label, rates, distortions[front][first])


@final
@attrs.frozen
class Average:
    """A mean over a range."""

    value: float
    start: float
    """Where the range that both curves have begins."""
    stop: float


def distortion_gap(curve: RateDistortionCurve, reference: RateDistortionCurve) -> Average:
    """Mean over the common rates of D(R) - D_reference(R), in the unit of the distortions.

    Positive: the curve has more distortion at equal rate. Raises InputError
    where the curves have no rates in common.

    >>> rate = np.array([0.0, 1.0, 2.0])
    >>> bound = RateDistortionCurve.of("bound", rate, -6.0 * rate)
    >>> distortion_gap(RateDistortionCurve.of("code", rate, 1.5 - 6.0 * rate), bound)
    Average(value=1.5, start=0.0, stop=2.0)
    """
    start, stop = _common(curve, reference, "rate")
    means = [_mean(one.rate, one.distortion, start, stop) for one in (curve, reference)]
    return Average(means[0] - means[1], start, stop)


def rate_gap(curve: RateDistortionCurve, reference: RateDistortionCurve) -> Average:
    """Mean over the common distortions of R(D) - R_reference(D) [bit/sample].

    Positive: the curve pays more rate for equal distortion. Raises InputError
    where the curves have no distortions in common.
    """
    start, stop = _common(curve, reference, "distortion")
    means = [_mean(one.distortion[::-1], one.rate[::-1], start, stop) for one in (curve, reference)]
    return Average(means[0] - means[1], start, stop)


def relative_rate_gap(curve: RateDistortionCurve, reference: RateDistortionCurve) -> Average:
    """What is known as the BD-rate: 100 (exp(mean of ln R(D) - ln R_reference(D)) - 1) [%].

    The mean is over the common distortions, and ln R is what is interpolated;
    points of rate zero, which have no logarithm, are left out. Raises
    InputError where that leaves no distortions in common.
    """
    curve, reference = _with_rate(curve), _with_rate(reference)
    start, stop = _common(curve, reference, "distortion")
    means = [
        _mean(one.distortion[::-1], np.log(one.rate[::-1]), start, stop)
        for one in (curve, reference)
    ]
    return Average(100.0 * math.expm1(means[0] - means[1]), start, stop)


def _with_rate(curve: RateDistortionCurve) -> RateDistortionCurve:
    """The curve without points of rate zero."""
    some = curve.rate > 0
    return RateDistortionCurve.of(
        f"{curve.label}, without points of rate zero,", curve.rate[some], curve.distortion[some]
    )


def _common(
    curve: RateDistortionCurve, reference: RateDistortionCurve, name: str
) -> tuple[float, float]:
    """The range of rates or distortions that both have."""
    ranges = []
    for one in (curve, reference):
        values = one.rate if name == "rate" else one.distortion
        ranges.append((float(values.min()), float(values.max())))
    start, stop = max(low for low, _ in ranges), min(high for _, high in ranges)
    if start >= stop:
        (a, b), (c, d) = ranges
        raise InputError(
            f"{curve.label} and {reference.label} have no range of {name}s in common: {a:.4g} to "
            f"{b:.4g} and {c:.4g} to {d:.4g}; add points of one between those of the other"
        )
    return start, stop


def _mean(at: Array, values: Array, start: float, stop: float) -> float:
    """Mean of the interpolant from start to stop; `at` ascends strictly."""
    from scipy.interpolate import PchipInterpolator  # takes long to load

    return float(PchipInterpolator(at, values).integrate(start, stop)) / (stop - start)
