"""The message m_1..m_K: what the encoder sends, stage by stage."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, final

import attrs

if TYPE_CHECKING:
    from torch import Tensor


@final
@attrs.frozen
class MessageShape:
    """Alphabets of the K stages, and how many symbols a block of n samples becomes.

    Stage k has alphabet M_k = `alphabet_sizes[k-1]` and emits
    S_k = `symbols_per_stage[k-1]` symbols a block.

    >>> MessageShape((2, 4)).prefix_counts
    (2, 8)
    """

    alphabet_sizes: tuple[int, ...]
    block_length: int = 1
    symbols_per_stage: tuple[int, ...] = attrs.field()

    @symbols_per_stage.default
    def _one_symbol_a_stage(self) -> tuple[int, ...]:
        return (1,) * len(self.alphabet_sizes)

    @property
    def stages(self) -> int:
        """K."""
        return len(self.alphabet_sizes)

    @property
    def prefix_counts(self) -> tuple[int, ...]:
        """M_1 ... M_k for k = 1..K: how many values m_1^k can take (one symbol a stage)."""
        return tuple(math.prod(self.alphabet_sizes[: k + 1]) for k in range(self.stages))


@final
@attrs.frozen
class Message:
    """A hard message: `stages[k-1]` holds m_k, int64, shape (batch, S_k), values 0 .. M_k - 1."""

    stages: tuple[Tensor, ...]


@final
@attrs.frozen
class RelaxedMessage:
    """A message whose symbols are points of the simplex, as training needs them.

    `stages[k-1]` has shape (batch, S_k, M_k), non-negative, sums to 1 over the
    last axis; a hard message is its one-hot special case.
    """

    stages: tuple[Tensor, ...]
