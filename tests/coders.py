"""Simple lossless coders, and a source of blocks, that tests of real bits use."""

from __future__ import annotations

import zlib

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    DensitySource,
    EntropyCoder,
    SlepianWolfCoder,
    Source,
    Symbols,
    SyndromeDecoder,
)
from wzsim.hookspecs import hookimpl

WZSIM_CONTRACT = 1

PARTS = 8


@attrs.frozen(kw_only=True)
class Plain(EntropyCoder):
    """Symbols as two bytes each; it looks at its arguments as a real one does."""

    name = "plain"

    def encode(
        self, symbols: Symbols, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> bytes:
        if len(symbols) and not tables[contexts, symbols].all():
            raise ValueError("a symbol of frequency zero")
        return symbols.astype("<u2").tobytes()

    def decode(
        self, payload: bytes, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> Symbols:
        return np.frombuffer(payload, dtype="<u2").astype(np.int32)[: len(contexts)]


@attrs.frozen(kw_only=True)
class Pieces(SlepianWolfCoder):
    """A checksum and the first part of the symbols, then an eighth at a time; the rest from y."""

    name = "pieces"
    first: float = 0.0
    """Share of the block in the first increment."""

    def encode(self, symbols: Symbols, alphabet_size: int) -> tuple[bytes, ...]:
        check = zlib.crc32(symbols.astype("<i4").tobytes()).to_bytes(4, "big")
        cut = round(self.first * len(symbols))
        head, *rest = (
            part.astype("<u2").tobytes()
            for part in (symbols[:cut], *np.array_split(symbols[cut:], PARTS))
        )
        return (check + head, *rest)

    def decoder(self, log_probs: NDArray[np.float64]) -> SyndromeDecoder:
        return Guess(log_probs)


class Guess(SyndromeDecoder):
    """The most likely symbols, until the checksum is right."""

    def __init__(self, log_probs: NDArray[np.float64]) -> None:
        self.block = log_probs.argmax(axis=1).astype(np.int32)
        self.check, self.known = b"", 0

    def extend(self, increment: bytes) -> Symbols | None:
        if not self.check:
            self.check, increment = increment[:4], increment[4:]
        part = np.frombuffer(increment, dtype="<u2")
        self.block[self.known : self.known + len(part)] = part
        self.known += len(part)
        sure = zlib.crc32(self.block.astype("<i4").tobytes()).to_bytes(4, "big") == self.check
        return self.block.copy() if sure else None


@attrs.frozen(kw_only=True)
class Blocks(Source):
    """Independent N(0, 1), four samples a block."""

    name = "blocks"
    block_length = 4
    variance = 1.0

    def sample(self, batch: int, generator: Generator) -> Tensor:
        return torch.randn(batch, 4, generator=generator, device=generator.device)

    def single_letter(self) -> DensitySource:
        return GaussianSource()


@hookimpl
def wzsim_sources() -> list[type[Source]]:
    return [Blocks]


@hookimpl
def wzsim_entropy_coders() -> list[type[EntropyCoder]]:
    return [Plain]


@hookimpl
def wzsim_slepian_wolf_coders() -> list[type[SlepianWolfCoder]]:
    return [Pieces]
