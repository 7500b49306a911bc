"""A function of steps as intervals: where equal values begin and end."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wzsim.simulation.result import Array


def runs(x: Array, values: NDArray[np.int64]) -> tuple[Array, Array, NDArray[np.int64]]:
    """Where equal values begin and end, half-way between samples, and the values.

    >>> starts, stops, values = runs(np.arange(4.0), np.array([7, 7, 5, 5]))
    >>> starts.tolist(), stops.tolist(), values.tolist()
    ([0.0, 1.5], [1.5, 3.0], [7, 5])
    """
    changes = np.flatnonzero(np.diff(values)) + 1
    edges = (x[changes - 1] + x[changes]) / 2
    first = np.concatenate([[0], changes]).astype(np.int64)
    return np.append(x[:1], edges), np.append(edges, x[-1:]), values[first]
