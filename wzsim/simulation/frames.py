"""One frame of a stream, at the encoder and at the decoder."""

from __future__ import annotations

from typing import final

import attrs
from torch import Tensor

from wzsim.contracts import Symbols


@final
@attrs.frozen(kw_only=True, eq=False)
class Frame:
    """What the decoder has of one frame: its side information, and the stages decoded so far."""

    number: int
    """In the stream, from 0; it decides the dither."""
    y: Tensor
    """Shape (blocks, n)."""
    shared: Tensor | None
    """Common randomness, shape (blocks, n)."""
    stages: tuple[Symbols, ...] = ()
    """m_1 .. m_j as far as they were decoded, each of shape (blocks * S_k,)."""
    failed: bool = False
    """Whether the stage after these came and was not decoded; later ones then cannot be."""

    @property
    def samples(self) -> int:
        """Source samples."""
        return self.y.numel()


@final
@attrs.frozen(kw_only=True, eq=False)
class EncodedFrame:
    """One frame as the encoder leaves it."""

    number: int
    stages: tuple[Symbols, ...]
    """m_1 .. m_K, each of shape (blocks * S_k,): the encoder's own symbols."""
    increments: tuple[tuple[bytes, ...], ...]
    """Stage by stage; one increment from an entropy coder, nested ones from a Slepian-Wolf coder.
    The first of a stage holds a checksum of its symbols."""
