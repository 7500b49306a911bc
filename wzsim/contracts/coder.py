"""Real coders: from symbols to bytes. They know probabilities, never networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts.component import Component

Symbols = NDArray[np.int32]


@attrs.frozen(kw_only=True)
class EntropyCoder(Component):
    """A lossless coder driven by integer frequency tables."""

    kind: ClassVar[str] = "entropy_coder"

    @abstractmethod
    def encode(
        self, symbols: Symbols, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> bytes:
        """Code symbol i with the frequencies `tables[contexts[i]]`.

        symbols, contexts: shape (N,). tables: shape (C, M); zero marks a symbol
        that never comes. Raises ValueError for a symbol of frequency zero.
        """

    @abstractmethod
    def decode(
        self, payload: bytes, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> Symbols:
        """The symbols that `encode` was given, shape (N,)."""


class SyndromeDecoder(ABC):
    """The state of one block at the decoder: it takes increments until it is sure."""

    @abstractmethod
    def extend(self, increment: bytes) -> Symbols | None:
        """The decoded block, shape (N,), or None where more increments are needed."""


@attrs.frozen(kw_only=True)
class SlepianWolfCoder(Component):
    """A lossless coder whose encoder cannot see the side information, by signature."""

    kind: ClassVar[str] = "slepian_wolf_coder"

    @abstractmethod
    def encode(self, symbols: Symbols, alphabet_size: int) -> tuple[bytes, ...]:
        """Nested syndrome increments of one block; symbols: shape (N,).

        The first j increments are a code of their own for every j.
        """

    @abstractmethod
    def decoder(self, log_probs: NDArray[np.float64]) -> SyndromeDecoder:
        """Decode from log q(m | context, y), shape (N, M) [nat]."""
