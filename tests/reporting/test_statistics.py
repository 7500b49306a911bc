"""Median, quartiles and the confidence interval of the mean, against scipy and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from wzsim.reporting.statistics import Spread

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30)


@given(VALUES)
def test_order_statistics_are_those_of_numpy(values: list[float]) -> None:
    spread = Spread.of(values)
    expected = np.quantile(values, (0.25, 0.5, 0.75))
    found = (spread.lower_quartile, spread.median, spread.upper_quartile)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-9)
    assert spread.count == len(values)


@given(VALUES)
def test_the_interval_is_that_of_scipy(values: list[float]) -> None:
    spread = Spread.of(values)
    np.testing.assert_allclose(spread.mean, np.mean(values), rtol=1e-12)
    np.testing.assert_allclose(spread.standard_deviation or 0, np.std(values, ddof=1), atol=1e-9)
    assert spread.interval is not None
    error = stats.sem(values)
    if error > 0:
        expected = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=error)
        np.testing.assert_allclose(spread.interval, expected, rtol=1e-9, atol=1e-9 * error)
    else:
        assert spread.half_width == 0.0


def test_a_published_quantile_of_student() -> None:
    """t(0.975; 9 degrees of freedom) = 2.262 in any printed table."""
    spread = Spread.of(np.arange(10.0))
    assert spread.standard_deviation is not None
    assert spread.half_width is not None
    t = spread.half_width * math.sqrt(10) / spread.standard_deviation
    assert t == pytest.approx(2.262, abs=5e-4)


def test_the_interval_covers_the_mean_as_often_as_it_says() -> None:
    """5 normal values, 2,000 times: 95 % but for four standard errors of the count."""
    generator = np.random.default_rng(1)
    draws = 3.0 + 2.0 * generator.standard_normal((2_000, 5))
    spreads = [Spread.of(row) for row in draws]
    covered = [
        spread.interval is not None and spread.interval[0] <= 3.0 <= spread.interval[1]
        for spread in spreads
    ]
    error = math.sqrt(0.95 * 0.05 / len(covered))
    assert abs(np.mean(covered) - 0.95) < 4 * error


def test_one_value_has_no_spread() -> None:
    spread = Spread.of([2.5])
    assert (spread.median, spread.lower_quartile, spread.upper_quartile) == (2.5, 2.5, 2.5)
    assert spread.mean == 2.5
    assert spread.standard_deviation is None
    assert spread.half_width is None
    assert spread.interval is None


def test_equal_values_have_a_spread_of_zero() -> None:
    spread = Spread.of([0.1] * 10)
    assert spread.standard_deviation == spread.half_width == 0.0
    assert spread.lower_quartile == spread.upper_quartile == spread.mean == 0.1
    assert Spread.of([-math.inf] * 2).interval == (-math.inf, -math.inf)


def test_infinite_values_leave_undefined_what_they_must() -> None:
    """10 log10 of a distortion of zero is minus infinity."""
    spread = Spread.of([-math.inf, -math.inf, -math.inf, 1.0, 2.0])
    assert spread.lower_quartile == spread.median == -math.inf
    assert spread.upper_quartile == 1.0
    assert spread.mean == -math.inf
    assert spread.half_width is not None
    assert math.isnan(spread.half_width)
    assert math.isnan(Spread.of([1.0, math.nan]).median)


@pytest.mark.parametrize("values", [[], [[1.0]]])
def test_nothing_has_no_statistics(values: list[float]) -> None:
    with pytest.raises(ValueError, match="need a row of values"):
        Spread.of(values)
