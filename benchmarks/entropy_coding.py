"""Entropy coders side by side, 10^6 symbols, one thread: speed, and bytes beside the cross-entropy.

`adaptive` begins with rows of ones; the others have the true frequencies, whose bytes in a
stream are counted. The peer is zlib (gzip's method) at level 6, on symbols packed into bits:
it has no table, sees no contexts, and finds repetitions instead.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.timing import interleaved
from wzsim.builtin.coders.adaptive import AdaptiveCoder
from wzsim.builtin.coders.range import RangeCoder
from wzsim.builtin.coders.rans import RansCoder
from wzsim.theory.frequencies import frequency_tables, pack_tables

COUNT = 1_000_000
ROUNDS = 3
CASES = (
    ("M = 2, fair", 2, 1, 1e3),
    ("M = 2, one in 200", 2, 1, None),
    ("M = 2, seven contexts", 2, 7, 1.0),
    ("M = 16, skewed", 16, 1, 0.1),
    ("M = 256, even", 256, 1, 1e3),
    ("M = 256, skewed, seven contexts", 256, 7, 0.1),
)
"""What, M, contexts, and the concentration of a Dirichlet law that the rows come from."""


def run() -> Iterator[str]:
    yield "| | coder | encode, Msymbol/s | decode, Msymbol/s | bytes | above ideal | tables |"
    yield "|---|---|---|---|---|---|---|"
    for what, size, contexts, concentration in CASES:
        rng = np.random.default_rng(size + contexts)
        chances = (
            np.array([[0.995, 0.005]])
            if concentration is None
            else rng.dirichlet(np.full(size, concentration), size=contexts)
        )
        of = rng.integers(contexts, size=COUNT).astype(np.int32)
        bounds = chances.cumsum(axis=1)[:, :-1]
        drawn = rng.random(COUNT)
        symbols = sum((drawn >= bounds[of, k]).astype(np.int32) for k in range(size - 1))
        ideal = -np.log2(chances[of, symbols]).sum() / 8
        yield from _lines(what, symbols, of, chances, ideal)


def _lines(
    what: str, symbols: np.ndarray, of: np.ndarray, chances: np.ndarray, ideal: float
) -> Iterator[str]:
    known, size = frequency_tables(chances), chances.shape[1]
    coding, decoding, sizes = {}, {}, {}
    for coder in (RangeCoder(), RansCoder(), AdaptiveCoder()):
        learns = isinstance(coder, AdaptiveCoder)
        tables = np.ones_like(known) if learns else known
        payload = coder.encode(symbols, of, tables)
        coding[coder.name] = partial(coder.encode, symbols, of, tables)
        decoding[coder.name] = partial(coder.decode, payload, of, tables)
        sizes[coder.name] = len(payload), 0 if learns else len(pack_tables(known))
    squeezed = zlib.compress(_packed(symbols, size), 6)
    coding["zlib"] = lambda: zlib.compress(_packed(symbols, size), 6)
    decoding["zlib"] = lambda: _unpacked(zlib.decompress(squeezed), size)
    sizes["zlib"] = len(squeezed), 0
    there = interleaved(coding, calls=1, rounds=ROUNDS)
    back = interleaved(decoding, calls=1, rounds=ROUNDS)
    for name, (length, tables_length) in sizes.items():
        whole = length + tables_length
        yield (
            f"| {what}, {8 * ideal / COUNT:.3f} bit | {name} | {COUNT / 1e6 / there[name]:.1f} "
            f"| {COUNT / 1e6 / back[name]:.1f} | {whole} "
            f"| {whole - ideal:.0f} ({100 * (whole / ideal - 1):.2f}%) | {tables_length} |"
        )


def _packed(symbols: np.ndarray, size: int) -> bytes:
    digits = (size - 1).bit_length()
    octets = symbols.astype(np.uint8)[:, None]
    return np.packbits(np.unpackbits(octets, axis=1)[:, 8 - digits :]).tobytes()


def _unpacked(packed: bytes, size: int) -> np.ndarray:
    digits = (size - 1).bit_length()
    bits = np.unpackbits(np.frombuffer(packed, np.uint8))[: COUNT * digits].reshape(COUNT, digits)
    whole = np.zeros((COUNT, 8), dtype=np.uint8)
    whole[:, 8 - digits :] = bits
    return np.packbits(whole, axis=1)[:, 0].astype(np.int32)
