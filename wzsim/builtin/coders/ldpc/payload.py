"""The increments of a block as bytes.

The first has a CRC-32 of the symbols (four bytes each, little-endian), big-endian, and the first
syndrome of each plane. Each of the next ones has a few split rows of every plane that has
some left, the last one the planes themselves. Bits are packed, the first in the highest bit,
each syndrome, group of rows and plane from a byte of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.ldpc.code import PlaneCode
from wzsim.builtin.coders.ldpc.rates import RAW
from wzsim.contracts import Symbols

PlaneKind = PlaneCode | float
"""The code of a plane, RAW, or 0 for one of which nothing is sent."""

CHECKSUM = 4


def checksum(symbols: Symbols) -> bytes:
    """CRC-32 of a block."""
    return zlib.crc32(np.ascontiguousarray(symbols, dtype="<i4").tobytes()).to_bytes(
        CHECKSUM, "big"
    )


def increments_of(
    symbols: Symbols, planes: NDArray[np.int32], kinds: Sequence[PlaneKind]
) -> tuple[bytes, ...]:
    """All increments of a block; planes: shape (planes, N)."""
    first, later, last = [checksum(symbols)], list[list[bytes]](), list[bytes]()
    for kind, plane in zip(kinds, planes, strict=True):
        if kind == RAW:
            first.append(_packed(plane))
            continue
        last.append(_packed(plane))
        if isinstance(kind, PlaneCode):
            syndromes, splits = kind.syndromes(plane)
            first.append(_packed(syndromes))
            size = kind.splits_a_step
            later.append([_packed(splits[size * s : size * (s + 1)]) for s in range(kind.steps)])
    between = [
        b"".join(steps[index] for steps in later if index < len(steps))
        for index in range(max(map(len, later), default=0))
    ]
    return (b"".join(first), *between, *([b"".join(last)] if last else []))


@final
class Received:
    """The first increments of a block, taken apart."""

    def __init__(self, payload: Sequence[bytes], kinds: Sequence[PlaneKind], length: int) -> None:
        """Raises ValueError where an increment has not the length it should have."""
        self._raw: list[NDArray[np.int32] | None] = [None] * len(kinds)
        self._parts: list[list[NDArray[np.uint8]]] = [[] for _ in kinds]
        first = _Bits(payload[0])
        self.checksum = first.bytes(CHECKSUM)
        for plane, kind in enumerate(kinds):
            if isinstance(kind, PlaneCode):
                self._parts[plane].append(first.take(kind.first_bits))
            elif kind == RAW:
                self._raw[plane] = first.take(length).astype(np.int32)
        first.end()
        most = max((kind.steps for kind in kinds if isinstance(kind, PlaneCode)), default=0)
        for index, increment in enumerate(payload[1 : 1 + most]):
            bits = _Bits(increment)
            for plane, kind in enumerate(kinds):
                if isinstance(kind, PlaneCode) and index < kind.steps:
                    size = kind.splits_a_step * kind.ladder.graph.lift
                    self._parts[plane].append(bits.take(size))
            bits.end()
        for increment in payload[1 + most :]:
            bits = _Bits(increment)
            for plane, kind in enumerate(kinds):
                if kind != RAW:
                    self._raw[plane] = bits.take(length).astype(np.int32)
            bits.end()

    def raw(self, plane: int) -> NDArray[np.int32] | None:
        """The bits of a plane that came as they are."""
        return self._raw[plane]

    def syndromes(self, plane: int, code: PlaneCode) -> NDArray[np.uint8]:
        """Syndromes of the graph that the received steps make, shape (checks,)."""
        first, *rest = self._parts[plane]
        lift = code.ladder.graph.lift
        splits = np.concatenate(rest).reshape(-1, lift) if rest else np.zeros((0, lift), np.uint8)
        return code.ladder.syndromes_at(first.reshape(-1, lift), splits).ravel()


def _packed(bits: NDArray[np.integer]) -> bytes:
    return np.packbits(bits.ravel().astype(np.uint8)).tobytes()


@final
class _Bits:
    """Bytes that are read from front to back."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def bytes(self, count: int) -> bytes:
        if len(self._content) < count:
            raise ValueError("an increment is too short")
        taken, self._content = self._content[:count], self._content[count:]
        return taken

    def take(self, count: int) -> NDArray[np.uint8]:
        packed = np.frombuffer(self.bytes((count + 7) // 8), dtype=np.uint8)
        return np.unpackbits(packed, count=count)

    def end(self) -> None:
        if self._content:
            raise ValueError("an increment is too long")
