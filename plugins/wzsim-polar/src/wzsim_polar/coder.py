"""The Slepian-Wolf coder `polar`."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from typing import ClassVar, Self, final, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import (
    OneOf,
    Range,
    RetryingDecoder,
    SlepianWolfCoder,
    Symbols,
    SyndromeDecoder,
    doc,
)
from wzsim.theory.bit_planes import (
    Order,
    bit_llr,
    bit_planes,
    by_bits,
    joined,
    llr_by_prefix,
    plane_count,
)
from wzsim_polar.design import needed_rate
from wzsim_polar.list_decoding import Bits
from wzsim_polar.plane import entries_of, paths_of

CHECKSUM = 4
"""Bytes of the CRC-32 of a block."""

PARTS = 32
"""Each increment after the first has this part of every plane."""

START = 0.1
"""Rate of the first increment of a coder that was designed for nothing."""


@final
@attrs.frozen(kw_only=True)
class PolarCoder(SlepianWolfCoder):
    """Entries of the polar transform of each plane of bits, decoded with a list.

    The symbols of an alphabet of M are log2(M) planes of bits. The first increment has a CRC-32 of
    the symbols and of each plane those entries of which y tells least, the next ones more of
    them, until all are there. One list of paths goes through all planes, and the
    checksum picks one of them (E. Arikan, Source polarization, ISIT 2010).
    """

    name: ClassVar[str] = "polar"

    rates: tuple[float, ...] | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(Range(ge=0, le=1)),
        metadata=doc("entries a symbol of each plane in the first increment; chosen by design"),
    )
    plane_order: Order = attrs.field(
        default="most-significant-first",
        validator=OneOf(get_args(Order)),
        metadata=doc("which plane is decoded first; design takes the order of the lower rate"),
    )
    list_size: int = attrs.field(
        default=32,
        validator=Range(ge=1, le=1024),
        metadata=doc("paths that are kept; time and memory grow with it"),
    )

    def designed_for(
        self,
        symbols: Symbols,
        log_probs: NDArray[np.float64],
        *,
        block_length: int,
        frame_error_rate: float,
    ) -> Self:
        orders = get_args(Order) if log_probs.shape[-1] > 2 else (self.plane_order,)
        rates = dict[Order, tuple[float, ...]]()
        for order in orders:
            count = plane_count(log_probs.shape[-1])
            logs, known, found = by_bits(log_probs, count, order), np.zeros_like(symbols), []
            for plane, bits in enumerate(bit_planes(symbols, count, order)):
                rate = needed_rate(
                    bits,
                    bit_llr(logs, known, plane),
                    block_length=block_length,
                    failures=frame_error_rate / count,
                    list_size=self.list_size,
                )
                found.append(round(min(max(rate, 0.0), 1.0), 6))
                known = 2 * known + bits
            rates[order] = tuple(found)
        best = min(orders, key=lambda order: sum(rates[order]))
        return attrs.evolve(self, rates=rates[best], plane_order=best)

    def encode(self, symbols: Symbols, alphabet_size: int) -> tuple[bytes, ...]:
        planes = bit_planes(symbols, plane_count(alphabet_size), self.plane_order)
        entries, done = entries_of(planes), [0] * len(planes)
        parts = list[bytes]()
        for counts in self._counts(len(symbols), len(planes)):
            new = zip(entries, done, counts, strict=True)
            parts.append(b"".join(np.packbits(row[a:b]).tobytes() for row, a, b in new))
            done = counts
        return (checksum(symbols) + parts[0], *parts[1:])

    def decoder(self, log_probs: NDArray[np.float64]) -> SyndromeDecoder:
        return RetryingDecoder(self, log_probs)

    def decode_blocks(
        self, received: Sequence[Sequence[bytes]], log_probs: Sequence[NDArray[np.float64]]
    ) -> list[Symbols | None]:
        return [
            self.decoded(increments, table) if len(increments) else None
            for increments, table in zip(received, log_probs, strict=True)
        ]

    def decoded(
        self, increments: Sequence[bytes], log_probs: NDArray[np.float64]
    ) -> Symbols | None:
        """A block from its first increments, or None where the checksum fits no path.

        log_probs: shape (N, M) [nat]. Raises ValueError for increments of a wrong length.
        """
        length, count = len(log_probs), plane_count(log_probs.shape[-1])
        log_probs = by_bits(log_probs, count, self.plane_order)
        found, metrics = np.zeros((1, length), np.int32), np.zeros(1)
        for plane, entries in enumerate(self._received(increments, length, count)):
            ratios = llr_by_prefix(log_probs, plane)[np.arange(length), found]
            paths = paths_of(ratios, metrics, entries, self.list_size)
            found, metrics = 2 * found[paths.starts] + paths.bits, paths.metrics
        for symbols in joined(found, count, self.plane_order):
            if checksum(symbols) == increments[0][:CHECKSUM]:
                return symbols
        return None

    def _counts(self, length: int, planes: int) -> list[list[int]]:
        """Entries of each plane that are there after each increment."""
        rates = (START,) * planes if self.rates is None else self.rates
        if len(rates) != planes:
            raise ValueError(f"{len(rates)} rates, and symbols of {planes} planes")
        step = _whole_bytes(length / PARTS)
        counts = [[min(length, _whole_bytes(rate * length)) for rate in rates]]
        while min(counts[-1]) < length:
            counts.append([min(length, count + step) for count in counts[-1]])
        return counts

    def _received(self, increments: Sequence[bytes], length: int, planes: int) -> list[Bits]:
        """The first entries of each plane."""
        entries = [np.zeros(0, np.int8)] * planes
        for index, counts in enumerate(self._counts(length, planes)[: len(increments)]):
            content = increments[index][0 if index else CHECKSUM :]
            for plane, count in enumerate(counts):
                new = count - len(entries[plane])
                size = (new + 7) // 8
                packed, content = np.frombuffer(content[:size], np.uint8), content[size:]
                if len(packed) < size:
                    raise ValueError("an increment is too short")
                bits = np.unpackbits(packed, count=new).astype(np.int8)
                entries[plane] = np.concatenate((entries[plane], bits))
            if content:
                raise ValueError("an increment is too long")
        return entries


def _whole_bytes(bits: float) -> int:
    """So many bits that fill bytes."""
    return 8 * math.ceil(bits / 8)


def checksum(symbols: Symbols) -> bytes:
    """CRC-32 of a block."""
    content = np.ascontiguousarray(symbols, dtype="<i4").tobytes()
    return zlib.crc32(content).to_bytes(CHECKSUM, "big")
