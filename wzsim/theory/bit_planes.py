"""Symbols as planes of bits, in the order in which they are decoded."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import Symbols

Order = Literal["most-significant-first", "least-significant-first"]
"""Which bit of a symbol is decoded first.

Both cost the same entropy by the chain rule. The least significant bit is nearly a fair coin given
y and leaves nearly nothing to the others; planes near the ends lose less than those between.
"""


def plane_count(alphabet_size: int) -> int:
    """Bits of a symbol.

    >>> [plane_count(size) for size in (2, 3, 4, 5)]
    [1, 2, 2, 3]
    """
    return (alphabet_size - 1).bit_length()


def bit_planes(symbols: Symbols, planes: int, order: Order) -> NDArray[np.int32]:
    """Shape (planes, N) from symbols of shape (N,).

    >>> bit_planes(np.array([0, 1, 2], dtype=np.int32), 2, "most-significant-first").tolist()
    [[0, 0, 1], [0, 1, 0]]
    """
    shifts = np.arange(planes, dtype=np.int32)
    if order == "most-significant-first":
        shifts = shifts[::-1]
    return np.asarray(symbols >> shifts[:, None] & 1, dtype=np.int32)


def joined(bits: NDArray[np.int32], planes: int, order: Order) -> Symbols:
    """Symbols of any shape from their bits as one number, the bit decoded first on top.

    >>> joined(np.array([4, 6]), 3, "least-significant-first").tolist()
    [1, 3]
    """
    return np.asarray(_symbol_of(planes, order)[bits], dtype=np.int32)


def by_bits(log_probs: NDArray[np.float64], planes: int, order: Order) -> NDArray[np.float64]:
    """log q of shape (.., M) as (.., 2^planes), the bit decoded first being the top one."""
    missing = (1 << planes) - log_probs.shape[-1]
    if missing:
        nothing = np.full((*log_probs.shape[:-1], missing), -np.inf)
        log_probs = np.concatenate((log_probs, nothing), axis=-1)
    if order == "most-significant-first":
        return log_probs
    return log_probs[..., _symbol_of(planes, order)]


def bit_llr(log_probs: NDArray[np.float64], known: Symbols, plane: int) -> NDArray[np.float64]:
    """log P(0) / P(1) of the bits of a plane, given y and the planes before it [nat].

    log_probs: of `by_bits`. known: the planes before it as one number, shape (..,).
    Zero where neither bit is possible.
    """
    by_prefix = log_probs.reshape(*known.shape, 1 << plane, log_probs.shape[-1] >> plane)
    mine = np.take_along_axis(by_prefix, known[..., None, None].astype(np.int64), axis=-2)
    return llr_by_prefix(mine[..., 0, :], 0)[..., 0]


def llr_by_prefix(log_probs: NDArray[np.float64], plane: int) -> NDArray[np.float64]:
    """The same for all values of the planes before it: shape (.., 2^plane) [nat]."""
    rest = log_probs.shape[-1] >> plane + 1
    halves = log_probs.reshape(*log_probs.shape[:-1], 1 << plane, 2, rest)
    zero, one = np.moveaxis(np.logaddexp.reduce(halves, axis=-1), -1, 0)
    with np.errstate(invalid="ignore"):
        llr = zero - one
    return np.where(np.isnan(llr), 0.0, llr)


def _symbol_of(planes: int, order: Order) -> NDArray[np.int64]:
    """The symbol whose bits, in the order of decoding, are the number at its place."""
    number = np.arange(1 << planes)
    if order == "most-significant-first":
        return number
    symbol = np.zeros_like(number)
    for plane in range(planes):
        symbol |= (number >> planes - 1 - plane & 1) << plane
    return symbol
