"""Labelled partitions of the line: what a scalar encoder is once it is hard."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]


@final
@attrs.frozen(eq=False)
class Partition:
    """Cells of the line and the message of each.

    Cell c is (thresholds[c-1], thresholds[c]], unbounded at both ends; its
    message m_1^K, as one number with m_1 the most significant digit, is
    labels[c].
    """

    thresholds: Array
    """Shape (C - 1,), strictly ascending."""

    labels: Labels
    """Shape (C,), 0 .. M_1 ... M_K - 1."""

    alphabet_sizes: tuple[int, ...]

    def __attrs_post_init__(self) -> None:
        if len(self.labels) != len(self.thresholds) + 1:
            raise ValueError(f"{len(self.thresholds)} thresholds for {len(self.labels)} cells")
        if np.any(np.diff(self.thresholds) <= 0) or not np.all(np.isfinite(self.thresholds)):
            raise ValueError("thresholds must be finite and strictly ascending")
        if not len(self.labels) or self.labels.min() < 0 or self.labels.max() >= self.messages:
            raise ValueError(f"labels must be 0 .. {self.messages - 1}")

    @property
    def messages(self) -> int:
        """M_1 ... M_K."""
        return int(np.prod(self.alphabet_sizes))

    def message_index(self, x: Array) -> Labels:
        """The message of each x, any shape."""
        return self.labels[np.searchsorted(self.thresholds, x)]

    def merged(self) -> Partition:
        """The same encoder without thresholds between cells of one label."""
        keep = self.labels[1:] != self.labels[:-1]
        labels = np.concatenate([self.labels[:1], self.labels[1:][keep]])
        return Partition(self.thresholds[keep], labels, self.alphabet_sizes)


def search_partition(
    message_index: Callable[[Array], Labels],
    alphabet_sizes: tuple[int, ...],
    low: float,
    high: float,
    points: int,
) -> tuple[Partition, float]:
    """The partition of an encoder that can only be asked, by scan and bisection.

    Returns it with the spacing of the scan: a cell narrower than that may have
    been missed. Each threshold found is exact to the last bit or two.
    """
    x = np.linspace(low, high, points)
    labels = message_index(x)
    change = np.flatnonzero(labels[1:] != labels[:-1])
    left, right = x[change], x[change + 1]
    starts, entered = [np.array([low])], [labels[:1]]
    while len(left):
        far, far_label, near_label = right, message_index(right), message_index(left)
        for _ in range(64):
            middle = 0.5 * (left + right)
            same = message_index(middle) == near_label
            left, right = np.where(same, middle, left), np.where(same, right, middle)
        starts.append(left)
        entered.append(message_index(right))
        # A third label inside the bracket ends before its far side: bracket what is left of it.
        more = entered[-1] != far_label
        left, right = right[more], far[more]
    thresholds, cell_labels = np.concatenate(starts), np.concatenate(entered)
    order = np.argsort(thresholds[1:], kind="stable") + 1
    ascending = np.maximum.accumulate(thresholds[order])
    distinct = np.concatenate([np.diff(ascending) > 0, [True]])[: len(ascending)]
    found = Partition(
        ascending[distinct],
        np.concatenate([cell_labels[:1], cell_labels[order][distinct]]),
        alphabet_sizes,
    )
    return found.merged(), float(x[1] - x[0])


def affine_labels(alphabet_sizes: tuple[int, ...], symbols: NDArray[np.int64]) -> Labels:
    """Stage symbols, shape (K, J), to message numbers, shape (J,), m_1 most significant.

    >>> affine_labels((2, 4), np.array([[0, 1], [3, 2]])).tolist()
    [3, 6]
    """
    index = np.zeros(symbols.shape[1], dtype=np.int64)
    for stage, size in zip(symbols, alphabet_sizes, strict=True):
        index = index * size + stage
    return index
