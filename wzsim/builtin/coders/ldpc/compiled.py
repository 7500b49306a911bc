"""Belief propagation compiled by numba: sixteen blocks side by side in the lanes of a processor.

Layered schedule: the checks of a row use what the rows before them found in the same
iteration (Hocevar, SiPS 2004). A message is held as a ratio L = log P(0) / P(1) [nat]; the
sum-product rule works on exp(-|L|), of which two combine as (a + b) / (1 + a b), exactly and
without loss near certainty.
"""

from __future__ import annotations

from typing import final

import numba
import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.ldpc.graph import Graph
from wzsim.builtin.coders.ldpc.lanes import (
    LANES,
    certain,
    changed,
    combined,
    faintness,
    greatest,
    least,
    load,
    magnitude,
    minus,
    others_least,
    plus,
    scaled,
    signed,
    store,
    strength,
    tallied,
    toggled,
)
from wzsim.builtin.coders.ldpc.solving import CERTAIN, STALLED, Algorithm

MOST_DEGREE = 1024
"""Bits of a check."""


@numba.njit(cache=True, nogil=True)
def sum_product(starts, columns, shifts, lift, syndromes, sent, total, doubts):  # type: ignore[no-untyped-def]
    """One iteration over all rows.

    syndromes: int32 (rows Z, LANES), negative where the sum of the bits is odd. sent: float32
    (E Z, LANES), messages from checks, those of a check side by side. total: float32
    (bits, LANES). doubts: int32 (1, LANES), gets the number of checks that were not met and
    of bits that changed; zero means that the word fits.
    """
    into = np.empty((MOST_DEGREE, LANES), np.float32)
    faint = np.empty((MOST_DEGREE, LANES), np.float32)
    ahead = np.empty((MOST_DEGREE, LANES), np.float32)
    bits = np.empty(MOST_DEGREE, np.intp)
    count = load(doubts, 0)
    for row in range(len(starts) - 1):
        first, degree = starts[row], starts[row + 1] - starts[row]
        for check in range(lift):
            place = first * lift + check * degree
            signs = load(syndromes, row * lift + check)
            parity, before = signs, certain()
            for edge in range(degree):
                at = check + shifts[first + edge]
                if at >= lift:
                    at -= lift
                bit = columns[first + edge] * lift + at
                bits[edge] = bit
                known = load(total, bit)
                message = minus(known, load(sent, place + edge))
                parity, signs = toggled(parity, known), toggled(signs, message)
                doubt = faintness(message)
                store(into, edge, message)
                store(faint, edge, doubt)
                store(ahead, edge, before)
                before = combined(before, doubt)
            count = tallied(count, parity)
            after = certain()
            for back in range(degree):
                edge = degree - 1 - back
                message, bit = load(into, edge), bits[edge]
                rest = strength(combined(load(ahead, edge), after))
                after = combined(after, load(faint, edge))
                answer = signed(rest, signs, message)
                now = plus(message, answer)
                count = tallied(count, changed(now, load(total, bit)))
                store(sent, place + edge, answer)
                store(total, bit, now)
    store(doubts, 0, count)


@numba.njit(cache=True, nogil=True)
def min_sum(starts, columns, shifts, lift, syndromes, sent, total, doubts):  # type: ignore[no-untyped-def]
    """The same with the least ratio in place of the sum, times 3/4 (normalised min-sum)."""
    into = np.empty((MOST_DEGREE, LANES), np.float32)
    bits = np.empty(MOST_DEGREE, np.intp)
    count = load(doubts, 0)
    for row in range(len(starts) - 1):
        first, degree = starts[row], starts[row + 1] - starts[row]
        for check in range(lift):
            place = first * lift + check * degree
            signs = load(syndromes, row * lift + check)
            parity = signs
            smallest = second = strength(certain())
            for edge in range(degree):
                at = check + shifts[first + edge]
                if at >= lift:
                    at -= lift
                bit = columns[first + edge] * lift + at
                bits[edge] = bit
                known = load(total, bit)
                message = minus(known, load(sent, place + edge))
                parity, signs = toggled(parity, known), toggled(signs, message)
                store(into, edge, message)
                size = magnitude(message)
                second = least(second, greatest(size, smallest))
                smallest = least(smallest, size)
            count = tallied(count, parity)
            for edge in range(degree):
                message, bit = load(into, edge), bits[edge]
                rest = scaled(others_least(message, smallest, second))
                answer = signed(rest, signs, message)
                now = plus(message, answer)
                count = tallied(count, changed(now, load(total, bit)))
                store(sent, place + edge, answer)
                store(total, bit, now)
    store(doubts, 0, count)


@final
class CompiledSolver:
    """Solves for bits; a block that is done makes room for the next one."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def solve(
        self,
        syndromes: NDArray[np.uint8],
        llr: NDArray[np.float32],
        iterations: int,
        algorithm: Algorithm,
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Bits, shape (blocks, bits), and which blocks meet their syndromes, shape (blocks,).

        syndromes: shape (blocks, checks). llr: log P(0) / P(1), shape (blocks, bits) [nat].
        """
        graph, blocks = self._graph, len(llr)
        iterate = min_sum if algorithm == "min-sum" else sum_product
        found = np.zeros((blocks, graph.bits), dtype=np.uint8)
        solved = np.zeros(blocks, dtype=np.bool_)
        odd = np.zeros((graph.rows * graph.lift, LANES), np.int32)
        total = np.full((graph.bits, LANES), CERTAIN, np.float32)
        sent = np.zeros((len(graph.edge_columns) * graph.lift, LANES), np.float32)
        degrees = np.diff(graph.row_starts)
        if len(degrees) and degrees.max() > MOST_DEGREE:
            raise ValueError(f"a check of {degrees.max()} bits; at most {MOST_DEGREE} are compiled")
        lanes: list[_Lane | None] = [None] * LANES
        waiting = iter(range(blocks))
        while True:
            for index in range(LANES):
                if lanes[index] is None and (block := next(waiting, None)) is not None:
                    lanes[index] = _Lane(block)
                    odd[:, index] = np.left_shift(syndromes[block], 31, dtype=np.int32)
                    total[:, index] = llr[block]
                    sent[:, index] = 0.0
            if all(lane is None for lane in lanes):
                return found, solved
            doubts = np.zeros((1, LANES), np.int32)
            iterate(
                graph.row_starts, graph.edge_columns, graph.edge_shifts, graph.lift,
                odd, sent, total, doubts,
            )  # fmt: skip
            for index, lane in enumerate(lanes):
                if lane is not None and lane.ends(int(doubts[0, index]), iterations):
                    found[lane.block] = total[:, index] < 0
                    solved[lane.block] = lane.best == 0
                    lanes[index] = None


@final
class _Lane:
    """A block that is being solved."""

    def __init__(self, block: int) -> None:
        self.block, self.best, self._waited, self._done = block, 2**31, 0, 0

    def ends(self, doubts: int, iterations: int) -> bool:
        """Whether it is solved or given up."""
        self._done += 1
        self._waited = 0 if doubts < self.best else self._waited + 1
        self.best = min(self.best, doubts)
        return doubts == 0 or self._waited >= STALLED or self._done >= iterations
