"""Probabilities as integer frequencies, which entropy coders need, and their bytes in a stream."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim.theory.varints import packed_varints, unpacked_varints

Tables = NDArray[np.uint32]

MOST_BITS = 24
"""Frequencies of a row sum to 2^24 at most."""

_ANY_SUM = 0xFF
"""First byte of packed tables whose rows do not sum to one power of two."""


def table_bits(alphabet_size: int) -> int:
    """k of the sum 2^k that rows of this alphabet get: 20, and 24 for large ones.

    A symbol that never comes costs 2^-k / ln 2 bit a symbol.

    >>> [table_bits(size) for size in (2, 256, 4096, 65536)]
    [20, 20, 20, 24]
    """
    return min(MOST_BITS, max(20, (alphabet_size - 1).bit_length() + 8))


def frequency_tables(probabilities: ArrayLike, bits: int | None = None) -> Tables:
    """Frequencies of at least 1 that sum to 2^bits, in proportion by the largest remainder.

    probabilities: shape (C, M), not negative, in any proportion. bits: `table_bits(M)`
    by default, at most 24.

    Shares below 1 are raised to 1 and the others pay for them in proportion; what
    rounding down leaves goes to the largest remainders, the first of equal ones. Raises
    ValueError for what is no distribution.

    >>> frequency_tables([[0.5, 0.25, 0.25, 0.0]], bits=4).tolist()
    [[7, 4, 4, 1]]
    """
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.ndim != 2 or not chances.shape[1]:
        raise ValueError(f"probabilities must have the shape (C, M), not {chances.shape}")
    size = chances.shape[1]
    bits = table_bits(size) if bits is None else bits
    if not size <= 2**bits <= 2**MOST_BITS:
        raise ValueError(f"{size} symbols need a sum of {size} to 2^{MOST_BITS}, not 2^{bits}")
    largest = chances.max(axis=1, keepdims=True)
    if not (np.isfinite(chances).all() and (chances >= 0).all() and (largest > 0).all()):
        raise ValueError("probabilities must be finite, not negative, and not all zero")
    shares = chances / largest
    shares /= shares.sum(axis=1, keepdims=True)
    exact = np.maximum(_above_floor(shares, 2**bits), 1.0)
    tables = np.floor(exact)
    left = (2**bits - tables.sum(axis=1)).astype(np.int64)
    order = np.argsort(tables - exact, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(size), order.shape), axis=1)
    integers: Tables = (tables + (rank < left[:, None])).astype(np.uint32)
    return integers


def _above_floor(shares: NDArray[np.float64], total: int) -> NDArray[np.float64]:
    """Shares of `total` when those below 1 are raised to 1 and the others pay for them."""
    raised = np.zeros(shares.shape, dtype=bool)
    while True:
        room = total - raised.sum(axis=1, keepdims=True)
        free = np.where(raised, 0.0, shares)
        whole = np.maximum(free.sum(axis=1, keepdims=True), 1e-300)
        exact: NDArray[np.float64] = room * free / whole
        below = ~raised & (exact < 1.0)
        if not below.any():
            return exact
        raised |= below


def pack_tables(tables: Tables) -> bytes:
    """Tables of shape (C, M) in bytes, one to five an entry.

    A byte k, then C, M and the frequencies as varints. Where all rows sum to 2^k and
    M is at least 2, the last frequency of each is left out; otherwise k is 255.

    >>> pack_tables(np.array([[3, 1]], dtype=np.uint32)).hex()
    '02010203'
    """
    if tables.ndim != 2:
        raise ValueError(f"tables must have the shape (C, M), not {tables.shape}")
    contexts, size = tables.shape
    sums = set(tables.sum(axis=1, dtype=np.uint64).tolist())
    total = sums.pop() if len(sums) == 1 and size > 1 else 0
    known = bool(total) and total & (total - 1) == 0 and total <= 2**MOST_BITS
    head = bytes([total.bit_length() - 1 if known else _ANY_SUM])
    kept = tables[:, : size - known]
    return head + packed_varints([contexts, size]) + packed_varints(kept)


def unpack_tables(packed: bytes) -> Tables:
    """The tables that `pack_tables` was given; ValueError for bytes that it did not give."""
    if not packed:
        raise ValueError("tables are empty")
    bits = packed[0]
    (contexts, size), used = unpacked_varints(packed[1:11], 2)
    rest, known = packed[1 + used :], bits != _ANY_SUM
    kept = int(size) - known
    if (bits > MOST_BITS and known) or kept < 1 or int(contexts) * kept > len(rest):
        raise ValueError(f"there are no tables of {contexts} times {size} entries in these bytes")
    entries, used = unpacked_varints(rest, int(contexts) * kept)
    if used != len(rest):
        raise ValueError(f"{len(rest) - used} bytes follow the tables")
    tables = entries.reshape(int(contexts), kept)
    if known:
        last = 2**bits - tables.sum(axis=1, keepdims=True).astype(np.int64)
        if (last < 0).any():
            raise ValueError(f"frequencies sum to more than 2^{bits}")
        tables = np.concatenate([tables, last.astype(np.uint64)], axis=1)
    if tables.size and tables.max() >= 2**32:
        raise ValueError("a frequency is above 32 bit")
    return tables.astype(np.uint32)
