"""What the decoded bit-planes of a quantizer index say of x: cells [low, high)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def uniform_cells(
    prefix: ArrayLike, *, step: float, planes: int, decoded: int, offset: float = 0.0
) -> tuple[Array, Array]:
    """Cells of a uniform quantizer after its `decoded` most significant planes.

    index = clip(floor((x - offset) / step), 0, 2^planes - 1), so the outermost
    cells reach to infinity. `prefix` = index >> (planes - decoded), integers of
    shape (n,). Returns (low, high), each of shape (n,) [units].

    Raises ValueError for a prefix that `decoded` planes cannot spell.

    >>> low, high = uniform_cells([0, 1, 2], step=0.5, planes=3, decoded=2, offset=-2.0)
    >>> low.tolist(), high.tolist()
    ([-inf, -1.0, 0.0], [-1.0, 0.0, 1.0])
    """
    number = _checked(prefix, step, planes, decoded)
    width = step * 2 ** (planes - decoded)
    low, high = offset + width * number, offset + width * (number + 1)
    low[number == 0] = -np.inf
    high[number == 2**decoded - 1] = np.inf
    return low, high


def nested_cells(
    prefix: ArrayLike,
    y: ArrayLike,
    *,
    step: float,
    planes: int,
    decoded: int,
    offset: float = 0.0,
    copies: int = 7,
) -> tuple[Array, Array]:
    """Cells of a nested quantizer (wzsim's `nsq`) after its `decoded` most significant planes.

    index = floor((x - offset) / step) mod 2^planes: a prefix names one cell in
    every period step 2^planes, and x lies in one of them. The `copies` nearest
    to y are kept; those left out are at least (copies / 2 - 1) periods away.
    `prefix` and `y` have shape (n,). Returns (low, high), each of shape (n, copies).

    Raises ValueError for a prefix that `decoded` planes cannot spell.

    >>> low, high = nested_cells([1], [4.2], step=1.0, planes=1, decoded=1, copies=3)
    >>> low.tolist(), high.tolist()
    ([[1.0, 3.0, 5.0]], [[2.0, 4.0, 6.0]])
    """
    number = _checked(prefix, step, planes, decoded)
    width, period = step * 2 ** (planes - decoded), step * 2**planes
    first = offset + width * number
    nearest = np.round((np.asarray(y, dtype=np.float64) - first - width / 2) / period)
    around = np.arange(copies) - copies // 2
    low = first[:, None] + period * (nearest[:, None] + around)
    return low, low + width


def _checked(prefix: ArrayLike, step: float, planes: int, decoded: int) -> NDArray[np.int64]:
    number = np.asarray(prefix)
    if not 0 <= decoded <= planes:
        raise ValueError(f"decoded must be between 0 and planes = {planes}, not {decoded}")
    if not (np.isfinite(step) and step > 0):
        raise ValueError(f"step must be > 0 and finite, not {step!r}")
    if number.ndim != 1 or not np.issubdtype(number.dtype, np.integer):
        raise ValueError(
            f"prefix must be integers of shape (n,), not {number.dtype} of shape {number.shape}"
        )
    wrong = (number < 0) | (number >= 2**decoded)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(
            f"row {row}: prefix {number[row]} is not between 0 and {2**decoded - 1}, which "
            f"{decoded} planes can spell"
        )
    return number.astype(np.int64)
