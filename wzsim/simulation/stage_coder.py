"""The lossless coder of one stage, with what both sides know of the stage's symbols."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import EntropyCoder, MessageShape, SlepianWolfCoder, Symbols

LosslessCoder = EntropyCoder | SlepianWolfCoder
Tables = NDArray[np.uint32]

LookUp = Callable[[str, Mapping[str, Any]], LosslessCoder]
"""look_up(kind, table with a `name` and parameters) -> the coder; raises for an unknown one."""

CHECKSUM = 4
"""Bytes of the CRC-32 of symbols before the payload of an entropy coder."""

MOST_ENTRIES = 1 << 20
"""Frequencies that are read for a stage."""

MOST_FREQUENCY = 1 << 20
"""Frequencies are positive and sum to at most twice this."""


@final
@attrs.frozen(kw_only=True, eq=False)
class StageCoder:
    """The coder of one stage.

    An entropy coder has integer frequency `tables`, shape (C, M_k), one row a
    context; the context of a symbol is the prefix m_1^j of the first stages (of
    all earlier ones, where these contexts are few).
    """

    coder: LosslessCoder
    alphabet_size: int
    ideal_rate: float
    """Mean -log2 q on the design's sample [bit/symbol]."""
    tables: Tables | None = None
    context_sizes: tuple[int, ...] = ()
    """Alphabets of the stages that make the context."""

    def encode(
        self, symbols: Symbols, earlier: tuple[Symbols, ...], place: bytes
    ) -> tuple[bytes, ...]:
        """The increments of a block; earlier: the symbols of all stages before it.

        place: goes into the checksum, so that a block passes in its own place alone.
        """
        if isinstance(self.coder, SlepianWolfCoder):
            return self.coder.encode(symbols, self.alphabet_size)
        assert self.tables is not None
        payload = self.coder.encode(symbols, self._contexts(earlier, len(symbols)), self.tables)
        return (symbol_checksum(symbols, place) + payload,)

    def decode_entropy(
        self, received: Sequence[bytes], earlier: tuple[Symbols, ...], count: int, place: bytes
    ) -> Symbols | None:
        """The block of an entropy coder, shape (count,); None where its checksum is wrong."""
        assert isinstance(self.coder, EntropyCoder)
        assert self.tables is not None
        whole = b"".join(received)
        if len(whole) < CHECKSUM:
            return None
        try:
            symbols = self.coder.decode(
                whole[CHECKSUM:], self._contexts(earlier, count), self.tables
            )
        except Exception:  # noqa: BLE001 - bytes from outside may be anything
            return None
        if symbols.shape != (count,) or symbol_checksum(symbols, place) != whole[:CHECKSUM]:
            return None
        return symbols

    def _contexts(self, earlier: tuple[Symbols, ...], count: int) -> NDArray[np.int32]:
        contexts = np.zeros(count, dtype=np.int32)
        for symbols, size in zip(earlier, self.context_sizes, strict=False):
            contexts = contexts * np.int32(size) + symbols
        return contexts.astype(np.int32)

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        data: dict[str, Any] = {
            "kind": self.coder.kind,
            "coder": {"name": self.coder.name, **attrs.asdict(self.coder)},
            "alphabet_size": self.alphabet_size,
            "ideal_rate": self.ideal_rate,
        }
        if self.tables is not None:
            data |= {"tables": self.tables.tolist(), "context_stages": len(self.context_sizes)}
        plain: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))
        return plain

    @classmethod
    def from_data(
        cls,
        data: Mapping[str, Any],
        shape: MessageShape,
        stage: int,
        look_up: LookUp,
    ) -> Self:
        """The coder whose `as_data` this is; shape: of the code's messages. Raises ValueError."""
        kind, rate = data["kind"], data["ideal_rate"]
        if kind not in (EntropyCoder.kind, SlepianWolfCoder.kind):
            raise ValueError(f"stage {stage + 1} has a coder of kind {kind!r}")
        if type(rate) not in (int, float) or not 0 <= rate < 1e6:
            raise ValueError(f"stage {stage + 1} has the ideal rate {rate!r}")
        if data["alphabet_size"] != (size := shape.alphabet_sizes[stage]):
            raise ValueError(f"stage {stage + 1} has another alphabet than the code")
        coder = look_up(kind, data["coder"])
        if not isinstance(coder, EntropyCoder):
            return cls(coder=coder, alphabet_size=size, ideal_rate=float(rate))
        stages = data["context_stages"]
        if type(stages) is not int or not 0 <= stages <= stage:
            raise ValueError(f"stage {stage + 1} has contexts of {stages!r} earlier stages")
        sizes = shape.alphabet_sizes[:stages]
        return cls(
            coder=coder,
            alphabet_size=size,
            ideal_rate=float(rate),
            tables=_read_tables(data["tables"], int(np.prod(sizes)), size),
            context_sizes=sizes,
        )


def symbol_checksum(symbols: Symbols, place: bytes) -> bytes:
    """CRC-32 of a place and symbols as little-endian int32; least significant byte first.

    >>> symbol_checksum(np.array([1, 0], dtype=np.int32), b"").hex()
    'f7df88a9'
    """
    return zlib.crc32(symbols.astype("<i4").tobytes(), zlib.crc32(place)).to_bytes(
        CHECKSUM, "little"
    )


def _read_tables(rows: Any, contexts: int, size: int) -> Tables:
    """Tables from plain data of a stranger."""
    if not isinstance(rows, list) or len(rows) != contexts or contexts * size > MOST_ENTRIES:
        raise ValueError(f"frequency tables of other than {contexts} contexts")
    for row in rows:
        if not isinstance(row, list) or len(row) != size:
            raise ValueError(f"frequency tables of other than {size} symbols")
        if not all(type(number) is int and 1 <= number <= MOST_FREQUENCY for number in row):
            raise ValueError("frequencies that are no integers in 1 .. 2^20")
        if sum(row) > 2 * MOST_FREQUENCY:
            raise ValueError("frequencies that sum to more than 2^21")
    return np.array(rows, dtype=np.uint32)
