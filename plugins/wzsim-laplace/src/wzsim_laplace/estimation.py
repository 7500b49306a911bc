"""Maximum-likelihood estimates of the scale b of Laplacian noise X - Y.

N. Deligiannis, A. Munteanu, S. Wang, S. Cheng, P. Schelkens, "Maximum likelihood
Laplacian correlation channel estimation in layered Wyner-Ziv coding", IEEE
Transactions on Signal Processing 62(4), 2014: a decoder knows y and, after each
decoded layer, a smaller set that x lies in; it estimates b from these.
"""

from __future__ import annotations

import math
from typing import final

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim_laplace.cells import nested_cells, uniform_cells

__all__ = [
    "ScaleEstimate",
    "log_cell_probability",
    "nested_cells",
    "scale_from_cells",
    "scale_from_pairs",
    "uniform_cells",
]

Array = NDArray[np.float64]

REACH = 1e4
"""The scale is looked for within this factor of the typical distance from y to an end of a cell."""

STARTS = 97
"""Points of the first, coarse look; the likelihood of cells need not have one maximum."""

LOG_STEP = 1e-3
"""Step in log b of the difference that gives the Fisher information."""


@final
@attrs.frozen(kw_only=True)
class ScaleEstimate:
    """An estimate of b and how far it may be off."""

    scale: float
    """Mean of |x - y| [units]."""
    standard_error: float
    """1 / sqrt(Fisher information) [units]."""


def scale_from_pairs(x: ArrayLike, y: ArrayLike) -> ScaleEstimate:
    """The estimate from pairs: mean |x - y|, standard error b / sqrt(n).

    x, y: shape (n,) [units]. Raises ValueError for shapes that differ, no rows,
    a value that is not finite, and rows that all have x == y.

    >>> scale_from_pairs([1.0, 2.0, 3.0, 4.0], [1.5, 1.5, 3.0, 3.0])
    ScaleEstimate(scale=0.5, standard_error=0.25)
    """
    x, y = _column("x", x), _column("y", y)
    if len(x) != len(y):
        raise ValueError(f"x has {len(x)} rows and y has {len(y)}")
    scale = float(np.abs(x - y).mean())
    if scale == 0:
        raise ValueError(
            f"rows 0 to {len(x) - 1} all have x == y; a scale needs one row where they differ"
        )
    return ScaleEstimate(scale=scale, standard_error=scale / math.sqrt(len(x)))


def scale_from_cells(low: ArrayLike, high: ArrayLike, y: ArrayLike) -> ScaleEstimate:
    """The estimate from what decoded planes say of x: it lies in [low, high).

    Maximises sum log P(low <= x < high | y; b) over b, where

        P(low <= x < high | y; b) = F((high - y) / b) - F((low - y) / b)

    and F is the Laplacian distribution function. Its limit for small cells is
    `scale_from_pairs`. The standard error is that of the observed information.

    low, high: shape (n,), or (n, C) for x in any of C disjoint cells; they may be
    infinite [units]. y: shape (n,). `uniform_cells` and `nested_cells` make cells.

    Raises ValueError for shapes that differ, no rows, NaN, low >= high, and cells
    that cannot tell b: those that all hold their y, or whose likelihood grows
    without limit towards b = 0 or infinity.

    >>> estimate = scale_from_cells([0.0, 1.0, -2.0], [1.0, 2.0, -1.0], [0.1, 0.3, -0.4])
    >>> round(estimate.scale, 2)
    0.81
    """
    from scipy.optimize import minimize_scalar

    below, above = _distances(low, high, y)
    centre = _typical_distance(below, above)

    def loss(log_ratio: float) -> float:
        return -_log_likelihood(below, above, centre * math.exp(log_ratio))

    grid = np.linspace(-math.log(REACH), math.log(REACH), STARTS)
    best = int(np.argmin([loss(point) for point in grid]))
    if best in {0, STARTS - 1}:
        raise ValueError(
            f"the {len(below)} cells cannot tell the scale: their likelihood still grows at "
            f"{centre * math.exp(grid[best]):g}; decode more planes or take more rows"
        )
    found = minimize_scalar(
        loss, bounds=(grid[best - 1], grid[best + 1]), method="bounded", options={"xatol": 1e-9}
    )
    at = float(found.x)
    # In log b the information of n exact pairs is n, whatever the units.
    information = (loss(at + LOG_STEP) - 2 * loss(at) + loss(at - LOG_STEP)) / LOG_STEP**2
    scale = centre * math.exp(at)
    error = scale / math.sqrt(information) if information > 0 else math.inf
    return ScaleEstimate(scale=scale, standard_error=error)


