"""Decoding syndromes beside the package `ldpc`: the same graphs, blocks and ratios, one thread.

The peer is a benchmark's dependency alone: `pip install ldpc==2.4.1`. Bits are planes of a nested
quantizer, floor(x / width) mod 2 with x = y + N(0, 1), and a graph is either the one that
`ldpc` of wzsim chooses for them or one of three edges a bit and six a check.

What makes the two comparable: each gets the true ratios log P(0) / P(1) of each bit and the same
syndromes, stops as soon as a word meets its syndrome, and does at most 200 iterations (ours gives
a block up before, after 25 without progress). The package takes probabilities of errors:
the hard decision of y is added to the word, its syndrome to the syndrome, and a bit is wrong
with 1 / (1 + exp |L|). That work, its loop over probabilities, and the making of graphs are not
counted. Its schedules are `parallel` (all checks at once) and `serial` (bit after bit); ours is
check after check, so an iteration of it is worth about two parallel ones. Its min-sum is tried with
two factors; ours has 3/4.

ms are of processor time, a block, the least of `ROUNDS=2`. A block has failed where it is not
decoded or decoded to other bits. The ratio is that of the peer's quickest method that fails in no
more blocks (at most one in thirty-two more) to ours; there is none where most fail. `CASES` of the
module has what is tried; `LENGTHS=10000,100000` chooses among it.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from scipy import optimize, sparse, special

from wzsim.builtin.coders.ldpc.belief_propagation import TorchSolver
from wzsim.builtin.coders.ldpc.code import plane_code
from wzsim.builtin.coders.ldpc.coder import LdpcCoder
from wzsim.builtin.coders.ldpc.compiled import CompiledSolver
from wzsim.builtin.coders.ldpc.graph import Graph, make_graph
from wzsim.builtin.coders.ldpc.solving import CERTAIN, Algorithm, Solver
from wzsim.contracts import Symbols

ITERATIONS = 200

BLOCKS = 64

BATCHES = (1, 16, 64)

PEERS = (
    ("product_sum", 1.0, "parallel"),
    ("product_sum", 1.0, "serial"),
    ("minimum_sum", 0.75, "parallel"),
    ("minimum_sum", 0.75, "serial"),
    ("minimum_sum", 0.875, "parallel"),
    ("minimum_sum", 0.875, "serial"),
)

HOPELESS = 4
"""Blocks after which a method of the peer that decoded none is left."""

Floats = NDArray[np.float64]


@final
@attrs.frozen
class Case:
    """A graph and the planes that it is to decode."""

    title: str
    bits: int
    entropy: float
    failures: float = 1e-3
    """For which the rate is chosen."""
    extra: float = 0.0
    """Bits a symbol beyond the rate that is chosen."""
    regular: bool = False
    peer_blocks: int = BLOCKS

    def graph(self) -> Graph:
        if self.regular:
            lift = min(256, self.bits // 800)
            columns = self.bits // lift // 2 * 2
            return make_graph(np.full(columns, 3, dtype=np.int32), columns // 2, lift, seed=1)
        sample = draw(200_000, width_of(self.entropy), np.random.default_rng(0))
        coder = LdpcCoder().designed_for(
            *sample, block_length=self.bits, frame_error_rate=self.failures
        )
        assert coder.rates is not None
        return plane_code(self.bits, coder.rates[0] + self.extra).ladder.graph


CASES = (
    Case("irregular", 10_000, 0.45),
    Case("irregular, one block in ten may fail", 10_000, 0.45, failures=0.1),
    Case("irregular, 0.05 bit more", 10_000, 0.45, extra=0.05),
    Case("(3, 6)-regular", 10_000, 0.40, regular=True),
    Case("irregular", 100_000, 0.45, peer_blocks=16),
    Case("(3, 6)-regular", 100_000, 0.40, regular=True, peer_blocks=16),
)


@final
@attrs.frozen
class Line:
    """What was measured of one decoder."""

    decoder: str
    batch: int
    iterations: float
    failed: int
    blocks: int
    ms: float

    @property
    def share(self) -> float:
        return self.failed / self.blocks


def run() -> Iterator[str]:
    try:
        from ldpc import BpDecoder
    except ImportError:
        sys.exit("the benchmark needs the package that it compares with: pip install ldpc==2.4.1")
    torch.set_num_threads(1)
    lengths = {int(float(n)) for n in os.environ.get("LENGTHS", "10000,100000").split(",")}
    rounds = int(os.environ.get("ROUNDS", "2"))
    yield "| decoder | batch | iterations | failed | ms a block | `ldpc` takes times as much |"
    yield "|---|---|---|---|---|---|"
    for case in CASES:
        if case.bits in lengths:
            yield from of_case(case, BpDecoder, rounds)


def of_case(case: Case, decoder: Callable[..., Any], rounds: int) -> Iterator[str]:
    """A line that says what is decoded, and one for each decoder."""
    graph, rng = case.graph(), np.random.default_rng(1)
    width = width_of(case.entropy)
    drawn = [draw(graph.bits, width, rng) for _ in range(BLOCKS)]
    bits = np.stack([symbols for symbols, _ in drawn])
    llr = np.stack([logs[:, 0] - logs[:, 1] for _, logs in drawn]).clip(-CERTAIN, CERTAIN)
    yield (
        f"| *{case.title}: n = {graph.bits:,}, rate {graph.rows / graph.columns:.3f}, "
        f"H = {case.entropy}, {len(graph.edge_columns) * graph.lift:,} edges* | | | | | |"
    )
    some = slice(case.peer_blocks)
    peers = [of_peer(decoder, method, graph, bits[some], llr[some], rounds) for method in PEERS]
    for peer in peers:
        yield _row(peer, "")
    engines: tuple[tuple[str, type[CompiledSolver | TorchSolver], Algorithm], ...] = (
        ("compiled", CompiledSolver, "sum-product"),
        ("compiled", CompiledSolver, "min-sum"),
        ("torch", TorchSolver, "sum-product"),
        ("torch", TorchSolver, "min-sum"),
    )
    for engine, made, algorithm in engines:
        solver = made(graph)
        for line in of_ours(solver, f"{engine}, {algorithm}", algorithm, graph, bits, llr, rounds):
            equal = [peer.ms for peer in peers if peer.share <= line.share + 1 / 32]
            comparable = equal and line.share < 1 / 2
            yield _row(line, f"{min(equal) / line.ms:.1f}" if comparable else "")


def _row(line: Line, ratio: str) -> str:
    steps = "" if math.isnan(line.iterations) else f"{line.iterations:.1f}"
    return (
        f"| {line.decoder} | {line.batch} | {steps} | {line.failed} of {line.blocks} | "
        f"{line.ms:.3g} | {ratio} |"
    )


def of_peer(
    decoder: Callable[..., Any],
    method: tuple[str, float, str],
    graph: Graph,
    bits: Symbols,
    llr: Floats,
    rounds: int,
) -> Line:
    """A method of the package, block after block."""
    name, factor, schedule = method
    peer = decoder(
        parity_checks(graph),
        error_rate=0.1,
        max_iter=ITERATIONS,
        bp_method=name,
        ms_scaling_factor=factor,
        schedule=schedule,
        input_vector_type="syndrome",
    )
    least, failed, iterations, count = math.inf, 0, 0.0, len(bits)
    for _ in range(rounds):
        seconds, failed, steps = 0.0, 0, list[int]()
        for word, ratios in zip(bits[:count], llr, strict=False):
            guess = (ratios < 0).astype(np.int32)
            peer.update_channel_probs(special.expit(-np.abs(ratios)))
            odd = graph.syndromes(word ^ guess).ravel()
            start = time.process_time()
            wrong = peer.decode(odd)
            seconds += time.process_time() - start
            failed += not np.array_equal(guess ^ wrong, word)
            steps.append(peer.iter)
            if failed == len(steps) == HOPELESS:
                count = HOPELESS
                break
        least, iterations = min(least, seconds / len(steps)), float(np.mean(steps))
    title = f"`ldpc`, {name} {factor if factor != 1 else ''}".strip()
    return Line(f"{title}, {schedule}", 1, iterations, failed, count, 1e3 * least)


def of_ours(
    solver: Solver,
    title: str,
    algorithm: Algorithm,
    graph: Graph,
    bits: Symbols,
    llr: Floats,
    rounds: int,
) -> Iterator[Line]:
    """A solver with batches of each size."""
    odd = np.stack([graph.syndromes(word).ravel() for word in bits])
    ratios = llr.astype(np.float32)
    found, met = solver.solve(odd, ratios, ITERATIONS, algorithm)  # compiles, too
    failed = int((~met | (found != bits).any(axis=1)).sum())
    hopeless = 2 * failed > len(bits)
    steps = math.nan if hopeless else iterations_of(solver, odd[:16], ratios[:16], algorithm)
    for batch in BATCHES[-1:] if hopeless else BATCHES:
        count, least = min(len(bits), max(16, batch)), math.inf
        for _ in range(rounds):
            start = time.process_time()
            for first in range(0, count, batch):
                some = slice(first, min(first + batch, count))
                solver.solve(odd[some], ratios[some], ITERATIONS, algorithm)
            least = min(least, (time.process_time() - start) / count)
        yield Line(title, batch, steps, failed, len(bits), 1e3 * least)


def iterations_of(
    solver: Solver, odd: NDArray[np.uint8], ratios: NDArray[np.float32], algorithm: Algorithm
) -> float:
    """Mean number until a word fits, of those blocks that are solved at last."""
    _, met = solver.solve(odd, ratios, ITERATIONS, algorithm)
    least, most = np.ones(met.sum(), dtype=np.int64), np.full(met.sum(), ITERATIONS)
    odd, ratios = odd[met], ratios[met]
    while (open_ones := np.flatnonzero(least < most)).size:
        middle = (least + most) // 2
        for limit in np.unique(middle[open_ones]):
            mine = open_ones[middle[open_ones] == limit]
            _, enough = solver.solve(odd[mine], ratios[mine], int(limit), algorithm)
            most[mine[enough]] = limit
            least[mine[~enough]] = limit + 1
    return float(least.mean()) if least.size else math.nan


def parity_checks(graph: Graph) -> sparse.csr_matrix:
    """Shape (checks, bits)."""
    rows = np.repeat(np.arange(graph.rows), np.diff(graph.row_starts))
    checks = rows[:, None] * graph.lift + np.arange(graph.lift)
    ones = np.ones(checks.size, dtype=np.uint8)
    shape = graph.rows * graph.lift, graph.bits
    return sparse.csr_matrix((ones, (checks.ravel(), graph.edge_bits().ravel())), shape=shape)


def odd_chance(y: Floats, width: float) -> Floats:
    """P(floor(x / width) is odd) given y in 0 .. 2 width."""
    edges = np.arange(-41, 42) * width
    return np.diff(special.ndtr(edges[:, None] - y), axis=0)[0::2].sum(axis=0)


def width_of(entropy: float) -> float:
    """The width of cells at which H(bit | y) is this [bit]."""

    def excess(width: float) -> float:
        odd = odd_chance((np.arange(2001) + 0.5) / 2001 * 2 * width, width)
        return float((special.entr(odd) + special.entr(1 - odd)).mean()) / math.log(2) - entropy

    return float(optimize.brentq(excess, 0.5, 50.0))


def draw(count: int, width: float, rng: np.random.Generator) -> tuple[Symbols, Floats]:
    """Bits, shape (count,), and log q of both of their values, shape (count, 2) [nat]."""
    y = rng.random(count) * 2 * width
    cells = np.floor((y + rng.standard_normal(count)) / width).astype(np.int32)
    odd = odd_chance(y, width).clip(1e-15, 1 - 1e-15)
    return cells % 2, np.log(np.stack((1 - odd, odd), axis=1))
