"""Kinks, envelopes and thresholds whose places are known."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from wzsim.networks.piecewise_linear import (
    NEGATIVE_SLOPE,
    envelope_changes,
    label_changes,
    leaky_relu_kinks,
)

Array = NDArray[np.float64]


def leaky_relu(value: Array) -> Array:
    return np.where(value > 0, value, NEGATIVE_SLOPE * value)


def test_kinks_of_one_layer_are_the_zeros_of_its_units() -> None:
    def hidden(x: Array) -> Iterator[Array]:
        yield leaky_relu(np.stack([2 * x - 1, -x - 0.25, x - 9, np.ones_like(x)], axis=1))

    assert leaky_relu_kinks(hidden, -1, 1).tolist() == [-1, -0.25, 0.5, 1]


def test_kinks_of_a_second_layer_are_found_on_both_slopes_of_the_first() -> None:
    """leaky(x) - 0.5 is zero at 0.5, leaky(x) + 0.02 at -2: beyond the kink at 0."""

    def hidden(x: Array) -> Iterator[Array]:
        first = leaky_relu(x[:, None])
        yield first
        yield leaky_relu(first + np.array([-0.5, 0.02]))

    np.testing.assert_allclose(leaky_relu_kinks(hidden, -4, 4), [-4, -2, 0, 0.5, 4], rtol=1e-15)


def test_a_unit_that_turns_inside_a_piece_of_the_layer_below_has_two_kinks() -> None:
    """|x|-like: leaky(x) + leaky(-x) - 0.99 is zero at -1 and 1."""

    def hidden(x: Array) -> Iterator[Array]:
        first = leaky_relu(np.stack([x, -x], axis=1))
        yield first
        yield leaky_relu(first.sum(axis=1, keepdims=True) - (1 - NEGATIVE_SLOPE))

    np.testing.assert_allclose(leaky_relu_kinks(hidden, -3, 3), [-3, -1, 0, 1, 3], atol=1e-15)


def test_envelope_of_many_lines_on_one_piece() -> None:
    """Tangents of x^2 at 0 .. 4 take over from each other half-way between."""
    points, touch = np.array([-1.0, 5.0]), np.arange(5.0)
    lines = 2 * touch * points[:, None] - touch**2
    np.testing.assert_allclose(envelope_changes(points, lines), [0.5, 1.5, 2.5, 3.5], atol=1e-14)


def test_three_lines_that_meet_in_one_point_change_there() -> None:
    points = np.array([-1.0, 1.0])
    lines = np.array([-1.0, 0.0, 1.0]) * points[:, None]
    np.testing.assert_allclose(envelope_changes(points, lines), [0.0], atol=1e-15)


def test_equal_functions_never_change() -> None:
    points = np.linspace(-1, 1, 5)
    assert envelope_changes(points, np.ones((5, 3))).size == 0
    assert envelope_changes(points, np.repeat(np.sin(points)[:, None], 2, axis=1)).size == 0


lines = st.lists(
    st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=2, max_size=6
)  # integers: ties and lines that touch are common


@given(lines, st.integers(0, 2**32))
def test_largest_line_stays_the_same_between_changes(
    drawn: list[tuple[int, int]], seed: int
) -> None:
    slopes, offsets = np.array(drawn, dtype=np.float64).T
    points = np.array([-3.0, 3.0])
    edges = np.r_[-3.0, envelope_changes(points, points[:, None] * slopes + offsets), 3.0]
    generator = np.random.default_rng(seed)
    for start, end in pairwise(edges):
        if end - start > 1e-9:
            x = generator.uniform(start + 1e-12, end - 1e-12, 50)
            values = x[:, None] * slopes + offsets
            common = np.all(values >= values.max(axis=1, keepdims=True) - 1e-12, axis=0)
            assert common.any(), (start, end)


def steps(x: Array) -> NDArray[np.int64]:
    return np.searchsorted([-0.7, 0.1, 0.3], x).astype(np.int64)


def test_changes_are_polished_and_false_candidates_dropped() -> None:
    near = np.array([-0.7 + 1e-9, -0.2, 0.1 - 1e-12, 0.2, 0.3, 0.9, -5, 5])
    assert label_changes(steps, near, -1, 1).tolist() == [-0.7, 0.1, 0.3]


@pytest.mark.parametrize("candidates", [[], [0.5], [-1.0, 1.0]])
def test_a_constant_label_has_no_changes(candidates: list[float]) -> None:
    def label(x: Array) -> NDArray[np.int64]:
        return np.full(x.shape, 3)

    assert label_changes(label, np.array(candidates), -1, 1).size == 0
