"""A labelled partition of the line as a torch look-up."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from wzsim.contracts import Message


def stage_symbols(alphabet_sizes: tuple[int, ...], index: Tensor) -> tuple[Tensor, ...]:
    """Message numbers of any shape to symbols m_1 .. m_K, m_1 the most significant digit.

    >>> [symbols.tolist() for symbols in stage_symbols((2, 4), torch.tensor([3, 6]))]
    [[0, 1], [3, 2]]
    """
    symbols = []
    for size in reversed(alphabet_sizes):
        symbols.append(index % size)
        index = index.div(size, rounding_mode="floor")
    return tuple(reversed(symbols))


def look_up(
    x: Tensor, thresholds: Tensor, labels: Tensor, alphabet_sizes: tuple[int, ...]
) -> Message:
    """The message of the cell of each sample.

    x: any float dtype, shape (batch, n). thresholds: float64, shape (C - 1,).
    labels: message number of each cell, shape (C,).
    """
    cell = torch.bucketize(x.to(torch.float64), thresholds)
    return Message(stage_symbols(alphabet_sizes, labels[cell]))


def prefix_index(alphabet_sizes: tuple[int, ...], symbols: tuple[Tensor, ...]) -> list[Tensor]:
    """m_1^k as one number for k = 1 .. K, from symbols of any equal shape."""
    prefixes: list[Tensor] = []
    for stage, size in zip(symbols, alphabet_sizes, strict=False):
        prefixes.append(prefixes[-1] * size + stage if prefixes else stage)
    return prefixes


class CubicTable:
    """Columns of smooth functions of y on an even grid, read by cubic interpolation.

    low, step: the grid. values: shape (J, columns), J >= 4. Outside the grid a
    function keeps its value at the end.
    """

    def __init__(self, low: float, step: float, values: Tensor) -> None:
        self._low, self._step = low, step
        self._columns = values.shape[1]
        self._last = len(values) - 3
        self._flat = values.reshape(-1)

    def at(self, y: Tensor, column: Tensor) -> Tensor:
        """Value of one column at each y; both of one shape."""
        return self.at_each(y, [column])[0]

    def at_each(self, y: Tensor, columns: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Values of several columns at each y, all of one shape; the weights are found once."""
        position = ((y.to(torch.float64) - self._low) / self._step).clamp(0, self._last + 2)
        left = position.floor().clamp(1, self._last)
        t = (position - left).to(self._flat.dtype)
        start = (left.long() - 1) * self._columns
        below, above = t - 1, t + 1
        far = t - 2
        inner = below * far
        outer = above * t
        weights = (-t * inner / 6, above * inner / 2, -outer * far / 2, outer * below / 6)
        values = []
        for column in columns:
            first = start + column
            total = weights[0] * self._flat[first]
            for step, weight in enumerate(weights[1:], start=1):
                total += weight * self._flat[first + step * self._columns]
            values.append(total)
        return tuple(values)
