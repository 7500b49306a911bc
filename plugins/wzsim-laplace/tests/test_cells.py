"""Cells of bit-planes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzsim_laplace.cells import nested_cells, uniform_cells

PLANES = 5
STEPS = st.floats(0.01, 10.0)
VALUES = st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=20)


@given(x=VALUES, step=STEPS, decoded=st.integers(0, PLANES), offset=st.floats(-3.0, 3.0))
def test_a_uniform_cell_holds_x(x: list[float], step: float, decoded: int, offset: float) -> None:
    values = np.array(x)
    index = np.clip(np.floor((values - offset) / step), 0, 2**PLANES - 1).astype(np.int64)
    low, high = uniform_cells(
        index >> (PLANES - decoded), step=step, planes=PLANES, decoded=decoded, offset=offset
    )
    slack = 1e-9 * step
    assert ((low - slack <= values) & (values < high + slack)).all()


@given(x=VALUES, step=STEPS, decoded=st.integers(0, PLANES), away=st.floats(-2.0, 2.0))
def test_a_nested_cell_holds_x(x: list[float], step: float, decoded: int, away: float) -> None:
    values = np.array(x)
    y = values + away * step * 2**PLANES
    prefix = (np.floor(values / step).astype(np.int64) % 2**PLANES) >> (PLANES - decoded)
    low, high = nested_cells(prefix, y, step=step, planes=PLANES, decoded=decoded)
    slack = 1e-9 * step
    holds = (low - slack <= values[:, None]) & (values[:, None] < high + slack)
    assert holds.any(axis=1).all()


def test_a_plane_more_halves_each_nested_cell() -> None:
    widths = []
    for decoded in range(PLANES + 1):
        low, high = nested_cells([0], [0.0], step=0.5, planes=PLANES, decoded=decoded)
        widths.append(float((high - low)[0, 0]))
    assert widths == [16.0, 8.0, 4.0, 2.0, 1.0, 0.5]


@pytest.mark.parametrize(
    ("prefix", "changes", "message"),
    [
        ([0, 4], {}, "row 1: prefix 4 is not between 0 and 3, which 2 planes can spell"),
        ([-1], {}, "row 0: prefix -1 is not between 0 and 3"),
        ([0.5], {}, "prefix must be integers of shape"),
        ([[0]], {}, "prefix must be integers of shape"),
        ([0], {"decoded": 6}, "decoded must be between 0 and planes = 5, not 6"),
        ([0], {"step": 0.0}, "step must be > 0 and finite"),
    ],
)
def test_what_is_wrong_is_said(
    prefix: list[float], changes: dict[str, float], message: str
) -> None:
    keys = {"step": 1.0, "planes": PLANES, "decoded": 2} | changes
    with pytest.raises(ValueError, match=message):
        uniform_cells(prefix, **keys)  # type: ignore[arg-type]
