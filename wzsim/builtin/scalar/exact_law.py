"""What a partition and a pair with a density say exactly of messages, given y."""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.contracts import DensityPair
from wzsim.networks.partition import CubicTable
from wzsim.theory.cells import message_moments
from wzsim.theory.exact import prefix_sums
from wzsim.theory.lloyd import conditional_deviation
from wzsim.theory.partition import Partition

Array = NDArray[np.float64]

LEAST_PROBABILITY = 1e-200
"""A message less likely than this given y costs no more: code lengths stay finite."""

GRID_POINTS_A_DEVIATION = 24
"""Of the table that sampling reads; its cubic interpolation is good to about 1e-6 nat."""

MOST_GRID_POINTS = 1 << 16

TABLE_TAIL = 1e-10
"""Probability of Y outside the table."""


@final
class ExactLaw:
    """log p(m_k | m_1^{k-1} [, y]) and E[X | m_1^k, y] of a hard scalar encoder.

    Exact at any y through `log_probs` and `estimates`; `log_prob_table` and
    `estimate_table` hold the same on a grid, for millions of samples.
    """

    def __init__(self, pair: DensityPair, partition: Partition) -> None:
        self.pair, self.partition = pair, partition

    def log_probs(self, y: Array) -> list[Array]:
        """Stage k: shape (J, M_1 ... M_k), log p(m_k | m_1^{k-1}, y) by prefix m_1^k [nat]."""
        masses = self._prefix_moments(y)[0]
        return [_log_ratio(mass, parent) for parent, mass in pairwise(masses)]

    def marginal_log_probs(self, y: Array, weights: Array) -> list[Array]:
        """Stage k: shape (1, M_1 ... M_k), log p(m_k | m_1^{k-1}) [nat], by a rule over y."""
        masses = [(weights @ mass)[None] for mass in self._prefix_moments(y)[0]]
        return [_log_ratio(mass, parent) for parent, mass in pairwise(masses)]

    def estimates(self, y: Array) -> list[Array]:
        """Stage k: shape (J, M_1 ... M_k), E[X | m_1^k, y]; E[X | y] for a message without mass."""
        masses, firsts = self._prefix_moments(y)
        fallback = np.divide(
            firsts[0], masses[0], out=np.zeros_like(masses[0]), where=masses[0] > 0
        )
        estimates = []
        for mass, first in zip(masses[1:], firsts[1:], strict=True):
            known = mass > 1e-280
            estimates.append(
                np.divide(
                    first, mass, out=np.broadcast_to(fallback, mass.shape).copy(), where=known
                )
            )
        return estimates

    def _prefix_moments(self, y: Array) -> tuple[list[Array], list[Array]]:
        moments = message_moments(self.pair, self.partition, y)
        sizes = self.partition.alphabet_sizes
        return prefix_sums(moments.mass, sizes), prefix_sums(moments.first, sizes)

    @cached_property
    def _grid(self) -> Array:
        low, high = self.pair.y_interval(TABLE_TAIL)
        step = conditional_deviation(self.pair) / GRID_POINTS_A_DEVIATION
        points = min(MOST_GRID_POINTS, int(np.ceil((high - low) / step)) + 4)
        return np.linspace(low, high, points)

    @cached_property
    def log_prob_table(self) -> CubicTable:
        """`log_probs` by column: stage after stage."""
        return self._table(self.log_probs(self._grid))

    @cached_property
    def estimate_table(self) -> CubicTable:
        """`estimates` by column: stage after stage."""
        return self._table(self.estimates(self._grid))

    def _table(self, stages: list[Array]) -> CubicTable:
        grid = self._grid
        return CubicTable(
            float(grid[0]), float(grid[1] - grid[0]), torch.from_numpy(np.hstack(stages))
        )


def _log_ratio(mass: Array, parent: Array) -> Array:
    above = np.repeat(parent, mass.shape[1] // parent.shape[1], axis=1)
    ratio = np.divide(mass, above, out=np.zeros_like(mass), where=above > 0)
    return np.asarray(np.log(np.maximum(ratio, LEAST_PROBABILITY)))


def read_table(
    table: CubicTable, counts: tuple[int, ...], y: Tensor, prefixes: list[Tensor]
) -> tuple[Tensor, ...]:
    """Table values of the prefixes m_1^1 .. m_1^k sent: each of the shape of y."""
    values, offset = [], 0
    for count, prefix in zip(counts, prefixes, strict=False):
        values.append(table.at(y, prefix + offset))
        offset += count
    return tuple(values)
