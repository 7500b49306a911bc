"""The lower hull against the definition, and against scipy's hull."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from wzsim.theory.hull import hull_distortion, lower_hull

points = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1, max_size=30, unique=True
).map(lambda pairs: np.array(pairs, dtype=np.float64))


@given(cloud=points)
def test_no_point_lies_below_and_vertices_are_points(cloud: np.ndarray) -> None:
    rates, distortions = lower_hull(cloud[:, 0], cloud[:, 1])
    assert {tuple(p) for p in zip(rates, distortions, strict=True)} <= {tuple(p) for p in cloud}
    assert (np.diff(rates) > 0).all()
    assert (np.diff(distortions) < 0).all()
    slopes = np.diff(distortions) / np.diff(rates)
    assert (np.diff(slopes) > 0).all()
    at_points = hull_distortion(cloud[:, 0], cloud[:, 1], cloud[:, 0])
    assert (cloud[:, 1] >= at_points - 1e-9).all()


def test_vertices_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    cloud = rng.random((200, 2))
    rates, distortions = lower_hull(cloud[:, 0], cloud[:, 1])
    corners = {tuple(cloud[i]) for i in ConvexHull(cloud).vertices}
    assert {tuple(p) for p in zip(rates, distortions, strict=True)} <= corners


def test_outside_the_hull() -> None:
    rate, distortion = np.array([1.0, 2.0]), np.array([0.5, 0.1])
    at = hull_distortion(rate, distortion, np.array([0.5, 1.5, 3.0]))
    assert np.isnan(at[0])
    np.testing.assert_allclose(at[1:], [0.3, 0.1])
