"""`range`: the range coder of the library constriction."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.fixed_point import FixedPoint
from wzsim.contracts import EntropyCoder, Symbols
from wzsim.errors import CapabilityError


@final
@attrs.frozen(kw_only=True)
class RangeCoder(EntropyCoder):
    """Range coding in compiled code, one context after the other.

    The library turns M weights w_i of sum 2^24 - M into widths of exactly w_i + 1 in 24 bit, since
    the factor by which it scales them is then 1 and all sums are whole numbers, which float64 holds
    exactly. So integers alone decide the payload. A context with one symbol takes no part.

    Raises CapabilityError where the library is missing; `rans` codes everywhere.
    [Bamler 2022, "Understanding entropy coding with asymmetric numeral systems (ANS)"]
    """

    name: ClassVar[str] = "range"

    def encode(
        self, symbols: Symbols, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> bytes:
        stream = _library().stream
        model = FixedPoint.of(tables)
        places = model.places(symbols, contexts)
        encoder = stream.queue.RangeEncoder()
        for context, where in _by_context(contexts):
            first, last = model.first[context : context + 2]
            if last - first > 1:
                part = places[where] - np.int32(first)
                encoder.encode(part, _categorical(stream, model.width[first:last]))
        words: NDArray[np.uint32] = encoder.get_compressed()
        return words.astype("<u4").tobytes()

    def decode(
        self, payload: bytes, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> Symbols:
        """The symbols; ValueError for a payload that is damaged, where that is seen."""
        stream = _library().stream
        model = FixedPoint.of(tables)
        model.check(contexts)
        if len(payload) % 4:
            raise ValueError("the payload does not end with a whole word")
        words = np.frombuffer(payload, dtype="<u4").astype(np.uint32)
        decoder = stream.queue.RangeDecoder(words)
        symbols = np.empty(len(contexts), dtype=np.int32)
        for context, where in _by_context(contexts):
            first, last = model.first[context : context + 2]
            part = np.zeros(len(where), dtype=np.int32)
            if last - first > 1:
                categorical = _categorical(stream, model.width[first:last])
                try:
                    part = decoder.decode(categorical, len(where))
                except AssertionError as error:  # how the library reports what cannot be
                    raise ValueError("the payload is damaged") from error
            symbols[where] = model.symbol[first + part]
        if not decoder.maybe_exhausted():
            raise ValueError("the payload is damaged: it does not end where its symbols do")
        return symbols


def _library() -> Any:
    try:
        import constriction
    except ImportError as error:
        raise CapabilityError(
            "entropy coder 'range' needs the library constriction, which this Python has not: "
            "type entropy_coder = \"rans\" under [coding], which codes as well; what 'range' wrote "
            "is read where `pip install constriction` finds a wheel"
        ) from error
    return constriction


def _categorical(stream: Any, widths: NDArray[np.uint64]) -> Any:
    """The model that has exactly these widths of sum 2^24."""
    weights = (widths - np.uint64(1)).astype(np.float64)
    return stream.model.Categorical(weights, lazy=False, perfect=False)


def _by_context(contexts: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Each context that occurs, ascending, and where."""
    order = np.argsort(contexts, kind="stable")
    present, counts = np.unique(contexts, return_counts=True)
    for context, stop, count in zip(present, np.cumsum(counts), counts, strict=True):
        yield int(context), order[stop - count : stop]
