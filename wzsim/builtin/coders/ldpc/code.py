"""The codes of one plane: which graph serves a rate and a length, with its ladder."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.ldpc.degrees import column_degrees
from wzsim.builtin.coders.ldpc.graph import Graph, make_graph
from wzsim.builtin.coders.ldpc.ladder import Ladder
from wzsim.contracts import Symbols

ROWS, COLUMNS = 1500, 2500
"""Most rows and columns of a base graph: random enough, and made in a fraction of a second.

Small ones differ: at H = 0.8 and R = 0.82, graphs of 400 rows failed in 2 to 12 of 32 blocks.
"""

LEAST_LIFT, MOST_LIFT = 4, 256

MIDDLE, MIDDLE_LIFT, MIDDLE_ROWS = (2048, 8192), 16, 40
"""Blocks of these lengths have this lift, where it leaves so many rows: with the least one, more
graphs leave some blocks in a thousand undecoded however many bits are to spare."""

STEP = 0.015
"""Share of its rate by which an increment makes a plane longer, .."""

SHORT_STEP = 0.5
""".. or this over the root of the length [bit a symbol], if that is more."""

SEED = 1
"""Of every graph: both sides make the same one from rate and length."""


@final
@attrs.frozen(eq=False)
class PlaneCode:
    """A code for `length` bits; those that fill up the last column are zeros that both know."""

    length: int
    ladder: Ladder

    @property
    def _filling(self) -> int:
        return self.ladder.graph.bits - self.length

    @property
    def first_bits(self) -> int:
        """Syndrome bits of the coarsest code."""
        return self.ladder.graph.rows * self.ladder.graph.lift

    @property
    def splits_a_step(self) -> int:
        """Rows that an increment splits."""
        graph = self.ladder.graph
        share = SHORT_STEP / math.sqrt(self.length) * graph.columns
        return max(1, round(max(STEP * graph.rows, share)))

    @property
    def steps(self) -> int:
        """Increments after the first, without the raw bits that come last."""
        return len(self.ladder.splits) // self.splits_a_step

    def graph(self, steps: int) -> Graph:
        """The graph after so many increments beyond the first."""
        return _graph_at(self.ladder, steps * self.splits_a_step)

    def syndromes(self, bits: Symbols) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Those of the coarsest code, shape (rows, Z), and of each split, shape (splits, Z)."""
        filled = np.concatenate((bits, np.zeros(self._filling, dtype=bits.dtype)))
        return self.ladder.graph.syndromes(filled), self.ladder.increments(filled)

    def filled(self, llr: NDArray[np.float64], certain: float) -> NDArray[np.float32]:
        """Ratios of all bits of the graph, shape (blocks, bits), from those of (blocks, length)."""
        known = np.full((len(llr), self._filling), certain)
        clipped = np.clip(llr, -certain, certain)
        return np.concatenate((clipped, known), axis=1).astype(np.float32)


@lru_cache(maxsize=32)
def plane_code(length: int, rate: float) -> PlaneCode:
    """The code of `length` bits whose coarsest syndrome has about rate x length bits."""
    lift = math.ceil(max(length * rate / ROWS, length / COLUMNS))
    if MIDDLE[0] <= length < MIDDLE[1] and length * rate >= MIDDLE_LIFT * MIDDLE_ROWS:
        lift = max(lift, MIDDLE_LIFT)
    lift = min(max(lift, LEAST_LIFT), MOST_LIFT)
    columns = math.ceil(length / lift)
    rows = min(max(math.ceil(rate * length / lift), 8), columns - 1)
    return PlaneCode(
        length, Ladder(make_graph(column_degrees(rate, columns, rows), rows, lift, SEED))
    )


@lru_cache(maxsize=32)
def _graph_at(ladder: Ladder, splits: int) -> Graph:
    return ladder.at(splits)
