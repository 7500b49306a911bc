"""Polar codes beside `ldpc` at short lengths: failed blocks at equally many bits sent.

Bits are planes of a nested quantizer, floor(x / width) mod 2 with x = y + N(0, 1). The polar
encoder sends those entries of u = b F (x) .. (x) F, F = [[1, 0], [1, 1]], that are the worst to
decode given y, and a CRC-16 of b; the decoder is successive cancellation with a list, of which the
checksum picks a word (Tal and Vardy, IEEE Trans. Inf. Theory 61(5), 2015). Which entries are sent
is measured on the very channel: genie-aided successive cancellation of 20,000 blocks. It is a
prototype, whole in this file: float32, one thread, no shortcuts for easy parts of the tree.

`ldpc` sends as many bits of the same blocks: its first increment, with the four bytes of its
CRC-32. Beside it stands the same code with 16 syndrome bits more, as if its checksum were as short
as the polar one. A block has failed where it is not decoded or decoded to other bits; shares stand
with their Clopper-Pearson intervals (95%). The limit is Strassen's second order, the share that
H + sqrt(V / n) Q^{-1}(share) - log2(n) / (2 n) leaves. All bits count, checksums included.

`LENGTHS=1024,4096`, `ENTROPIES=0.3,0.5,0.7`, `LISTS=8,32` and `BLOCKS=2000` choose what is run. ms
are of processor time, a block, the mean over all rates. Needs the extra `fast`.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator
from statistics import NormalDist
from typing import final

import attrs
import numba
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.ldpc_speed import odd_chance, width_of
from wzsim.builtin.coders.ldpc.coder import LdpcCoder

EXCESSES = {
    1024: (0.02, 0.04, 0.06, 0.08, 0.10, 0.12, 0.14, 0.16, 0.18, 0.20),
    4096: (0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.10),
}
"""Bits sent a symbol above H, by length."""

SHARES = (0.1, 0.01)
"""Of failed blocks, at which the bits needed are compared."""

GENIE_BLOCKS = 20_000

AT_ONCE = 500

CHECKSUM = 16

POLYNOMIAL = 0x1021

FINE, FAR = 64, 16
"""Entries a nat of the table of log(1 + exp(-x)), and where it ends."""

Ratios = NDArray[np.float32]
Bits = NDArray[np.int8]


@numba.njit(cache=True, nogil=True)
def descend(phase, paths, table, llr, at, sums, sums_at):  # type: ignore[no-untyped-def]
    """Ratios of entry `phase` of u, for each path, into level 0 of `llr`.

    llr: float32 (paths, 2 n - 1); level j has 2^j numbers from 2^j - 1 on, the top one those of the
    channel. at: (levels + 1, paths), the row that holds a path's level: all paths write a
    level at the same time, each to its own row, so that a fork copies no more than that.
    sums, sums_at: the same for the left halves of partial sums (`ascend`).
    """
    level = 0
    while level < len(at) - 1 and not phase >> level & 1:
        level += 1
    if phase:
        size = 1 << level
        for path in range(paths):
            above, old = llr[at[level + 1, path]], sums[sums_at[level, path]]
            below = llr[path]
            for i in range(size):
                a, b = above[2 * size - 1 + i], above[3 * size - 1 + i]
                below[size - 1 + i] = b - a if old[size - 1 + i] else b + a
            at[level, path] = path
    for lower in range(level - 1, -1, -1):
        size = 1 << lower
        last = np.float32(len(table) - 1)
        for path in range(paths):
            above, below = llr[at[lower + 1, path]], llr[path]
            for i in range(size):
                a, b = above[2 * size - 1 + i], above[3 * size - 1 + i]
                least = min(abs(a), abs(b))
                same = table[np.int32(min(abs(a + b) * np.float32(FINE), last))]
                other = table[np.int32(min(abs(a - b) * np.float32(FINE), last))]
                below[size - 1 + i] = (least if (a < 0) == (b < 0) else -least) + same - other
            at[lower, path] = path


@numba.njit(cache=True, nogil=True)
def ascend(phase, paths, decided, sums, sums_at):  # type: ignore[no-untyped-def]
    """Partial sums after entry `phase`: a left half, or at the end b, the top level of `sums`."""
    level = 0
    while phase >> level & 1:
        level += 1
    end = (2 << level) - 1
    for path in range(paths):
        mine = sums[path]
        mine[end - 1] = decided[path]
        for lower in range(level):
            size = 1 << lower
            left = sums[sums_at[lower, path]]
            for i in range(size):
                mine[end - 2 * size + i] = left[size - 1 + i] ^ mine[end - size + i]
        sums_at[level, path] = path


@numba.njit(cache=True, nogil=True)
def errors_of_genie(channel, words, table):  # type: ignore[no-untyped-def]
    """Sum over blocks of the chance that each entry of u is wrong given y and all before it."""
    length = channel.shape[1]
    levels = round(math.log2(length))
    llr, sums = np.empty((1, 2 * length - 1), np.float32), np.empty((1, 2 * length - 1), np.int8)
    at, sums_at = np.zeros((levels + 1, 1), np.intp), np.zeros((levels + 1, 1), np.intp)
    errors = np.zeros(length)
    for block in range(len(channel)):
        llr[0, length - 1 :] = channel[block]
        for phase in range(length):
            descend(phase, 1, table, llr, at, sums, sums_at)
            errors[phase] += 1 / (1 + math.exp(abs(llr[0, 0])))
            ascend(phase, 1, words[block, phase : phase + 1], sums, sums_at)
    return errors


@numba.njit(cache=True, nogil=True)
def fork(paths, most, llr, metrics, decided, at, sums_at):  # type: ignore[no-untyped-def]
    """Decide an entry that was not sent, both ways: the number of paths, the best `most`."""
    stay, turn = np.empty(paths), np.empty(paths)
    for path in range(paths):
        ratio = np.float64(llr[path, 0])
        decided[path] = ratio < 0
        stay[path] = metrics[path] + math.log1p(math.exp(-abs(ratio)))
        turn[path] = stay[path] + abs(ratio)
        metrics[path] = stay[path]
    for count in range(paths):
        better = np.argmin(turn)
        if 2 * paths <= most:
            worse = paths + count
        else:
            worse = np.argmax(stay)
            if stay[worse] <= turn[better]:
                return paths
            stay[worse] = -np.inf
        at[:, worse] = at[:, better]
        sums_at[:, worse] = sums_at[:, better]
        metrics[worse] = turn[better]
        decided[worse] = llr[better, 0] >= 0
        turn[better] = np.inf
    return 2 * paths if 2 * paths <= most else paths


@numba.njit(cache=True, nogil=True)
def checksum(word):  # type: ignore[no-untyped-def]
    """CRC-16 of bits."""
    rest = 0
    for bit in word:
        rest = (rest << 1) ^ (POLYNOMIAL if (rest >> 15 ^ bit) & 1 else 0)
        rest &= 0xFFFF
    return rest


@numba.njit(cache=True, nogil=True)
def decode(channel, sent, words, checks, most, table):  # type: ignore[no-untyped-def]
    """Blocks b, int8 (blocks, n), and whether their checksum fits.

    channel: float32 (blocks, n) [nat]. sent: bool (n,), which entries of `words`, int8 (blocks, n),
    the decoder knows. checks: CRC-16 of each block. most: paths, a power of two.
    """
    length = channel.shape[1]
    levels = round(math.log2(length))
    llr = np.empty((most, 2 * length - 1), np.float32)
    sums = np.empty((most, 2 * length - 1), np.int8)
    at, sums_at = np.empty((levels + 1, most), np.intp), np.empty((levels + 1, most), np.intp)
    metrics, decided = np.empty(most), np.empty(most, np.int8)
    found, fits = np.zeros(channel.shape, np.int8), np.zeros(len(channel), np.bool_)
    for block in range(len(channel)):
        llr[0, length - 1 :] = channel[block]
        at[:] = 0
        sums_at[:] = 0
        metrics[0], paths = 0.0, 1
        for phase in range(length):
            descend(phase, paths, table, llr, at, sums, sums_at)
            if sent[phase]:
                bit = words[block, phase]
                for path in range(paths):
                    ratio = np.float64(llr[path, 0])
                    against = max(ratio if bit else -ratio, 0.0)
                    metrics[path] += against + math.log1p(math.exp(-abs(ratio)))
                    decided[path] = bit
            else:
                paths = fork(paths, most, llr, metrics, decided, at, sums_at)
            ascend(phase, paths, decided, sums, sums_at)
        for path in np.argsort(metrics[:paths]):
            word = sums[path, length - 1 :]
            if checksum(word) == checks[block]:
                found[block], fits[block] = word, True
                break
    return found, fits


def transformed(bits: Bits) -> Bits:
    """u = b F (x) .. (x) F of each row; the transform is its own inverse."""
    words, size = bits.copy(), 1
    while size < bits.shape[1]:
        pairs = words.reshape(len(words), -1, 2, size)
        pairs[:, :, 0] ^= pairs[:, :, 1]
        size *= 2
    return words


TABLE = np.log1p(np.exp(-(np.arange(FINE * FAR) + 0.5) / FINE)).astype(np.float32)
TABLE[-1] = 0.0


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

    def draw(self, blocks: int, length: int, rng: np.random.Generator) -> tuple[Bits, Ratios]:
        """Bits and log P(0) / P(1) [nat], shape (blocks, length)."""
        y = rng.random((blocks, length)) * 2 * self.width
        cells = np.floor((y + rng.standard_normal(y.shape)) / self.width)
        ratios = np.interp(y, self.grid, self.ratios)
        return (cells % 2).astype(np.int8), ratios.astype(np.float32)


@final
@attrs.define
class Count:
    """Failures of one coder at one rate."""

    failed: int = 0
    wrong: int = 0
    blocks: int = 0

    def add(self, found: Bits, fits: NDArray[np.bool_], bits: Bits) -> None:
        right = (found == bits).all(axis=1)
        self.failed += int((~(fits & right)).sum())
        self.wrong += int((fits & ~right).sum())
        self.blocks += len(bits)

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
    errors = measured_errors(plane, length)
    lists = [int(size) for size in _numbers("LISTS", "8,32")]
    blocks = int(os.environ.get("BLOCKS", "2000"))
    names = [f"polar, list {size}" for size in lists] + ["ldpc", "ldpc, CRC-16"]
    seconds = dict.fromkeys(names, 0.0)
    mean, variance = moments(plane)
    totals = [8 * round((mean + excess) * length / 8) for excess in EXCESSES[length]]
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
            for name, size in zip(names, lists, strict=False):
                seconds[name] += of_polar(bits, ratios, errors, total, size, counts[name])
            seconds["ldpc"] += of_ldpc(bits, ratios, total - 32, counts["ldpc"])
            seconds[names[-1]] += of_ldpc(bits, ratios, total - 16, counts[names[-1]])
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


def measured_errors(plane: Plane, length: int) -> NDArray[np.float64]:
    """Chance that each entry of u is wrong given y and all before it, shape (length,)."""
    rng, errors = np.random.default_rng(1), np.zeros(length)
    for _ in range(GENIE_BLOCKS // AT_ONCE):
        bits, ratios = plane.draw(AT_ONCE, length, rng)
        errors += errors_of_genie(ratios, transformed(bits), TABLE)
    return errors / GENIE_BLOCKS


def of_polar(
    bits: Bits,
    ratios: Ratios,
    errors: NDArray[np.float64],
    total: int,
    size: int,
    count: Count,
) -> float:
    """Seconds of decoding."""
    sent = np.zeros(len(errors), dtype=np.bool_)
    sent[np.argsort(-errors, kind="stable")[: total - CHECKSUM]] = True
    words = np.where(sent, transformed(bits), 0).astype(np.int8)  # no more than what is sent
    checks = np.array([checksum(block) for block in bits])
    decode(ratios[:1], sent, words[:1], checks[:1], size, TABLE)  # compiles
    start = time.process_time()
    found, fits = decode(ratios, sent, words, checks, size, TABLE)
    spent = time.process_time() - start
    count.add(found, fits, bits)
    return spent


def of_ldpc(bits: Bits, ratios: Ratios, syndrome: int, count: Count) -> float:
    """Seconds of decoding; syndrome: bits of the first increment without its checksum."""
    length = bits.shape[1]
    coder = LdpcCoder(rates=(syndrome / length,))
    symbols = bits.astype(np.int32)
    payloads = [coder.encode(block, 2)[:1] for block in symbols]
    if len(payloads[0][0]) != 4 + syndrome // 8:
        raise ValueError(f"ldpc sends {len(payloads[0][0])} bytes, not {4 + syndrome // 8}")
    # log q of both bits, from their ratio.
    both = np.stack((ratios, np.zeros_like(ratios)), axis=-1).astype(np.float64)
    logs = both - np.logaddexp.reduce(both, axis=-1, keepdims=True)
    coder.decode_blocks(payloads[:1], [logs[0]])  # compiles, makes the graph
    start = time.process_time()
    blocks = coder.decode_blocks(payloads, list(logs))
    spent = time.process_time() - start
    fits = np.array([block is not None for block in blocks])
    found = [np.zeros(length) if block is None else block for block in blocks]
    count.add(np.stack(found).astype(np.int8), fits, bits)
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
