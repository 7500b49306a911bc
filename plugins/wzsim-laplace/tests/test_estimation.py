"""Estimates of a known scale; the seeds are fixed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import laplace

from wzsim_laplace.estimation import (
    log_cell_probability,
    nested_cells,
    scale_from_cells,
    scale_from_pairs,
    uniform_cells,
)

Array = NDArray[np.float64]

PLANES = 7


def pairs(scale: float, rows: int, seed: int = 1) -> tuple[Array, Array]:
    generator = np.random.default_rng(seed)
    y = generator.normal(size=rows)
    return y + generator.laplace(scale=scale, size=rows), y


def decoded_cells(x: Array, y: Array, decoded: int, kind: str) -> tuple[Array, Array]:
    """An 8 units wide quantizer of 2^PLANES cells, clipped or repeated."""
    step, offset = 8.0 / 2**PLANES, -4.0
    index = np.floor((x - offset) / step).astype(np.int64)
    keys = {"step": step, "planes": PLANES, "decoded": decoded, "offset": offset}
    if kind == "uniform":
        index = np.clip(index, 0, 2**PLANES - 1)
        return uniform_cells(index >> (PLANES - decoded), **keys)  # type: ignore[arg-type]
    index = index % 2**PLANES
    return nested_cells(index >> (PLANES - decoded), y, **keys)  # type: ignore[arg-type]


@pytest.mark.parametrize("scale", [0.05, 0.3, 2.0])
def test_pairs_recover_the_scale(scale: float) -> None:
    x, y = pairs(scale, 20_000)
    estimate = scale_from_pairs(x, y)
    assert estimate.standard_error == pytest.approx(estimate.scale / math.sqrt(20_000))
    assert abs(estimate.scale - scale) < 4 * estimate.standard_error


@pytest.mark.parametrize("kind", ["uniform", "nested"])
@pytest.mark.parametrize("decoded", [1, 2, 3, 5, 7])
def test_planes_recover_the_scale(kind: str, decoded: int) -> None:
    scale = 0.3
    x, y = pairs(scale, 20_000)
    estimate = scale_from_cells(*decoded_cells(x, y, decoded, kind), y)
    assert abs(estimate.scale - scale) < 4 * estimate.standard_error
    # No cell says more than x does, and the first plane already says something.
    exact = scale / math.sqrt(len(x))
    assert 0.95 * exact < estimate.standard_error < 10 * exact


def test_the_standard_error_is_the_spread_of_estimates() -> None:
    found = []
    for seed in range(200):
        x, y = pairs(0.3, 500, seed)
        found.append(scale_from_cells(*decoded_cells(x, y, 3, "uniform"), y))
    spread = np.std([one.scale for one in found], ddof=1)
    declared = np.mean([one.standard_error for one in found])
    # The spread of 200 estimates is itself known to 5%.
    assert spread == pytest.approx(declared, rel=0.2)


def test_each_plane_makes_it_surer() -> None:
    x, y = pairs(0.3, 20_000)
    errors = [
        scale_from_cells(*decoded_cells(x, y, decoded, "uniform"), y).standard_error
        for decoded in range(1, PLANES + 1)
    ]
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize("width", [1e-2, 1e-4, 1e-6])
def test_small_cells_give_the_estimate_from_pairs(width: float) -> None:
    x, y = pairs(0.3, 2_000)
    low = np.floor(x / width) * width
    estimate, exact = scale_from_cells(low, low + width, y), scale_from_pairs(x, y)
    assert estimate.scale == pytest.approx(exact.scale, rel=width + 1e-6)
    assert estimate.standard_error == pytest.approx(exact.standard_error, rel=0.02)


@given(
    below=st.floats(-30.0, 30.0),
    width=st.one_of(st.floats(1e-3, 20.0), st.just(math.inf)),
)
def test_log_probabilities_of_cells(below: float, width: float) -> None:
    above = below + width
    found = float(log_cell_probability(np.array([below]), np.array([above]))[0])
    if below >= 0:  # scipy's upper tail keeps its digits there
        expected = laplace.sf(below) - laplace.sf(above)
    else:
        expected = laplace.cdf(above) - laplace.cdf(below)
    assert found == pytest.approx(math.log(expected), abs=1e-9) or below + width / 2 < 0
    mirrored = log_cell_probability(np.array([-above]), np.array([-below]))
    assert found == pytest.approx(float(mirrored[0]), abs=1e-12)


def test_log_probabilities_far_out() -> None:
    below = np.array([700.0, 2_000.0, 1e-300, 0.0])
    above = np.array([700.0 + 1e-9, math.inf, 1.0, 1e-12])
    found = log_cell_probability(below, above)
    inner = math.log(quad(lambda n: 0.5 * math.exp(-n), 0.0, 1.0)[0])
    expected = [math.log(0.5e-9) - 700.0, math.log(0.5) - 2_000.0, inner, math.log(0.5e-12)]
    assert found == pytest.approx(expected, rel=1e-6)


NAN = math.nan


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1.0, NAN], [0.0, 0.0], "row 1: x is nan, and must be finite"),
        ([1.0, 2.0], [0.0, math.inf], "row 1: y is inf, and must be finite"),
        ([], [], "x has no rows"),
        ([1.0, 2.0], [1.0, 2.0], "rows 0 to 1 all have x == y"),
        ([1.0], [1.0, 2.0], "x has 1 rows and y has 2"),
        ([[1.0]], [[1.0]], "x must have the shape"),
    ],
)
def test_bad_pairs_are_refused(x: list[float], y: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scale_from_pairs(x, y)


@pytest.mark.parametrize(
    ("low", "high", "y", "message"),
    [
        ([0.0, NAN], [1.0, 1.0], [0.0, 0.0], "row 1: low is NaN"),
        ([0.0], [NAN], [0.0], "row 0: high is NaN"),
        ([0.0], [1.0], [NAN], "row 0: y is nan"),
        ([0.0, 0.0, 2.0], [1.0, 1.0, 2.0], [0.0, 0.0, 0.0], "row 2: low must be less than high"),
        ([[0.0, 3.0]], [[1.0, 2.0]], [0.0], "row 0: low must be less than high"),
        ([], [], [], "y has no rows"),
        ([0.0], [1.0], [0.0, 1.0], "low must have the shape"),
        ([0.0], [[1.0, 2.0]], [0.0], "low has the shape"),
        ([0.0, 1.0], [1.0, 2.0], [0.5, 1.5], "rows 0 to 1 all have y in a cell of x"),
        ([-math.inf], [math.inf], [0.5], "rows 0 to 0 all have y in a cell of x"),
        ([1.0], [math.inf], [0.0], "the 1 cells cannot tell the scale"),
    ],
)
def test_bad_cells_are_refused(
    low: list[float], high: list[float], y: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        scale_from_cells(low, high, y)
