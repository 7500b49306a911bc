"""The step of data that was rounded: pixels, integers, two decimals."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_EMPTY = 100
"""Places of a grid for each value on it; any few numbers lie on a grid that is fine enough."""


def step_of(values: NDArray[np.float64]) -> float:
    """The step of the grid that all values lie on, 0 where there is none.

    Values count as rounded where at least half of the rows repeat others, and all differences
    are multiples of one step.

    >>> step_of(np.array([0.25, 0.5, 1.5, 0.25, 0.5, 1.5, 1.5]))
    0.25
    """
    distinct = np.unique(values)
    if len(distinct) > len(values) / 2:
        return 0.0
    gaps = np.diff(distinct)
    step = float(gaps.min())
    for _ in range(20):  # Euclid's algorithm for all gaps at once, with rounding errors
        rest = np.abs(gaps - step * np.round(gaps / step))
        far = rest[rest > 1e-6 * np.abs(distinct).max()]
        if not len(far):
            dense = np.ptp(distinct) <= MOST_EMPTY * len(distinct) * step
            return float(np.round(step, 12)) if dense else 0.0
        step = float(far.min())
    return 0.0
