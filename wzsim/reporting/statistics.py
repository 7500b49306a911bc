"""What several values of one figure come to: centre, spread, and how sure the mean is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self, final

import attrs
import numpy as np
from numpy.typing import NDArray

CONFIDENCE = 0.95
"""Probability that the interval of the mean has the true mean in it, for normal values."""


@final
@attrs.frozen
class Spread:
    """Statistics of N values x_1 .. x_N, in their unit.

    Those that one value cannot have are None; those that infinite or missing
    values leave undefined are NaN.

    >>> spread = Spread.of([1.0, 2.0, 4.0, 5.0])
    >>> spread.median, spread.lower_quartile, spread.upper_quartile, spread.mean
    (3.0, 1.75, 4.25, 3.0)
    """

    count: int
    """N."""
    median: float
    lower_quartile: float
    upper_quartile: float
    """The quantile p lies at place p (N - 1) of the values in order, from 0, linear in between
    (definition 7 of Hyndman and Fan, "Sample quantiles in statistical packages", 1996)."""
    mean: float
    standard_deviation: float | None
    """s, with s^2 = sum_i (x_i - mean)^2 / (N - 1)."""
    half_width: float | None
    """Of the 95 % confidence interval of the mean: t s / sqrt(N), t the 0.975 quantile of
    Student's t with N - 1 degrees of freedom. Exact for independent normal values."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of the 95 % confidence interval of the mean."""
        if self.half_width is None:
            return None
        return self.mean - self.half_width, self.mean + self.half_width

    @classmethod
    def of(cls, values: Sequence[float] | NDArray[np.float64]) -> Self:
        """Of N >= 1 values. Raises ValueError for none."""
        array = np.asarray(values, dtype=np.float64)
        count = array.size
        if array.ndim != 1 or count == 0:
            raise ValueError(f"statistics need a row of values, not shape {array.shape}")
        ordered = np.sort(array).tolist()
        mean, deviation = ordered[0], 0.0 if count > 1 else None
        if count > 1 and ordered[0] != ordered[-1]:  # else nothing is to be rounded
            with np.errstate(invalid="ignore", over="ignore"):  # of values without end
                mean, deviation = float(np.mean(array)), float(np.std(array, ddof=1))
        half_width = None
        if deviation is not None:
            from scipy.special import stdtrit  # it takes longer to load than a table to print

            t = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2))
            half_width = t * deviation / math.sqrt(count)
        return cls(
            count=count,
            median=_quantile(ordered, 0.5),
            lower_quartile=_quantile(ordered, 0.25),
            upper_quartile=_quantile(ordered, 0.75),
            mean=mean,
            standard_deviation=deviation,
            half_width=half_width,
        )


def _quantile(ordered: Sequence[float], probability: float) -> float:
    """numpy's, but for infinite values: those between two equal ones are that one.

    Distortions of zero have -inf dB. NaN stands last in the order.
    """
    if math.isnan(ordered[-1]):
        return math.nan
    place = probability * (len(ordered) - 1)
    lower, upper = ordered[math.floor(place)], ordered[math.ceil(place)]
    return lower if lower == upper else lower + (place - math.floor(place)) * (upper - lower)
