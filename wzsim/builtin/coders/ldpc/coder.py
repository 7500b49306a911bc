"""The Slepian-Wolf coder `ldpc`: syndromes of low-density parity-check codes, plane by plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self, final, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.ldpc.code import PlaneCode, plane_code
from wzsim.builtin.coders.ldpc.payload import PlaneKind, Received, checksum, increments_of
from wzsim.builtin.coders.ldpc.rates import RAW, chosen_rates
from wzsim.builtin.coders.ldpc.solving import CERTAIN, Algorithm, Engine, solver
from wzsim.contracts import (
    OneOf,
    Range,
    RetryingDecoder,
    SlepianWolfCoder,
    Symbols,
    SyndromeDecoder,
    doc,
)
from wzsim.theory.bit_planes import (
    Order,
    bit_llr,
    bit_planes,
    by_bits,
    joined,
    plane_count,
)

SHORTEST = 64
"""Symbols of a block below which every plane is sent raw."""

AT_ONCE = 64
"""Blocks decoded at once: their messages are what takes memory."""

START = 0.1
"""Rate of the first increment of a coder that was designed for nothing."""


@final
@attrs.frozen(kw_only=True)
class LdpcCoder(SlepianWolfCoder):
    """Syndromes of irregular quasi-cyclic LDPC codes, decoded by belief propagation.

    The symbols of an alphabet of M are log2(M) planes of bits, one decoded after the other, each
    with what y and the planes before it say. The first increment has a CRC-32
    of the symbols and the syndrome of every plane, the next ones split checks (`ladder`), the last
    one has the planes as they are. A plane whose rate is 1 is sent raw, one of rate 0 not at all.
    """

    name: ClassVar[str] = "ldpc"

    rates: tuple[float, ...] | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(Range(ge=0, le=1)),
        metadata=doc(
            "syndrome bits a symbol of each plane in the first increment; chosen by design"
        ),
    )
    plane_order: Order = attrs.field(
        default="most-significant-first",
        validator=OneOf(get_args(Order)),
        metadata=doc("which plane is decoded first; design takes the order of the lower rate"),
    )
    iterations: int = attrs.field(
        default=200,
        validator=Range(ge=1, le=10_000),
        metadata=doc("of belief propagation, at most"),
    )
    algorithm: Algorithm = attrs.field(
        default="sum-product",
        validator=OneOf(("sum-product", "min-sum")),
        metadata=doc("the rule of a check: exact, or the quicker normalised min-sum"),
    )
    engine: Engine = attrs.field(
        default="auto",
        validator=OneOf(("auto", "compiled", "torch")),
        metadata=doc("compiled (needs numba) or torch; auto: compiled where numba is installed"),
    )
    family: int = attrs.field(
        default=1,
        validator=OneOf((1,)),
        metadata=doc("version of the graphs; a stream names it, and later versions still have it"),
    )
    device: str = attrs.field(default="cpu", metadata=doc("of engine torch: cpu, cuda, cuda:1"))

    def designed_for(
        self,
        symbols: Symbols,
        log_probs: NDArray[np.float64],
        *,
        block_length: int,
        frame_error_rate: float,
    ) -> Self:
        orders = get_args(Order) if log_probs.shape[-1] > 2 else (self.plane_order,)
        rates = {
            order: chosen_rates(symbols, log_probs, block_length, frame_error_rate, order)
            for order in orders
        }
        best = min(orders, key=lambda order: sum(rates[order]))
        return attrs.evolve(self, rates=rates[best], plane_order=best)

    def encode(self, symbols: Symbols, alphabet_size: int) -> tuple[bytes, ...]:
        planes = bit_planes(symbols, plane_count(alphabet_size), self.plane_order)
        return increments_of(symbols, planes, self._kinds(len(symbols), len(planes)))

    def decoder(self, log_probs: NDArray[np.float64]) -> SyndromeDecoder:
        return RetryingDecoder(self, log_probs)

    def decode_blocks(
        self, received: Sequence[Sequence[bytes]], log_probs: Sequence[NDArray[np.float64]]
    ) -> list[Symbols | None]:
        blocks: list[Symbols | None] = [None] * len(received)
        alike: dict[tuple[int, int, int], list[int]] = {}
        for index, (increments, table) in enumerate(zip(received, log_probs, strict=True)):
            if len(increments):
                length, size = table.shape
                alike.setdefault((len(increments), length, size), []).append(index)
        for members in alike.values():
            for start in range(0, len(members), AT_ONCE):
                some = members[start : start + AT_ONCE]
                found = self._decoded(
                    [received[index] for index in some],
                    np.stack([log_probs[index] for index in some]),
                )
                for index, block in zip(some, found, strict=True):
                    blocks[index] = block
        return blocks

    def _decoded(
        self, payloads: Sequence[Sequence[bytes]], log_probs: NDArray[np.float64]
    ) -> list[Symbols | None]:
        """Blocks of one length with equally many increments; log_probs: shape (blocks, N, M)."""
        _, length, size = log_probs.shape
        count = plane_count(size)
        log_probs = by_bits(log_probs, count, self.plane_order)
        kinds = self._kinds(length, count)
        parts = [_received(payload, kinds, length) for payload in payloads]
        good = np.array([part is not None for part in parts])
        known = np.zeros((len(payloads), length), dtype=np.int32)
        for plane, kind in enumerate(kinds):
            llr = bit_llr(log_probs, known, plane)
            bits = (llr < 0).astype(np.int32)
            open_ones = list[tuple[int, Received]]()
            for index, part in enumerate(parts):
                if part is None:
                    continue
                if (raw := part.raw(plane)) is not None:
                    bits[index] = raw
                elif good[index]:
                    open_ones.append((index, part))
            if isinstance(kind, PlaneCode) and open_ones:
                rows = [index for index, _ in open_ones]
                syndromes = np.stack([part.syndromes(plane, kind) for _, part in open_ones])
                graph = kind.graph(min(len(payloads[0]) - 1, kind.steps))
                solved, met = solver(graph, self.engine, self.device).solve(
                    syndromes, kind.filled(llr[rows], CERTAIN), self.iterations, self.algorithm
                )
                bits[rows] = solved[:, :length]
                good[rows] = met
            known = 2 * known + bits
        known = joined(known, count, self.plane_order)
        return [
            block if fits and part is not None and checksum(block) == part.checksum else None
            for block, fits, part in zip(known, good, parts, strict=True)
        ]

    def _kinds(self, length: int, planes: int) -> list[PlaneKind]:
        """How each plane of a block is sent."""
        rates = (START,) * planes if self.rates is None else self.rates
        if len(rates) != planes:
            raise ValueError(f"{len(rates)} rates, and symbols of {planes} planes")
        return [
            plane_code(length, rate) if 0 < rate < RAW and length >= SHORTEST else math.ceil(rate)
            for rate in rates
        ]


def _received(payload: Sequence[bytes], kinds: Sequence[PlaneKind], length: int) -> Received | None:
    try:
        return Received(payload, kinds, length)
    except ValueError:  # damaged; a block that is not there
        return None
