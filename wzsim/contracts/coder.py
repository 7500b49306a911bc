"""Real coders: from symbols to bytes. They know probabilities, never networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Self, final

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

    def designed_for(
        self,
        symbols: Symbols,
        log_probs: NDArray[np.float64],
        *,
        block_length: int,
        frame_error_rate: float,
    ) -> Self:
        """This coder with the rates that messages like these ask for.

        symbols: shape (T,), drawn from the law that encoder and decoder expect.
        log_probs: log q(m | context, y) of all symbols beside them, shape (T, M) [nat].
        block_length: symbols a block will have. frame_error_rate: the share of
        blocks that the first increment alone may leave undecoded; with feedback it
        is near 1, since more increments follow where they are asked for.

        By default the coder itself, which then has one rate for everything. What
        was chosen is held in parameters, so that a stream can name them.
        """
        return self

    @abstractmethod
    def encode(self, symbols: Symbols, alphabet_size: int) -> tuple[bytes, ...]:
        """Nested syndrome increments of one block; symbols: shape (N,).

        The first j increments are a code of their own for every j, and all of
        them suffice whatever the side information is. The first holds a checksum
        of the symbols.
        """

    @abstractmethod
    def decoder(self, log_probs: NDArray[np.float64]) -> SyndromeDecoder:
        """Decode one block from log q(m | context, y), shape (N, M) [nat]."""

    def decode_blocks(
        self, received: Sequence[Sequence[bytes]], log_probs: Sequence[NDArray[np.float64]]
    ) -> list[Symbols | None]:
        """Many blocks, each from its first increments; None for one that needs more.

        A coder that works on many blocks at once overrides it for speed.
        """
        blocks: list[Symbols | None] = []
        for increments, table in zip(received, log_probs, strict=True):
            decoder, block = self.decoder(table), None
            for increment in increments:
                block = decoder.extend(increment)
            blocks.append(block)
        return blocks


@final
class RetryingDecoder(SyndromeDecoder):
    """The decoder of a coder that overrides `decode_blocks`: each increment is another try."""

    def __init__(self, coder: SlepianWolfCoder, log_probs: NDArray[np.float64]) -> None:
        self._coder, self._log_probs = coder, log_probs
        self._increments: list[bytes] = []
        self._block: Symbols | None = None

    def extend(self, increment: bytes) -> Symbols | None:
        self._increments.append(increment)
        if self._block is None:
            (self._block,) = self._coder.decode_blocks([self._increments], [self._log_probs])
        return self._block
