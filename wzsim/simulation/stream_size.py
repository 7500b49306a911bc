"""How many bytes a stream of coded frames has, without making one (`docs/bitstream.md`)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from wzsim.simulation.message_coder import MessageCoder

CHECKSUM: Final = 4
"""Of the header, of each layer, and of each frame in each layer."""

FIXED: Final = 16
"""Magic, version and length of the header."""

LAYER: Final = 12
"""Tag, number and length of the index of a layer."""


def header_size(coder: MessageCoder, name: str, samples: int) -> int:
    """Bytes of what a decoder needs before the layers: identity, shape, all that coders know."""
    text = json.dumps(
        {
            "code": "0" * 64,
            "scenario": name,
            "shape": [samples],
            "dtype": "<f4",
            "coders": coder.as_data(),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return FIXED + len(text) + CHECKSUM


def frame_size(increments: Sequence[bytes], *, checked: bool = False) -> int:
    """Bytes of a frame in a layer: each increment after its length, a checksum, the index's entry.

    checked: whether the checksum of the symbols stands before the increments, as it
    does for Slepian-Wolf coders.

    >>> frame_size([b"ab", b""]), frame_size([b"ab", b""], checked=True)
    (9, 14)
    """
    chunk = sum(varint_size(len(increment)) + len(increment) for increment in increments)
    chunk += (varint_size(CHECKSUM) + CHECKSUM) * checked
    return chunk + CHECKSUM + varint_size(chunk)


def varint_size(number: int) -> int:
    """Bytes of a length: seven bits a byte.

    >>> varint_size(0), varint_size(127), varint_size(128)
    (1, 1, 2)
    """
    return max(1, -(-number.bit_length() // 7))
