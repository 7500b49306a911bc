"""A stream as it is made: frames come one by one, and layers are written one after the other."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Sequence
from typing import BinaryIO, final

from wzsim.storage.bitstream import (
    CRC,
    LAYER,
    LAYER_TAG,
    StreamHeader,
    chunk_checksum,
    join_increments,
    varint,
)

COPY = 1 << 20
"""Bytes that are joined at once."""


@final
class StreamWriter:
    """Collects the chunks of each layer in a file of its own, and joins them at the end.

    spools: empty files that can be read again, one a layer.
    """

    def __init__(self, header: StreamHeader, spools: Sequence[BinaryIO]) -> None:
        self._header = header.to_bytes()
        (self._salt,) = CRC.unpack(self._header[-CRC.size :])
        self._spools = spools
        self._indices = [bytearray() for _ in spools]
        self._frames = 0

    def add(self, increments: Sequence[Sequence[bytes]]) -> None:
        """The next frame; increments: of each stage, as many as are sent."""
        for stage, (spool, index, parts) in enumerate(
            zip(self._spools, self._indices, increments, strict=True), start=1
        ):
            chunk = join_increments(parts)
            spool.write(chunk)
            spool.write(CRC.pack(chunk_checksum(self._salt, stage, self._frames, chunk)))
            index.extend(varint(len(chunk)))
        self._frames += 1

    def finish(self, file: BinaryIO) -> tuple[int, ...]:
        """Write all of it; returns the bytes of the header, and of each layer."""
        file.write(self._header)
        sizes = [len(self._header)]
        for stage, (spool, index) in enumerate(
            zip(self._spools, self._indices, strict=True), start=1
        ):
            head = LAYER.pack(LAYER_TAG, stage, len(index)) + index
            file.write(head + CRC.pack(zlib.crc32(head, self._salt)))
            sizes.append(len(head) + CRC.size + spool.tell())
            spool.seek(0)
            shutil.copyfileobj(spool, file, COPY)
        return tuple(sizes)
