"""The Pareto front and the best per rate, against their definitions by exhaustion."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wzsim.reporting.fronts import NONE, best_per_rate, pareto_front

COORDINATE = st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, math.inf, -math.inf, math.nan])
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), max_size=25)


def dominates(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Pareto's definition."""
    return one != other and one[0] <= other[0] and one[1] <= other[1]


@given(POINTS)
def test_the_front_has_exactly_the_points_that_none_dominates(
    points: list[tuple[float, float]],
) -> None:
    rate, distortion = np.array(points).reshape(-1, 2).T
    front = pareto_front(rate, distortion).tolist()
    expected = [
        index
        for index, point in enumerate(points)
        if not any(map(math.isnan, point)) and not any(dominates(other, point) for other in points)
    ]
    assert sorted(front) == expected


@given(POINTS)
def test_the_front_is_in_order_and_stable(points: list[tuple[float, float]]) -> None:
    rate, distortion = np.array(points).reshape(-1, 2).T
    front = pareto_front(rate, distortion).tolist()
    assert front == sorted(front, key=lambda index: (points[index][0], index))
    falling = [points[index][1] for index in front]
    assert falling == sorted(falling, reverse=True)


@given(POINTS, st.lists(COORDINATE, max_size=6))
def test_the_best_per_rate_is_the_least_distortion_up_to_it(
    points: list[tuple[float, float]], at: list[float]
) -> None:
    rate, distortion = np.array(points).reshape(-1, 2).T
    found = best_per_rate(rate, distortion, at).tolist()
    for limit, index in zip(at, found, strict=True):
        allowed = [
            (point[1], point[0], number)
            for number, point in enumerate(points)
            if point[0] <= limit and not math.isnan(point[1])
        ]
        assert index == (min(allowed)[2] if allowed else NONE)


def test_a_front_of_many_points_takes_no_quadratic_memory() -> None:
    """A pairwise comparison of 300,000 points would need 84 GiB."""
    rate = np.random.default_rng(0).uniform(0, 3, 300_000)
    distortion = 4.0**-rate
    assert len(pareto_front(rate, distortion)) == len(rate)
    assert len(pareto_front(rate, -distortion)) == 1
