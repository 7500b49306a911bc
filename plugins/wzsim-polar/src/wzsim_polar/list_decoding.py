"""Successive cancellation with a list, compiled by numba.

Words u = b F (x) .. (x) F, F = [[1, 0], [1, 1]], are decided entry by entry; a few best paths of
decisions are kept (I. Tal and A. Vardy, List decoding of polar codes, IEEE Trans. Inf. Theory
61(5), 2015). All is float32 but the metrics of paths, -log of their probability [nat].
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.int8]
Ratios = NDArray[np.float32]

FINE, FAR = 64, 16
"""Entries a nat of the table of log(1 + exp(-x)), and where it ends."""

TABLE = np.log1p(np.exp(-(np.arange(FINE * FAR) + 0.5) / FINE)).astype(np.float32)
TABLE[-1] = 0.0


class Paths(NamedTuple):
    """What a list of paths ends with, the likeliest first."""

    bits: Bits
    """b, shape (paths, n)."""
    metrics: NDArray[np.float64]
    """-log P of the path, and what it began with [nat]; shape (paths,)."""
    starts: NDArray[np.intp]
    """The row of `ratios` that each path began with, shape (paths,)."""


def list_decode(
    ratios: Ratios,
    metrics: NDArray[np.float64],
    known: NDArray[np.bool_],
    values: Bits,
    most: int,
) -> Paths:
    """The likeliest b that have the known entries of u.

    ratios: log P(0) / P(1) of the bits of b [nat], shape (starts, n), n a power of two: one row for
    each path to begin with, at most `most`. metrics: of these, shape (starts,) [nat]. known: shape
    (n,), which entries of u are. values: shape (n,), what they are. most: paths that are kept.
    """
    paths = Paths(*_list_decode(ratios, metrics, known, values, most, TABLE))
    best = np.argsort(paths.metrics, kind="stable")
    return Paths(paths.bits[best], paths.metrics[best], paths.starts[best])


@numba.njit(cache=True, nogil=True)
def _list_decode(ratios, metrics, known, values, most, table):  # type: ignore[no-untyped-def]
    length = ratios.shape[1]
    levels = round(math.log2(length))
    # Level j of a path has 2^j numbers from 2^j - 1 on; `at` and `sums_at` say in which row it is,
    # so that a path that forks copies these and no numbers.
    llr = np.empty((most, 2 * length - 1), np.float32)
    sums = np.empty((most, 2 * length - 1), np.int8)
    at = np.zeros((levels + 1, most), np.intp)
    sums_at = np.zeros((levels + 1, most), np.intp)
    cost, decided = np.empty(most), np.empty(most, np.int8)
    paths = len(ratios)
    cost[:paths] = metrics
    for path in range(paths):
        llr[path, length - 1 :] = ratios[path]
        at[levels, path] = path
    for phase in range(length):
        _descend(phase, paths, table, llr, at, sums, sums_at)
        if known[phase]:
            bit = values[phase]
            for path in range(paths):
                ratio = np.float64(llr[path, 0])
                against = max(ratio if bit else -ratio, 0.0)
                cost[path] += against + math.log1p(math.exp(-abs(ratio)))
                decided[path] = bit
        else:
            paths = _fork(paths, most, llr, cost, decided, at, sums_at)
        _ascend(phase, paths, decided, sums, sums_at)
    return sums[:paths, length - 1 :].copy(), cost[:paths].copy(), at[levels, :paths].copy()


@numba.njit(cache=True, nogil=True)
def _descend(phase, paths, table, llr, at, sums, sums_at):  # type: ignore[no-untyped-def]
    """The ratio of an entry of u, for each path, into level 0."""
    level = 0
    while level < len(at) - 1 and not phase >> level & 1:
        level += 1
    if phase:
        size = 1 << level
        for path in range(paths):
            above, old = llr[at[level + 1, path]], sums[sums_at[level, path]]
            below = llr[path]
            for i in range(size):
                a, b = above[2 * size - 1 + i], above[3 * size - 1 + i]
                below[size - 1 + i] = b - a if old[size - 1 + i] else b + a
            at[level, path] = path
    for lower in range(level - 1, -1, -1):
        size = 1 << lower
        last = np.float32(len(table) - 1)
        for path in range(paths):
            above, below = llr[at[lower + 1, path]], llr[path]
            for i in range(size):
                a, b = above[2 * size - 1 + i], above[3 * size - 1 + i]
                least = min(abs(a), abs(b))
                same = table[np.int32(min(abs(a + b) * np.float32(FINE), last))]
                other = table[np.int32(min(abs(a - b) * np.float32(FINE), last))]
                below[size - 1 + i] = (least if (a < 0) == (b < 0) else -least) + same - other
            at[lower, path] = path


@numba.njit(cache=True, nogil=True)
def _ascend(phase, paths, decided, sums, sums_at):  # type: ignore[no-untyped-def]
    """Partial sums after an entry of u: a left half, or at the end b, the top level."""
    level = 0
    while phase >> level & 1:
        level += 1
    end = (2 << level) - 1
    for path in range(paths):
        mine = sums[path]
        mine[end - 1] = decided[path]
        for lower in range(level):
            size = 1 << lower
            left = sums[sums_at[lower, path]]
            for i in range(size):
                mine[end - 2 * size + i] = left[size - 1 + i] ^ mine[end - size + i]
        sums_at[level, path] = path


@numba.njit(cache=True, nogil=True)
def _fork(paths, most, llr, cost, decided, at, sums_at):  # type: ignore[no-untyped-def]
    """Decide an entry of u both ways and keep the best: how many paths there are then."""
    stay, turn = np.empty(paths), np.empty(paths)
    for path in range(paths):
        ratio = np.float64(llr[path, 0])
        decided[path] = ratio < 0
        stay[path] = cost[path] + math.log1p(math.exp(-abs(ratio)))
        turn[path] = stay[path] + abs(ratio)
        cost[path] = stay[path]
    count = paths
    for _ in range(paths):
        better = np.argmin(turn)
        if count < most:
            place = count
            count += 1
        else:
            place = np.argmax(stay)
            if stay[place] <= turn[better]:
                break
            stay[place] = -np.inf
        at[:, place] = at[:, better]
        sums_at[:, place] = sums_at[:, better]
        cost[place] = turn[better]
        decided[place] = llr[better, 0] >= 0
        turn[better] = np.inf
    return count
