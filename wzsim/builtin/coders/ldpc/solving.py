"""What both kinds of belief propagation share: when a block is given up, and which there are."""

from __future__ import annotations

import importlib.util
from typing import Literal, Protocol, final

import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.ldpc.graph import Graph

Algorithm = Literal["sum-product", "min-sum"]
Engine = Literal["auto", "compiled", "torch"]

CERTAIN = 40.0
"""|L| beyond which a bit is as certain as can be [nat]."""

STALLED = 25
"""Iterations without fewer doubts after which a block is given up."""


class Solver(Protocol):
    """Belief propagation on one graph."""

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


@final
class Patience:
    """Counts what is left to do for each block of a batch."""

    def __init__(self, blocks: int) -> None:
        self.solved = np.zeros(blocks, dtype=np.bool_)
        self._best = np.full(blocks, np.iinfo(np.int64).max)
        self._waited = np.zeros(blocks, dtype=np.int64)

    def look(self, doubts: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Note the doubts of an iteration, shape (blocks,); which blocks are solved by it."""
        fresh = np.asarray((doubts == 0) & ~self.solved)
        better = doubts < self._best
        self._best = np.minimum(self._best, doubts)
        self._waited = np.where(better, 0, self._waited + 1)
        self.solved |= fresh
        return fresh

    @property
    def given_up(self) -> NDArray[np.bool_]:
        """Blocks that have not come closer for long."""
        return np.asarray(~self.solved & (self._waited >= STALLED))

    @property
    def over(self) -> bool:
        """Whether no block is worth another iteration."""
        return bool((self.solved | self.given_up).all())


def solver(graph: Graph, engine: Engine, device: str) -> Solver:
    """The solver of a graph: compiled where numba is installed, else of torch."""
    compiled = engine == "compiled" or (
        engine == "auto" and device == "cpu" and importlib.util.find_spec("numba") is not None
    )
    if compiled:
        from wzsim.builtin.coders.ldpc.compiled import CompiledSolver

        return CompiledSolver(graph)
    from wzsim.builtin.coders.ldpc.belief_propagation import TorchSolver

    return TorchSolver(graph, device)
