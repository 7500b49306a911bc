"""Where piecewise linear functions of one number turn and cross, exactly.

A LeakyReLU network of one input is linear between the points where the input of
some unit changes sign. Those kinks are found layer by layer, and between them
the largest of several outputs changes only where two lines cross.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

NEGATIVE_SLOPE = 0.01
"""Of LeakyReLU below zero: torch's default, which all networks here use."""

BISECTIONS = 64
"""Halvings that leave nothing of an interval but its last bits."""


def leaky_relu_kinks(hidden: Callable[[Array], Iterator[Array]], low: float, high: float) -> Array:
    """Ascending points, `low` and `high` among them, between which a network is linear.

    hidden: for x of shape (J,), the outputs of the hidden layers in the order
    in which they are computed, each of shape (J, units). It may be a generator:
    no layer is asked for before all kinks of the layers below it are known.
    """
    points, depth = np.array([low, high], dtype=np.float64), 0
    while (output := next(islice(hidden(points), depth, None), None)) is not None:
        entering = np.where(output > 0, output, output / NEGATIVE_SLOPE)
        points = np.union1d(points, _sign_changes(points, entering))
        depth += 1
    return points


def _sign_changes(points: Array, values: Array) -> Array:
    """Zeros of columns that are linear between points; values: shape (P, columns)."""
    positive = values > 0
    piece, column = np.nonzero(positive[1:] != positive[:-1])
    start, end = points[piece], points[piece + 1]
    return start + (end - start) * _share(values[piece, column], values[piece + 1, column])


def _share(start: Array, end: Array) -> Array:
    """How far along a piece a line is zero: 0 .. 1 for values of opposite sign at its ends."""
    fall = start - end
    return np.divide(start, fall, out=np.zeros_like(fall), where=fall != 0)


def envelope_changes(points: Array, values: Array) -> Array:
    """Where the largest of M functions that are linear between points changes.

    points: shape (P,), ascending. values: shape (P, M). Returns ascending
    points; among them may be some where it does not change, where functions touch.
    """
    best = values.argmax(axis=1)
    # A line that is on top at both ends of a piece is on top everywhere between.
    piece = np.flatnonzero(best[1:] != best[:-1])
    start, end = points[piece], points[piece + 1]
    left, right = values[piece], values[piece + 1]
    found = []
    for _ in range(values.shape[1]):
        row = np.arange(len(start))
        first, last = left.argmax(axis=1), right.argmax(axis=1)
        share = _share(left[row, first] - left[row, last], right[row, first] - right[row, last])
        middle = start + (end - start) * share
        between = left + (right - left) * share[:, None]
        top = between.argmax(axis=1)
        crossed = (top == first) | (top == last)
        found.append(middle[crossed])
        # Another line is on top where the two cross: it takes over on one side and hands over
        # on the other.
        more = ~crossed
        start, end = np.r_[start[more], middle[more]], np.r_[middle[more], end[more]]
        left, right = np.r_[left[more], between[more]], np.r_[between[more], right[more]]
    changes: Array = np.unique(np.concatenate([*found, start]))
    return changes


def label_changes(
    label: Callable[[Array], Labels], candidates: Array, low: float, high: float
) -> Array:
    """The points of (low, high) where a label changes, to the last bits.

    label: for x of shape (J,), labels of shape (J,). candidates: points near
    which it may change, and nowhere else. Returns strictly ascending points, each
    the last one with the label on its left.
    """
    inside = np.unique(candidates[(candidates > low) & (candidates < high)])
    edges = np.concatenate([[low], inside, [high]])
    middles = 0.5 * (edges[1:] + edges[:-1])
    labels = label(middles)
    change = np.flatnonzero(labels[1:] != labels[:-1])
    left: Array = middles[change]
    right, near = middles[change + 1], labels[change]
    for _ in range(BISECTIONS if len(change) else 0):
        middle = 0.5 * (left + right)
        same = label(middle) == near
        left, right = np.where(same, middle, left), np.where(same, right, middle)
    return left
