"""Quasi-cyclic graphs: a small base graph whose every edge stands for a shifted identity matrix.

Column c of the base is Z neighbouring bits, row r is Z checks, and an edge (r, c) of shift s
ties check z of the row to bit (z + s) mod Z of the column (Fossorier, IEEE Trans. Inf.
Theory 50(8), 2004). Shifts are chosen so that no cycle of length four is left where Z allows it.
"""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import Symbols

Integers = NDArray[np.int32]


@final
@attrs.frozen(eq=False)
class Graph:
    """Edges of a base graph in the order of their rows."""

    lift: int
    """Z, bits a column."""
    columns: int
    row_starts: Integers
    """Row r has the edges row_starts[r] .. row_starts[r + 1] - 1; shape (rows + 1,)."""
    edge_columns: Integers
    """Shape (E,)."""
    edge_shifts: Integers
    """Shape (E,), each in 0 .. Z - 1."""

    @property
    def rows(self) -> int:
        """Rows of the base graph."""
        return len(self.row_starts) - 1

    @property
    def bits(self) -> int:
        """Bits of a block, columns x Z."""
        return self.columns * self.lift

    def edge_bits(self) -> NDArray[np.int32]:
        """The bits that each edge ties to the checks of its row, shape (E, Z)."""
        place = (np.arange(self.lift, dtype=np.int32) + self.edge_shifts[:, None]) % self.lift
        return np.asarray(self.edge_columns[:, None] * self.lift + place, dtype=np.int32)

    def syndromes(self, bits: Symbols) -> NDArray[np.uint8]:
        """The sum of the bits of each check, modulo 2, shape (rows, Z); bits: (columns x Z,)."""
        tied = bits.astype(np.uint8)[self.edge_bits()]
        return np.asarray(np.bitwise_xor.reduceat(tied, self.row_starts[:-1], axis=0))

    def four_cycles(self) -> int:
        """How many cycles of length four the lifted graph has, for each of its Z rotations."""
        used: dict[tuple[int, int, int], int] = {}
        cycles = 0
        by_column: list[list[tuple[int, int]]] = [[] for _ in range(self.columns)]
        for row, (start, stop) in enumerate(
            zip(self.row_starts, self.row_starts[1:], strict=False)
        ):
            for edge in range(start, stop):
                entry = (row, int(self.edge_shifts[edge]))
                by_column[self.edge_columns[edge]].append(entry)
        for entries in by_column:
            for index, (row, shift) in enumerate(entries):
                for other, other_shift in entries[:index]:
                    key = (other, row, (other_shift - shift) % self.lift)
                    cycles += used.get(key, 0)
                    used[key] = used.get(key, 0) + 1
        return cycles


def make_graph(degrees: Integers, rows: int, lift: int, seed: int) -> Graph:
    """A graph with columns of these degrees and rows of nearly equal ones.

    degrees: shape (columns,), ascending, each from 2 to `rows`. At most rows - 1 columns have
    degree two: as links between rows they make a forest, so that no cycle, and no code word,
    is made of them alone.
    """
    dice = _Dice(seed)
    columns, edges = len(degrees), int(degrees.sum())
    members = _base(degrees, rows, dice)
    # Differences of shifts with which two rows meet in a column; the lesser row comes first.
    used: dict[tuple[int, int], list[int]] = {}
    found: list[list[tuple[int, int]]] = [[] for _ in range(rows)]
    for column in range(columns - 1, -1, -1):  # the heaviest first: they have the least choice
        placed: list[tuple[int, int]] = []
        for row in sorted(members[column]):
            clashes = np.zeros(lift, dtype=np.int64)
            for other, shift in placed:
                for difference in used.get((other, row), ()):
                    clashes[(shift - difference) % lift] += 1
            free = np.flatnonzero(clashes == clashes.min())
            mine = int(free[dice.below(len(free))])
            for other, shift in placed:
                used.setdefault((other, row), []).append((shift - mine) % lift)
            placed.append((row, mine))
            found[row].append((column, mine))
    sizes = np.array([len(entries) for entries in found])
    assert sizes.sum() == edges
    flat = np.array([entry for entries in found for entry in sorted(entries)], dtype=np.int32)
    starts = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    return Graph(lift, columns, starts, flat[:, 0].copy(), flat[:, 1].copy())


@final
class _Dice:
    """Numbers that are the same on every machine and with every version of numpy."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def below(self, count: int) -> int:
        """One of 0 .. count - 1; the bias of the remainder is below 2^-40."""
        return int(self._bits.random_raw()) % count


def _base(degrees: Integers, rows: int, dice: _Dice) -> list[list[int]]:
    """The rows of each column: drawn like sockets of a random graph, rows of nearly equal degree.

    Random they have to be, as density evolution takes them: with columns of degree two that are
    evened out over the rows, codes of rate 0.8 lose 0.02 bit.
    """
    edges = int(degrees.sum())
    room = np.full(rows, edges // rows, dtype=np.int64)
    room[: edges % rows] += 1
    members: list[list[int]] = [[] for _ in degrees]
    for index in np.argsort(-degrees, kind="stable"):  # the heaviest have the least choice
        if degrees[index] > 2:
            barred = np.zeros(rows, dtype=np.bool_)
            for _ in range(degrees[index]):
                members[index].append(_drawn(room, barred, dice))
    twos = np.flatnonzero(degrees == 2)
    for index, link in zip(twos, _forest(room, len(twos), dice), strict=True):
        members[index] = link
    return members


def _drawn(room: NDArray[np.int64], barred: NDArray[np.bool_], dice: _Dice) -> int:
    """A row that is not barred, with a chance like its room; it is barred and its room taken."""
    weights = np.where(barred, 0, np.maximum(room, 0))
    if not weights.any():  # only full rows are left
        weights = (~barred).astype(np.int64)
    total = np.cumsum(weights)
    row = int(np.searchsorted(total, dice.below(int(total[-1])), side="right"))
    barred[row] = True
    room[row] -= 1
    return row


def _forest(room: NDArray[np.int64], count: int, dice: _Dice) -> list[list[int]]:
    """Links between rows that close no cycle, as many as asked for, at most rows - 1."""
    tree = np.arange(len(room))  # by row, the tree that it is in
    links = list[list[int]]()
    for _ in range(count):
        first = _drawn(room, np.zeros(len(room), dtype=np.bool_), dice)
        second = _drawn(room, tree == tree[first], dice)
        tree[tree == tree[second]] = tree[first]
        links.append([first, second])
    return links
