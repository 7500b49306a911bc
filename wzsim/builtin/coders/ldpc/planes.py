"""Symbols as planes of bits, the most significant first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import Symbols


def plane_count(alphabet_size: int) -> int:
    """Bits of a symbol.

    >>> [plane_count(size) for size in (2, 3, 4, 5)]
    [1, 2, 2, 3]
    """
    return (alphabet_size - 1).bit_length()


def bit_planes(symbols: Symbols, alphabet_size: int) -> NDArray[np.int32]:
    """Shape (planes, N) from symbols of shape (N,).

    >>> bit_planes(np.array([0, 1, 2], dtype=np.int32), 3).tolist()
    [[0, 0, 1], [0, 1, 0]]
    """
    shifts = np.arange(plane_count(alphabet_size) - 1, -1, -1, dtype=np.int32)
    return np.asarray(symbols >> shifts[:, None] & 1, dtype=np.int32)


def bit_llr(
    log_probs: NDArray[np.float64], known: Symbols, plane: int, planes: int
) -> NDArray[np.float64]:
    """log P(0) / P(1) of the bits of a plane, given y and the planes before it [nat].

    log_probs: shape (.., M). known: the planes before it as one number, shape (..,).
    Zero where neither bit is possible.
    """
    size = 1 << planes
    missing = size - log_probs.shape[-1]
    if missing:
        nothing = np.full((*log_probs.shape[:-1], missing), -np.inf)
        log_probs = np.concatenate((log_probs, nothing), axis=-1)
    by_prefix = log_probs.reshape(*known.shape, 1 << plane, 2, size >> plane + 1)
    mine = np.take_along_axis(by_prefix, known[..., None, None, None].astype(np.int64), axis=-3)
    zero, one = np.moveaxis(np.logaddexp.reduce(mine[..., 0, :, :], axis=-1), -1, 0)
    with np.errstate(invalid="ignore"):
        llr = zero - one
    return np.where(np.isnan(llr), 0.0, llr)
