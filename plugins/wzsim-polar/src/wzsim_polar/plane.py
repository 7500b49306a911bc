"""One plane of a block: what is sent of it, and the paths that decode it."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim_polar.list_decoding import Bits, Paths, list_decode

CERTAIN = 40.0
"""Log ratio of a bit that is as certain as can be [nat]."""


def entries_of(bits: NDArray[np.integer]) -> Bits:
    """What is sent of a plane, all of it: shape (.., N), the same shape as its bits."""
    place = layout(bits.shape[-1])
    word = np.zeros((*bits.shape[:-1], place.size), np.int8)
    word[..., place.bits] = bits
    return transformed(word)[..., place.entries]


def paths_of(
    ratios: NDArray[np.floating], metrics: NDArray[np.float64], entries: Bits, list_size: int
) -> Paths:
    """The likeliest planes with these first entries, at most `list_size`.

    ratios: log P(0) / P(1) of the bits [nat], shape (starts, N), one row for each path that
    the planes before left. metrics: of these, shape (starts,) [nat]. entries: shape (sent,).
    """
    place = layout(ratios.shape[-1])
    word = np.full((len(ratios), place.size), CERTAIN, np.float32)
    word[:, place.bits] = ratios.clip(-CERTAIN, CERTAIN)
    known, values = np.ones(place.size, np.bool_), np.zeros(place.size, np.int8)
    known[place.entries[len(entries) :]] = False
    values[place.entries[: len(entries)]] = entries
    paths = list_decode(word, metrics, known, values, list_size)
    return paths._replace(bits=paths.bits[:, place.bits])


def transformed(word: Bits) -> Bits:
    """u = b F (x) .. (x) F, F = [[1, 0], [1, 1]]; it is its own inverse.

    word: shape (.., n), n a power of two.

    >>> transformed(np.array([0, 0, 0, 1], np.int8)).tolist()
    [1, 1, 1, 1]
    """
    size = word.shape[-1]
    rows, half = word.reshape(-1, size).copy(), 1
    while half < size:
        pairs = rows.reshape(len(rows), -1, 2, half)
        pairs[:, :, 0] ^= pairs[:, :, 1]
        half *= 2
    return rows.reshape(word.shape)


@final
@attrs.frozen(eq=False)
class Layout:
    """Where the bits of a block are in a word of a power of two, and which entries are sent."""

    size: int
    """n, the least power of two that holds a block."""
    bits: NDArray[np.intp]
    """Places of the bits in b, shape (N,). All others are zero, and so are entries of u there: an
    entry sums bits whose places have its ones in binary, and those are zero too."""
    entries: NDArray[np.intp]
    """The same places, in the order in which entries of u are sent: the worst to decode first."""


@lru_cache(maxsize=64)
def layout(length: int) -> Layout:
    """The layout of blocks of this many bits.

    Zeros are in the places of which the digits, reversed, are the largest numbers (R. Wang and
    R. Liu, IEEE Commun. Lett. 18(12), 2014). Entries are ordered by polarization weight
    (G. He et al., GLOBECOM 2017): that of place i, of binary digits i_j, is sum_j i_j 2^(j/4). It
    knows neither y nor the rate, so that a short syndrome is the beginning of a longer one. No two
    places weigh the same, the roots being independent over the integers.

    >>> layout(3).bits.tolist(), layout(4).entries.tolist()
    ([0, 1, 2], [0, 1, 2, 3])
    """
    levels = (length - 1).bit_length()
    digits = np.arange(1 << levels)[:, None] >> np.arange(levels) & 1
    backwards = digits @ (1 << np.arange(levels)[::-1])
    places = np.flatnonzero(backwards < length)
    root = math.sqrt(math.sqrt(2.0))
    weights = digits @ np.array([root ** (j % 4) * 2.0 ** (j // 4) for j in range(levels)])
    return Layout(1 << levels, places, places[np.argsort(weights[places], kind="stable")])
