"""Frequency tables as probabilities in fixed point: integers alone, equal on every machine."""

from __future__ import annotations

from typing import Self, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import Symbols

BITS = 24
"""Every row sums to 2^24, which constriction has built in."""

MOST_SYMBOLS = 65_536
"""Largest alphabet."""

_MOST_TOTAL = 2**39
"""Sums that can be multiplied by 2^24 in 64 bit."""


@final
@attrs.frozen(kw_only=True, eq=False)
class FixedPoint:
    """The symbols of all contexts that have a frequency, one after the other, J in all.

    Symbol i of a row with m symbols, frequencies n_j and sum S starts at

        floor((n_1 + ... + n_(i-1)) (2^24 - m) / S) + i - 1,

    so that each has a width of one at least, and one of frequency zero has none.

    >>> model = FixedPoint.of(np.array([[3, 0, 1]], dtype=np.uint32))
    >>> model.symbol.tolist(), model.width.tolist()
    ([0, 2], [12582911, 4194305])
    """

    symbol: Symbols
    """Shape (J,)."""
    start: NDArray[np.uint64]
    """Of its interval in [0, 2^24), shape (J,)."""
    width: NDArray[np.uint64]
    """Of its interval, shape (J,)."""
    key: NDArray[np.uint64]
    """2^24 context + start, ascending, shape (J,)."""
    first: NDArray[np.int64]
    """Where each context begins, shape (C + 1,)."""
    index: NDArray[np.int32]
    """Of each context and symbol, -1 for one of frequency zero, shape (C, M)."""

    @classmethod
    def of(cls, tables: NDArray[np.unsignedinteger]) -> Self:
        """The model of tables of shape (C, M); ValueError for what is none."""
        if tables.ndim != 2 or not 1 <= tables.shape[1] <= MOST_SYMBOLS:
            raise ValueError(f"tables must be (C, M) with M <= {MOST_SYMBOLS}, not {tables.shape}")
        context, symbol = np.nonzero(tables)
        used = np.bincount(context, minlength=len(tables))
        first = np.concatenate([[0], np.cumsum(used)])
        rank = np.arange(len(symbol)) - first[context]
        count = tables[context, symbol].astype(np.uint64)
        below = np.concatenate([np.zeros(1, np.uint64), np.cumsum(count)])
        total = below[first[1:]] - below[first[:-1]]
        before = below[:-1] - below[first[context]]
        if len(total) and total.max() > _MOST_TOTAL:
            before, total = before >> np.uint64(9), total >> np.uint64(9)
        free = (2**BITS - used).astype(np.uint64)
        scaled = before * free[context] // np.maximum(total, 1)[context]
        start = scaled + rank.astype(np.uint64)
        end = np.append(start[1:], np.uint64(2**BITS))
        end[first[1:][used > 0] - 1] = 2**BITS
        index = np.full(tables.shape, -1, dtype=np.int32)
        index[context, symbol] = np.arange(len(symbol))
        return cls(
            symbol=symbol.astype(np.int32),
            start=start,
            width=end - start,
            key=(context.astype(np.uint64) << np.uint64(BITS)) + start,
            first=first,
            index=index,
        )

    def places(self, symbols: Symbols, contexts: NDArray[np.int32]) -> NDArray[np.int32]:
        """The index of each symbol, shape (N,); ValueError for one that has no frequency."""
        self.check(contexts)
        if symbols.shape != contexts.shape:
            raise ValueError(f"{symbols.shape} symbols and {contexts.shape} contexts")
        if len(symbols) and not 0 <= symbols.min() <= symbols.max() < self.index.shape[1]:
            raise ValueError(f"a symbol is none of the {self.index.shape[1]} of the tables")
        found: NDArray[np.int32] = self.index[contexts, symbols]
        if len(found) and found.min() < 0:
            at = int(found.argmin())
            place = f"symbol {symbols[at]} in context {contexts[at]}"
            raise ValueError(f"{place} has the frequency zero, so it has no code")
        return found

    def ideal_bits(self, places: NDArray[np.int32]) -> float:
        """The least length of symbols, given by their index [bit]."""
        times = np.bincount(places, minlength=len(self.width))
        return float(times @ (BITS - np.log2(self.width)))

    def check(self, contexts: NDArray[np.int32]) -> None:
        """ValueError where a context has no table, or nothing in it."""
        if contexts.ndim != 1:
            raise ValueError(f"contexts must have one axis, not the shape {contexts.shape}")
        if not len(contexts):
            return
        if not 0 <= contexts.min() <= contexts.max() < len(self.index):
            raise ValueError(f"a context is none of the {len(self.index)} that have tables")
        empty = np.diff(self.first) == 0
        if empty.any() and empty[contexts].any():
            raise ValueError("all frequencies of a context are zero")
