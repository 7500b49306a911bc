"""`rans`: asymmetric numeral systems, on any machine."""

from __future__ import annotations

from typing import ClassVar, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.fixed_point import FixedPoint
from wzsim.builtin.coders.interleaved import LaneDecoder, LaneEncoder, lanes_for
from wzsim.contracts import EntropyCoder, Symbols


@final
@attrs.frozen(kw_only=True)
class RansCoder(EntropyCoder):
    """Interleaved rANS in numpy; integers alone decide what a payload says.

    No symbol is an empty payload. Alphabets have up to 65,536 symbols.

    >>> tables = np.array([[3, 1]], dtype=np.uint32)
    >>> symbols = np.array([0, 0, 1, 0, 0, 1, 0, 0], dtype=np.int32)
    >>> payload = RansCoder().encode(symbols, np.zeros_like(symbols), tables)
    >>> len(payload), RansCoder().decode(payload, np.zeros_like(symbols), tables).tolist()
    (5, [0, 0, 1, 0, 0, 1, 0, 0])
    """

    name: ClassVar[str] = "rans"

    def encode(
        self, symbols: Symbols, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> bytes:
        model = FixedPoint.of(tables)
        places = model.places(symbols, contexts)
        if not len(places):
            return b""
        encoder = LaneEncoder(lanes_for(model.ideal_bits(places)))
        encoder.put(model, places)
        return encoder.payload()

    def decode(
        self, payload: bytes, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> Symbols:
        """The symbols; ValueError for a payload that is damaged, where that is seen."""
        model = FixedPoint.of(tables)
        model.check(contexts)
        if not len(contexts):
            return np.zeros(0, dtype=np.int32)
        decoder = LaneDecoder(payload, len(contexts))
        symbols = decoder.take(model, contexts)
        decoder.finish()
        return symbols
