"""A stream as it is read: as far as it goes."""

from __future__ import annotations

import os
import zlib
from itertools import accumulate
from typing import BinaryIO, Self, final

import attrs

from wzsim.storage.bitstream import (
    CRC,
    LAYER,
    LAYER_TAG,
    StreamHeader,
    chunk_checksum,
    read_header,
    read_varint,
    split_increments,
)


@final
@attrs.frozen(eq=False)
class StreamReader:
    """Header and layers of a stream, whose chunks are read where they are asked for."""

    header: StreamHeader
    layers: tuple[tuple[tuple[int, int], ...], ...]
    """By layer and frame: where its chunk begins, and how long it is."""
    damage: str | None
    """Why there are no more layers, where the file does not just end after one."""
    _file: BinaryIO
    _salt: int
    _size: int

    @classmethod
    def open(cls, file: BinaryIO, name: str) -> Self:
        """Read the header and the indices. Raises StreamError for what has no good header."""
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        header, salt, place = read_header(file, size, name)
        layers: list[tuple[tuple[int, int], ...]] = []
        damage = None
        while len(layers) < header.layers and place < size:
            stage = len(layers) + 1
            try:
                chunks, place = _read_layer(file, place, size, header, stage, salt)
            except ValueError as error:
                damage = f"layer {stage} at byte {place}: {error}"
                break
            layers.append(chunks)
        else:
            if place > size:
                damage = f"layer {len(layers)}: the file ends at byte {size}, {place - size} early"
            elif place < size:
                damage = f"{size - place} bytes after the last layer, which belong to no stream"
        return cls(header, tuple(layers), damage, file, salt, size)

    def increments(self, stage: int, frame: int) -> tuple[bytes, ...]:
        """What was sent of a stage (k - 1) of a frame. Raises ValueError where it is damaged."""
        start, length = self.layers[stage][frame]
        if start + length + CRC.size > self._size:
            raise ValueError("cut off")
        self._file.seek(start)
        chunk = self._file.read(length)
        (checksum,) = CRC.unpack(self._file.read(CRC.size))
        if chunk_checksum(self._salt, stage + 1, frame, chunk) != checksum:
            raise ValueError("damaged")
        return split_increments(chunk)


def _read_layer(
    file: BinaryIO, place: int, size: int, header: StreamHeader, stage: int, salt: int
) -> tuple[tuple[tuple[int, int], ...], int]:
    """Places of the chunks of a layer, and where it ends. Raises ValueError."""
    file.seek(place)
    head = file.read(LAYER.size)
    if len(head) < LAYER.size:
        raise ValueError("cut off before its index")
    tag, number, length = LAYER.unpack(head)
    if tag != LAYER_TAG or number != stage:
        raise ValueError("no layer begins here")
    first = place + LAYER.size + length + CRC.size
    if first > size:
        raise ValueError("cut off in its index, or damaged")
    if not header.frames <= length <= 9 * header.frames:
        raise ValueError(f"an index of {length} bytes for {header.frames} frames")
    index = file.read(length)
    (checksum,) = CRC.unpack(file.read(CRC.size))
    if zlib.crc32(head + index, salt) != checksum:
        raise ValueError("the checksum of its index is wrong")
    lengths, read = [], 0
    for _ in range(header.frames):
        number, read = read_varint(index, read)
        lengths.append(number)
    if read != length:
        raise ValueError("an index of more frames than there are")
    starts = list(accumulate((number + CRC.size for number in lengths), initial=first))
    return tuple(zip(starts[:-1], lengths, strict=True)), starts[-1]
