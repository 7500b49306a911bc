"""Integer frequencies: against the entropy, and their bytes against damage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from wzsim.theory.frequencies import frequency_tables, pack_tables, table_bits, unpack_tables
from wzsim.theory.varints import LARGEST, packed_varints, unpacked_varints

chances = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, max_side=20),
    elements=st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1e-300, 1e-9, 1e300])),
).filter(lambda rows: (rows.max(axis=1) > 0).all())

tables = arrays(
    np.uint32, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 2**32 - 1)
)


@given(rows=chances, bits=st.integers(5, 24))
def test_frequencies_are_proportional_to_within_one_and_at_least_one(
    rows: np.ndarray, bits: int
) -> None:
    found = frequency_tables(rows, bits)
    assert found.dtype == np.uint32
    assert (found >= 1).all()
    assert (found.sum(axis=1) == 2**bits).all()
    shares = rows / rows.max(axis=1, keepdims=True)
    exact = 2**bits * shares / shares.sum(axis=1, keepdims=True)
    assert (found <= np.maximum(exact + 1, 1) + 1e-6).all()
    raised = (found - exact).clip(min=0).sum(axis=1, keepdims=True)
    assert (exact - found <= raised + 1).all()


@pytest.mark.parametrize("size", [2, 16, 256, 4096, 65_536])
def test_what_integers_cost_is_far_below_a_thousandth_of_the_entropy(size: int) -> None:
    rows = np.random.default_rng(1).dirichlet(np.full(size, 0.3), size=3)
    share = frequency_tables(rows) / 2.0 ** table_bits(size)
    logs = np.log2(np.maximum(rows, 1e-300))
    excess = (rows * (logs - np.log2(share))).sum(axis=1)
    assert (excess >= -1e-12).all()
    assert (excess <= 5e-4 * -(rows * logs).sum(axis=1)).all()


@given(rows=arrays(np.float64, (1, 4), elements=st.floats(0.01, 1)))
def test_no_exchange_of_one_unit_gains_much(rows: np.ndarray) -> None:
    """The largest remainder is the nearest point; the cheapest differs from it by a hair."""
    share = rows / rows.sum()
    found = frequency_tables(rows, 10).astype(np.float64)
    cost = -(share * np.log2(found)).sum()
    for giver in range(4):
        for taker in range(4):
            other = found.copy()
            other[0, giver] -= 1
            other[0, taker] += 1
            if other.min() > 0 and giver != taker:
                assert -(share * np.log2(other)).sum() >= cost - 2.0**-9


@pytest.mark.parametrize(
    ("rows", "bits", "says"),
    [
        ([0.5, 0.5], None, "must have the shape"),
        ([[0.0, 0.0]], None, "not all zero"),
        ([[0.5, -0.1]], None, "not negative"),
        ([[0.5, np.nan]], None, "finite"),
        ([[0.2] * 5], 2, "5 symbols need a sum of 5 to 2^24, not 2^2"),
        ([[0.5, 0.5]], 25, r"not 2\^25"),
    ],
)
def test_what_is_no_distribution_is_refused(
    rows: list[object], bits: int | None, says: str
) -> None:
    with pytest.raises(ValueError, match=says.replace("2^2", r"2\^2")):
        frequency_tables(rows, bits)


@given(rows=tables)
def test_any_tables_come_back(rows: np.ndarray) -> None:
    back = unpack_tables(pack_tables(rows))
    assert back.dtype == np.uint32
    np.testing.assert_array_equal(back, rows)


@given(rows=chances)
def test_tables_of_one_power_of_two_need_no_last_column(rows: np.ndarray) -> None:
    found = frequency_tables(rows, 20)
    packed = pack_tables(found)
    assert len(packed) <= 3 + 3 * len(found) * max(1, rows.shape[1] - 1)
    np.testing.assert_array_equal(unpack_tables(packed), found)


@given(rows=tables, data=st.data())
def test_damaged_tables_are_refused_or_small(rows: np.ndarray, data: st.DataObject) -> None:
    packed = bytearray(pack_tables(rows))
    if data.draw(st.booleans()):
        packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    else:
        del packed[data.draw(st.integers(0, len(packed) - 1)) :]
    try:
        back = unpack_tables(bytes(packed))
    except ValueError:
        return
    assert back.size <= 2 * len(packed)


@pytest.mark.parametrize(
    ("packed", "says"),
    [
        ("", "tables are empty"),
        ("14ffffffff7fffffffff7f", "there are no tables"),
        ("14ffffffff7f01", "there are no tables"),
        ("190102ff01", "there are no tables"),
        ("0201020500", "1 bytes follow the tables"),
        ("02010205", r"frequencies sum to more than 2\^2"),
        ("ff0101ffffffff7f", "a frequency is above 32 bit"),
        ("ff0101ffffffffff7f", "0 are there"),
    ],
)
def test_bytes_that_are_no_tables(packed: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        unpack_tables(bytes.fromhex(packed))


@given(numbers=st.lists(st.integers(0, LARGEST)), after=st.binary(max_size=9))
def test_varints_come_back(numbers: list[int], after: bytes) -> None:
    packed = packed_varints(numbers)
    found, used = unpacked_varints(packed + after, len(numbers))
    assert found.tolist() == numbers
    assert used == len(packed)
    assert used == sum(max(1, -(-number.bit_length() // 7)) for number in numbers)
