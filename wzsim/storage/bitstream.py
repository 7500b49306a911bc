"""The container of coded arrays: header, then layer after layer (`docs/bitstream.md`).

Whatever is read is distrusted: nothing in a stream is executed, nothing is
allocated that the bytes at hand do not justify, and each part has a checksum.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, final

import attrs
import numpy as np

from wzsim.errors import StreamError

MAGIC = b"\x89WZS\r\n\x1a\n"
"""Not text, and broken by a transfer that mends the ends of lines."""

VERSION = 1

FIXED = struct.Struct("<8sII")
"""Magic, version, length of the header's text."""

LAYER = struct.Struct("<4sII")
"""Tag, stage k, length of the index."""

CRC = struct.Struct("<I")

LAYER_TAG = b"LAYR"

MOST_HEADER = 1 << 26
"""Bytes of a header's text that are read."""

MOST_AXES = 32

TYPES = ("<f4", "<f8", "<f2", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "|b1")
"""Types of X that a stream may name, as numpy spells them."""

VARINT_BYTES = 9
"""Longest length that is read."""


@final
@attrs.frozen(kw_only=True)
class StreamHeader:
    """What the decoder must know before it decodes."""

    code: str
    """Identity of the code: see `code_sha256`."""
    scenario: str
    """Name of the scenario whose code it is, for people."""
    shape: tuple[int, ...]
    """Of X, and so of X_hat."""
    dtype: str
    """Of X, as numpy spells it."""
    coders: Mapping[str, Any]
    """`MessageCoder.as_data()`."""

    @property
    def samples(self) -> int:
        """N."""
        return math.prod(self.shape)

    @property
    def frame_length(self) -> int:
        """Source samples a frame."""
        length: int = self.coders["frame_length"]
        return length

    @property
    def layers(self) -> int:
        """K."""
        return len(self.coders["stages"])

    @property
    def frames(self) -> int:
        """How many frames N samples are."""
        return -(-self.samples // self.frame_length)

    def to_bytes(self) -> bytes:
        """Magic, version, length, canonical JSON and the checksum of all of it."""
        text = json.dumps(
            attrs.asdict(self), sort_keys=True, separators=(",", ":"), allow_nan=False
        ).encode()
        head = FIXED.pack(MAGIC, VERSION, len(text)) + text
        return head + CRC.pack(zlib.crc32(head))


def chunk_checksum(salt: int, stage: int, frame: int, chunk: bytes) -> int:
    """CRC-32 of a chunk in its place; salt: the checksum of the header.

    A chunk of another stream, stage or frame does not pass.
    """
    return zlib.crc32(chunk, zlib.crc32(struct.pack("<IIQ", salt, stage, frame)))


def join_increments(increments: Sequence[bytes]) -> bytes:
    """A chunk: each increment after its length.

    >>> join_increments([b"ab", b""]).hex()
    '02616200'
    """
    return b"".join(varint(len(increment)) + increment for increment in increments)


def split_increments(chunk: bytes) -> tuple[bytes, ...]:
    """The increments of a chunk. Raises ValueError for anything else.

    >>> split_increments(bytes.fromhex("02616200"))
    (b'ab', b'')
    """
    increments, place = [], 0
    while place < len(chunk):
        length, place = read_varint(chunk, place)
        if length > len(chunk) - place:
            raise ValueError("an increment is longer than its chunk")
        increments.append(chunk[place : place + length])
        place += length
    return tuple(increments)


def varint(number: int) -> bytes:
    """LEB128: seven bits a byte, the least significant first.

    >>> varint(300).hex()
    'ac02'
    """
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def read_varint(data: bytes, place: int) -> tuple[int, int]:
    """The number that begins there, and where it ends. Raises ValueError."""
    number = 0
    for count in range(VARINT_BYTES):
        if place + count >= len(data):
            raise ValueError("a length is cut off")
        byte = data[place + count]
        number |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return number, place + count + 1
    raise ValueError("a length is too long")


def read_header(file: BinaryIO, size: int, name: str) -> tuple[StreamHeader, int, int]:
    """The header of a stream, its checksum, and where it ends.

    size: of the file. Raises StreamError for another file, another version and a
    damaged header.
    """
    head = file.read(FIXED.size)
    if not head:
        raise StreamError(f"{name} is empty; `wzsim encode` writes streams")
    if head[: len(MAGIC)] != MAGIC[: len(head)]:
        raise StreamError(f"{name} is no coded stream of wzsim; `wzsim encode` writes one")
    if len(head) < FIXED.size:
        raise StreamError(f"{name} is cut off in its header: {size} bytes")
    _, version, length = FIXED.unpack(head)
    if version != VERSION:
        raise StreamError(
            f"{name} has version {version} of the format, and this wzsim reads version {VERSION}"
        )
    if length > min(size - FIXED.size - CRC.size, MOST_HEADER):
        raise StreamError(
            f"{name} is cut off or damaged in its header: it claims {length} bytes of {size}"
        )
    text = file.read(length)
    (checksum,) = CRC.unpack(file.read(CRC.size))
    if zlib.crc32(head + text) != checksum:
        raise StreamError(f"{name} is damaged in its header: the checksum is wrong")
    try:
        header = _header_of(text)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StreamError(f"{name} has a header that no stream has: {error}") from error
    return header, checksum, FIXED.size + length + CRC.size


def _header_of(text: bytes) -> StreamHeader:
    data = json.loads(text, parse_constant=_no_constant)
    if not isinstance(data, dict) or set(data) != {
        field.name for field in attrs.fields(StreamHeader)
    }:
        raise ValueError("other keys than those of a header")
    coders, shape = data["coders"], data["shape"]
    if not isinstance(shape, list) or len(shape) > MOST_AXES:
        raise ValueError("a shape of another kind")
    if not all(type(axis) is int and 0 <= axis < 2**48 for axis in shape):
        raise ValueError("a shape with an axis of no length")
    if math.prod(shape) >= 2**48:
        raise ValueError("a shape of too many samples")
    if not (isinstance(data["code"], str) and isinstance(data["scenario"], str)):
        raise ValueError("no identity of its code")
    if data["dtype"] not in TYPES:
        raise ValueError(f"samples of type {data['dtype']!r}")
    if not isinstance(coders, dict) or not isinstance(coders.get("stages"), list):
        raise ValueError("no coders")
    if type(length := coders.get("frame_length")) is not int or not 0 < length < 2**48:
        raise ValueError("no length of its frames")
    if not 0 < len(coders["stages"]) <= 1000:
        raise ValueError("no stages")
    return StreamHeader(
        code=data["code"],
        scenario=data["scenario"],
        shape=tuple(shape),
        dtype=data["dtype"],
        coders=coders,
    )


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def portable_dtype(dtype: np.dtype[Any]) -> str | None:
    """The type of X as a stream names it, whatever the order of its bytes; None for no such type.

    >>> portable_dtype(np.dtype(">f8"))
    '<f8'
    """
    little = dtype.newbyteorder("<").str
    return little if little in TYPES else None
