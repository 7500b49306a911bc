"""Arrays cut into frames of whole blocks, as `encode` and `decode` both do it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import DiscretePair, Pair
from wzsim.errors import InputError

if TYPE_CHECKING:
    from wzsim.simulation.message_coder import MessageCoder

Advance = Callable[[int, int], None]
"""advance(samples done, samples in all)"""

MOST_NUMBERS = 1 << 22
"""Of log q, in the frames that are coded at once."""


def frame_length(samples: int, longest: int, block_length: int) -> int:
    """Equally long frames, of whole blocks, none longer than that (but one block at least).

    >>> frame_length(1_000_001, 300_000, 1)
    250001
    """
    if longest < block_length:
        raise InputError(
            f"a frame of {longest} samples is shorter than a block of the code; "
            f"--frame-length {block_length} is the least"
        )
    count = max(1, -(-samples // (longest - longest % block_length)))
    blocks = -(-samples // block_length)
    return max(1, -(-blocks // count)) * block_length


def alphabets(pair: Pair) -> tuple[int, int] | tuple[None, None]:
    """How many symbols X and Y have, where they are symbols."""
    return pair.joint().shape if isinstance(pair, DiscretePair) else (None, None)


def batch_frames(coder: MessageCoder) -> int:
    """How many frames are coded at once."""
    largest = max(stage.alphabet_size for stage in coder.stages)
    return max(1, MOST_NUMBERS // (coder.frame_length * largest))


def whole_blocks(array: NDArray[Any], start: int, stop: int, block_length: int) -> NDArray[Any]:
    """Samples start .. stop; an incomplete block at the end repeats its last one."""
    from wzsim.storage import flat_part

    part = flat_part(array, start, stop)
    missing = -len(part) % block_length
    return np.pad(part, (0, missing), mode="edge") if missing else part


def symbols_shape(coder: MessageCoder, samples: int) -> tuple[int, int]:
    """Shape of all symbols in one array, (symbols, K). Raises InputError where there is none."""
    counts = set(coder.code.shape.symbols_per_stage)
    if len(counts) > 1:
        raise InputError("--symbols is for codes whose stages have equally many symbols")
    blocks = -(-samples // coder.code.block_length)
    return blocks * counts.pop(), len(coder.stages)
