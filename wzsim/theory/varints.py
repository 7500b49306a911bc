"""Whole numbers in as few bytes as they need: seven bits a byte, the lowest first (LEB128)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

LARGEST = 2**35 - 1
"""Five bytes."""

_LONGEST = 5


def packed_varints(values: ArrayLike) -> bytes:
    """Numbers of 0 to `LARGEST`, shape (J,), one after the other.

    >>> packed_varints([1, 300]).hex()
    '01ac02'
    """
    numbers = np.asarray(values, dtype=np.uint64).reshape(-1, 1)
    shifts = 7 * np.arange(_LONGEST, dtype=np.uint64)
    rest = numbers >> shifts
    more = (rest >> np.uint64(7)) > 0
    octets = (rest & np.uint64(0x7F)) | (more.astype(np.uint64) << np.uint64(7))
    written = (rest > 0) | (shifts == 0)
    packed: bytes = octets[written].astype(np.uint8).tobytes()
    return packed


def unpacked_varints(packed: bytes, count: int) -> tuple[NDArray[np.uint64], int]:
    """The first `count` numbers, shape (count,), and how many bytes they took.

    Raises ValueError where there are fewer, or one is longer than five bytes.

    >>> numbers, length = unpacked_varints(bytes.fromhex("01ac02ff"), 2)
    >>> numbers.tolist(), length
    ([1, 300], 3)
    """
    octets = np.frombuffer(packed, dtype=np.uint8, count=min(len(packed), _LONGEST * count))
    ends = np.flatnonzero(octets < 0x80)[:count]
    if len(ends) < count:
        raise ValueError(f"{count} numbers were due, and {len(ends)} are there")
    if not count:
        return np.zeros(0, dtype=np.uint64), 0
    starts = np.concatenate([[0], ends[:-1] + 1])
    lengths = ends + 1 - starts
    if lengths.max() > _LONGEST:
        raise ValueError("a number is longer than five bytes")
    used = int(ends[-1]) + 1
    place = np.arange(used) - np.repeat(starts, lengths)
    parts = (octets[:used].astype(np.uint64) & np.uint64(0x7F)) << (7 * place).astype(np.uint64)
    numbers: NDArray[np.uint64] = np.add.reduceat(parts, starts)
    return numbers, used
