"""The kit of Slepian-Wolf coders."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import SlepianWolfCoder, Symbols
from wzsim.testing.component import ComponentKit


class SlepianWolfCoderKit(ComponentKit):
    """Tests of a Slepian-Wolf coder: inherit, and say which one.

    class TestMine(SlepianWolfCoderKit):
        component = Mine()
    """

    component: SlepianWolfCoder

    block_length: int = 512
    """Symbols a block."""

    alphabet_sizes: tuple[int, ...] = (2, 4)
    """Alphabets that are tried."""

    error_probability: float = 0.02
    """How often the side information points to a wrong symbol."""

    blocks: int = 5
    """Blocks of each alphabet."""

    def test_increments_are_bytes_that_the_symbols_decide(self) -> None:
        """Encoded again, a block has the same increments."""
        for size in self.alphabet_sizes:
            symbols, _ = self._block(size, 0, self.error_probability)
            one, two = (self.component.encode(symbols, size) for _ in range(2))
            assert len(one) > 0 and all(isinstance(part, bytes) for part in one), (
                f"{self._who}: encode gives no tuple of bytes"
            )
            assert one == two, f"{self._who}: encode gives other increments again"

    def test_side_information_and_increments_give_the_block(self) -> None:
        """The first answer of the decoder is the block, and so are all after it."""
        for size in self.alphabet_sizes:
            for seed in range(self.blocks):
                self._decode(size, seed, self.error_probability)

    def test_perfect_side_information_needs_fewer_increments(self) -> None:
        """The rate follows the side information, which only the decoder sees."""
        for size in self.alphabet_sizes:
            counts = [
                sum(self._decode(size, seed, chance) for seed in range(self.blocks))
                for chance in (0.0, self.error_probability)
            ]
            assert counts[0] <= counts[1], (
                f"{self._who}: it takes {counts[0]} increments where the side information is "
                f"perfect, and {counts[1]} where it is not"
            )

    def _decode(self, size: int, seed: int, chance: float) -> int:
        """Feed increments until the block is there; how many it took."""
        symbols, log_probs = self._block(size, seed, chance)
        increments = self.component.encode(symbols, size)
        decoder, taken = self.component.decoder(log_probs), 0
        for count, increment in enumerate(increments, start=1):
            block = decoder.extend(increment)
            if block is None:
                assert not taken, (
                    f"{self._who}: after an answer the decoder says None; an answer is final"
                )
                continue
            taken = taken or count
            assert block.shape == symbols.shape, (
                f"{self._who}: the decoded block has the shape {block.shape} and not "
                f"{symbols.shape}"
            )
            wrong = int((block != symbols).sum())
            assert not wrong, (
                f"{self._who}: {wrong} of {len(symbols)} symbols of an alphabet of {size} are "
                f"wrong after {count} of {len(increments)} increments; the decoder answers only "
                "when it is sure (a checksum in the first increment)"
            )
        assert taken, (
            f"{self._who}: no answer after all {len(increments)} increments with side information "
            f"that is right {1 - chance:.0%} of the time; the last increment must suffice"
        )
        return taken

    def _block(self, size: int, seed: int, chance: float) -> tuple[Symbols, NDArray[np.float64]]:
        """A block, and log q(symbol | side information), shape (N, M) [nat]."""
        rng = np.random.default_rng(seed)
        symbols = rng.integers(size, size=self.block_length).astype(np.int32)
        off = rng.integers(1, size, size=self.block_length)
        seen = np.where(rng.random(self.block_length) < chance, (symbols + off) % size, symbols)
        least = max(chance, 1e-9)
        table = np.full((self.block_length, size), np.log(least / (size - 1)))
        table[np.arange(self.block_length), seen] = np.log1p(-least)
        return symbols, table
