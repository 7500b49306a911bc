"""Polar codes (`plugins/wzsim-polar`) beside `ldpc` at short lengths: failed blocks at equal bits.

Bits are planes of a nested quantizer, floor(x / width) mod 2 with x = y + N(0, 1). Both coders send
as many bits of the same blocks, each its first increment of a rate that is given, checksum
included. A block has failed where it is not decoded or decoded to other bits; shares stand with
their Clopper-Pearson intervals (95%). The limit is Strassen's second order, the share that
H + sqrt(V / n) Q^{-1}(share) - log2(n) / (2 n) leaves.

`LENGTHS=1024,4096`, `ENTROPIES=0.3,0.5,0.7`, `LISTS=8,32` and `BLOCKS=2000` choose what is run. ms
are of processor time, a block, the mean over all rates. Needs the extra `fast` and the package.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from statistics import NormalDist
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy import stats
from wzsim_polar import PolarCoder

from benchmarks.ldpc_speed import odd_chance, width_of
from wzsim.builtin.coders.ldpc.coder import LdpcCoder
from wzsim.contracts import SlepianWolfCoder, Symbols

EXCESSES = {
    1024: (0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.14, 0.16, 0.18, 0.20),
    4096: (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10),
}
"""Bits sent a symbol above H, by length."""

SHARES = (0.1, 0.01)
"""Of failed blocks, at which the bits needed are compared."""

AT_ONCE = 500

CHECKSUM = 4
"""Bytes that both coders send with a block."""

Ratios = NDArray[np.float64]


@final
@attrs.frozen(eq=False)
class Plane:
    """Bits of cells of some width, with exact ratios read from a fine table."""

    width: float
    grid: NDArray[np.float64]
    ratios: NDArray[np.float64]

    @classmethod
    def of(cls, entropy: float) -> Plane:
        width = width_of(entropy)
        grid = np.linspace(0, 2 * width, 40_001)
        odd = odd_chance(grid, width).clip(1e-15, 1 - 1e-15)
        return cls(width, grid, np.log1p(-odd) - np.log(odd))

    def draw(self, blocks: int, length: int, rng: np.random.Generator) -> tuple[Symbols, Ratios]:
        """Bits and log P(0) / P(1) [nat], shape (blocks, length)."""
        y = rng.random((blocks, length)) * 2 * self.width
        cells = np.floor((y + rng.standard_normal(y.shape)) / self.width)
        ratios = np.interp(y, self.grid, self.ratios)
        return (cells % 2).astype(np.int32), ratios


@final
@attrs.define
class Count:
    """Failures of one coder at one rate."""

    failed: int = 0
    wrong: int = 0
    blocks: int = 0

    def add(self, found: Symbols | None, block: Symbols) -> None:
        right = found is not None and bool((found == block).all())
        self.failed += not right
        self.wrong += found is not None and not right
        self.blocks += 1

    def share(self, side: int = 0) -> float:
        """Of failed blocks, or the lower (-1) or upper (1) end of its interval."""
        failed, rest = self.failed, self.blocks - self.failed
        if side < 0:
            return float(stats.beta.ppf(0.025, failed, rest + 1)) if failed else 0.0
        if side > 0:
            return float(stats.beta.ppf(0.975, failed + 1, rest)) if rest else 1.0
        return failed / self.blocks

    def __str__(self) -> str:
        return f"{self.share():.4f} ({self.share(-1):.4f} to {self.share(1):.4f})"


def run() -> Iterator[str]:
    for length in map(int, _numbers("LENGTHS", "1024,4096")):
        for entropy in _numbers("ENTROPIES", "0.3,0.5,0.7"):
            yield from of_plane(length, entropy)
            yield ""


def of_plane(length: int, entropy: float) -> Iterator[str]:
    """A table of shares by bits sent, and one of the bits that each coder needs."""
    plane = Plane.of(entropy)
    coders: dict[str, SlepianWolfCoder] = {
        f"polar, list {size:.0f}": PolarCoder(list_size=int(size))
        for size in _numbers("LISTS", "8,32")
    }
    coders["ldpc"] = LdpcCoder()
    names = list(coders)
    blocks = int(os.environ.get("BLOCKS", "2000"))
    seconds = dict.fromkeys(names, 0.0)
    mean, variance = moments(plane)
    # Syndromes of `ldpc` are whole groups of its graph's lift.
    group, check = 8 if length < 2048 else 16, 8 * CHECKSUM
    totals = [
        check + group * round(((mean + excess) * length - check) / group)
        for excess in EXCESSES[length]
    ]
    totals = [total for total in totals if total < 0.98 * length]
    yield f"n = {length:,}, H = {mean:.4f}, V = {variance:.3f} bit^2, {blocks:,} blocks a line"
    yield ""
    yield "| bits sent | above H | limit | " + " | ".join(names) + " |"
    yield "|---|---|---|" + "---|" * len(names)
    by_total: list[dict[str, Count]] = []
    for index, total in enumerate(totals):
        counts = {name: Count() for name in names}
        rng = np.random.default_rng((2, length, round(100 * entropy), index))
        for first in range(0, blocks, AT_ONCE):
            bits, ratios = plane.draw(min(AT_ONCE, blocks - first), length, rng)
            for name, coder in coders.items():
                seconds[name] += measured(coder, bits, ratios, total, counts[name])
        by_total.append(counts)
        above = total / length - mean
        limit = normal_share(above, variance, length)
        shares = " | ".join(str(counts[name]) for name in names)
        yield f"| {total} | {above:.4f} | {limit:.4f} | {shares} |"
    yield ""
    yield from needs(length, mean, variance, totals, by_total, seconds)


def needs(
    length: int,
    mean: float,
    variance: float,
    totals: list[int],
    by_total: list[dict[str, Count]],
    seconds: dict[str, float],
) -> Iterator[str]:
    """Bits a symbol above H at which so many blocks fail, interpolated, and times."""
    above = [total / length - mean for total in totals]
    heads = [f"above H at {share}" for share in SHARES]
    yield "| coder | " + " | ".join(heads) + " | wrong, not noticed | ms a block |"
    yield "|---|" + "---|" * (len(SHARES) + 2)
    limits = [normal_excess(share, variance, length) for share in SHARES]
    yield "| limit | " + " | ".join(f"{limit:.4f}" for limit in limits) + " | | |"
    for name, spent in seconds.items():
        counts = [by_name[name] for by_name in by_total]
        cells = []
        for target in SHARES:
            least, middle, most = (
                crossing(above, [count.share(side) for count in counts], target)
                for side in (-1, 0, 1)
            )
            cells.append(f"{middle:.4f} ({least:.4f} to {most:.4f})")
        wrong, blocks = (sum(getattr(c, what) for c in counts) for what in ("wrong", "blocks"))
        ms = f"{1e3 * spent / blocks:.2f}"
        yield f"| {name} | " + " | ".join(cells) + f" | {wrong} of {blocks} | {ms} |"


def measured(
    coder: SlepianWolfCoder, bits: Symbols, ratios: Ratios, total: int, count: Count
) -> float:
    """Seconds of decoding blocks of which `total` bits are sent."""
    rated = attrs.evolve(coder, rates=((total - 8 * CHECKSUM) / bits.shape[1],))
    payloads = [rated.encode(block, 2)[:1] for block in bits]
    if 8 * len(payloads[0][0]) != total:
        raise ValueError(f"{coder.name} sends {8 * len(payloads[0][0])} bits, not {total}")
    # log q of both bits, from their ratio.
    both = np.stack((ratios, np.zeros_like(ratios)), axis=-1)
    logs = both - np.logaddexp.reduce(both, axis=-1, keepdims=True)
    rated.decode_blocks(payloads[:1], [logs[0]])  # compiles, makes the graph
    start = time.process_time()
    found = rated.decode_blocks(payloads, list(logs))
    spent = time.process_time() - start
    for one, block in zip(found, bits, strict=True):
        count.add(one, block)
    return spent


def moments(plane: Plane) -> tuple[float, float]:
    """H and the variance of -log2 P(bit | y), exact but for the grid."""
    lengths = np.stack([np.logaddexp(0, sign * plane.ratios) for sign in (1, -1)]) / math.log(2)
    chances = np.exp2(-lengths)
    mean = float(np.trapezoid((chances * lengths).sum(axis=0), plane.grid)) / (2 * plane.width)
    square = float(np.trapezoid((chances * lengths**2).sum(axis=0), plane.grid))
    return mean, square / (2 * plane.width) - mean**2


def normal_excess(share: float, variance: float, length: int) -> float:
    """Bits a symbol above H at which this share of blocks fails, to the second order."""
    deviations = NormalDist().inv_cdf(1 - share)
    return math.sqrt(variance / length) * deviations - math.log2(length) / (2 * length)


def normal_share(excess: float, variance: float, length: int) -> float:
    """The inverse of `normal_excess`."""
    margin = excess + math.log2(length) / (2 * length)
    return 1 - NormalDist().cdf(margin / math.sqrt(variance / length))


def crossing(above: list[float], shares: list[float], target: float) -> float:
    """Where shares first fall through the target: linear in Q^{-1}; nan where they do not."""
    law = NormalDist()
    for index in range(1, len(above)):
        before, after = shares[index - 1], shares[index]
        if before > target >= after:
            # None or all of some thousand blocks stands for a little more than that.
            goal, left, right = (
                law.inv_cdf(min(max(s, 1e-4), 1 - 1e-4)) for s in (target, before, after)
            )
            part = (left - goal) / (left - right)
            return above[index - 1] + part * (above[index] - above[index - 1])
    return math.nan


def _numbers(name: str, default: str) -> list[float]:
    return [float(number) for number in os.environ.get(name, default).split(",")]
