"""The lower hull of rate-distortion points: what time-sharing between codes achieves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def lower_hull(rate: Array, distortion: Array) -> tuple[Array, Array]:
    """Vertices of the lower convex hull, rates ascending, distortions falling.

    rate, distortion: shape (J,), J >= 1, distortion as a mean and not in dB:
    time-sharing averages both.

    >>> rates, distortions = lower_hull(np.array([0.0, 1.0, 2.0]), np.array([1.0, 0.9, 0.0]))
    >>> rates.tolist(), distortions.tolist()
    ([0.0, 2.0], [1.0, 0.0])
    """
    order = np.lexsort((distortion, rate))
    vertices: list[tuple[float, float]] = []
    for point in zip(rate[order].tolist(), distortion[order].tolist(), strict=True):
        if vertices and point[1] >= vertices[-1][1]:
            continue
        while len(vertices) > 1 and _above(vertices[-2], vertices[-1], point):
            vertices.pop()
        vertices.append(point)
    corners = np.array(vertices)
    return corners[:, 0], corners[:, 1]


def hull_distortion(rate: Array, distortion: Array, at: Array) -> Array:
    """Distortion of the hull at rates `at`; NaN below its lowest rate.

    Above the highest rate the hull keeps its least distortion.
    """
    rates, distortions = lower_hull(rate, distortion)
    found: Array = np.interp(at, rates, distortions)
    return np.where(at < rates[0], np.nan, found)


def _above(
    first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]
) -> bool:
    """Whether the middle point lies on or above the line between the others."""
    slope = (last[1] - first[1]) / (last[0] - first[0])
    return middle[1] >= first[1] + slope * (middle[0] - first[0])
