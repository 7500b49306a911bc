"""A ladder of nested codes: checks are split one after another, and every rung is a code.

The coarsest code sends the syndrome of every row. A further increment sends, for some rows, the
syndrome of one half of the row; the decoder finds the other half as the sum of both. Bits keep
their degrees while checks become lighter, as in the accumulated codes of Varodayan, Aaron and
Girod (Signal Processing 86(11), 2006).
"""

from __future__ import annotations

import heapq
import itertools
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.ldpc.graph import Graph
from wzsim.contracts import Symbols

Edges = list[tuple[int, int]]

LIGHTEST = 4
"""Edges that a row needs to be split."""


@final
class Ladder:
    """A graph and the order in which its rows are split."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        starts = graph.row_starts
        entries = list(zip(graph.edge_columns.tolist(), graph.edge_shifts.tolist(), strict=True))
        self._first: list[Edges] = [
            entries[start:stop] for start, stop in itertools.pairwise(starts)
        ]

    @cached_property
    def splits(self) -> list[tuple[int, Edges]]:
        """The row that is split, and the edges that become a new row: the heaviest row first.

        Neighbours in the order of columns, and so of degrees, go to different halves. As
        many as leave a row fewer than the columns, where raw bits are as short.
        """
        rows = [list(edges) for edges in self._first]
        heaviest = [(-len(edges), row) for row, edges in enumerate(rows)]
        heapq.heapify(heaviest)
        found = []
        while len(rows) < self.graph.columns - 1:
            _, row = heapq.heappop(heaviest)
            if len(rows[row]) < LIGHTEST:
                break
            rows[row], taken = rows[row][::2], rows[row][1::2]
            rows.append(taken)
            for part in (row, len(rows) - 1):
                heapq.heappush(heaviest, (-len(rows[part]), part))
            found.append((row, taken))
        return found

    def at(self, splits: int) -> Graph:
        """The graph after so many splits."""
        rows = [list(edges) for edges in self._first]
        for row, taken in self.splits[:splits]:
            gone = set(taken)
            rows[row] = [edge for edge in rows[row] if edge not in gone]
            rows.append(taken)
        flat = np.array([edge for edges in rows for edge in edges], dtype=np.int32)
        starts = np.cumsum([0, *map(len, rows)]).astype(np.int32)
        columns, shifts = np.ascontiguousarray(flat.T)
        return Graph(self.graph.lift, self.graph.columns, starts, columns, shifts)

    def increments(self, bits: Symbols) -> NDArray[np.uint8]:
        """The syndrome of the new row of each split, shape (splits, Z); bits: (columns x Z,)."""
        edges = [edge for _, taken in self.splits for edge in taken]
        starts = np.cumsum([0, *(len(taken) for _, taken in self.splits)]).astype(np.int32)
        columns, shifts = np.array(edges, dtype=np.int32).reshape(-1, 2).T.copy()
        if not len(columns):
            return np.zeros((0, self.graph.lift), dtype=np.uint8)
        new_rows = Graph(self.graph.lift, self.graph.columns, starts, columns, shifts)
        return new_rows.syndromes(bits)

    def syndromes_at(
        self, first: NDArray[np.uint8], increments: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        """The syndromes of the graph after as many splits as there are increments.

        first: shape (rows, Z), of the coarsest code. increments: shape (splits, Z).
        """
        rows = np.concatenate((first, increments))
        for index, (row, _) in enumerate(self.splits[: len(increments)]):
            rows[row] ^= increments[index]
        return rows