def log_cell_probability(below: Array, above: Array) -> Array:
    """log(F(above) - F(below)) elementwise [nat], F of scale one; needs below < above.

    Stable in the tails and for narrow cells:

        both sides positive:  log(1/2) - below + log(1 - exp(-(above - below)))
        both negative:        the mirror image
        zero between them:    log(1/2) + log((1 - exp(below)) + (1 - exp(-above)))

    >>> log_cell_probability(np.array([800.0, -np.inf]), np.array([np.inf, 0.0])).round(3).tolist()
    [-800.693, -0.693]
    """
    distance = np.maximum(np.maximum(below, -above), 0.0)
    inside = (below < 0) & (above > 0)
    # The branch that is not taken gets harmless arguments.
    width = np.where(inside, 1.0, above - below)
    left, right = np.where(inside, below, -1.0), np.where(inside, above, 1.0)
    outer = np.log(-np.expm1(-width)) - distance
    inner = np.log(-np.expm1(left) - np.expm1(-right))
    return np.asarray(np.where(inside, inner, outer) - math.log(2.0))


def _log_likelihood(below: Array, above: Array, scale: float) -> float:
    """Sum over rows of the log probability of the union of their cells."""
    logs = log_cell_probability(below / scale, above / scale)
    return float(np.logaddexp.reduce(logs, axis=1).sum())


def _typical_distance(below: Array, above: Array) -> float:
    """Mean distance from y to the nearest finite end of its cells [units]."""
    holds = ((below <= 0) & (above >= 0)).any(axis=1)
    if holds.all():
        raise ValueError(
            f"rows 0 to {len(below) - 1} all have y in a cell of x, so that b = 0 explains them; "
            "decode more planes or take more rows"
        )
    ends = np.abs(np.hstack([below, above]))
    nearest = np.where(np.isfinite(ends), ends, np.inf).min(axis=1)
    return float(nearest[np.isfinite(nearest)].mean())


def _distances(low: ArrayLike, high: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """low - y and high - y, each of shape (n, C)."""
    y = _column("y", y)
    ends = []
    for name, given in (("low", low), ("high", high)):
        end = np.asarray(given, dtype=np.float64)
        if end.ndim not in {1, 2} or len(end) != len(y) or end.size == 0:
            raise ValueError(
                f"{name} must have the shape ({len(y)},) or ({len(y)}, C), as y has {len(y)} rows, "
                f"not {end.shape}"
            )
        end = end.reshape(len(y), -1)
        _refuse_rows(np.isnan(end), f"{name} is NaN")
        ends.append(end)
    if ends[0].shape != ends[1].shape:
        raise ValueError(f"low has the shape {ends[0].shape} and high has {ends[1].shape}")
    _refuse_rows(ends[0] >= ends[1], "low must be less than high")
    return ends[0] - y[:, None], ends[1] - y[:, None]


def _column(name: str, given: ArrayLike) -> Array:
    """A finite float64 array of shape (n,), n > 0."""
    column = np.asarray(given, dtype=np.float64)
    if column.ndim != 1:
        raise ValueError(f"{name} must have the shape (n,), not {column.shape}")
    if not len(column):
        raise ValueError(f"{name} has no rows")
    finite = np.isfinite(column)
    if not finite.all():
        row = int(np.argmin(finite))
        raise ValueError(f"row {row}: {name} is {column[row]}, and must be finite")
    return column


def _refuse_rows(wrong: NDArray[np.bool_], message: str) -> None:
    """wrong: shape (n, C)."""
    rows = np.flatnonzero(wrong.any(axis=1))
    if len(rows):
        raise ValueError(f"row {rows[0]}: {message}")
