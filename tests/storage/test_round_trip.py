"""What is written is read back, to the last bit."""

import attrs
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzsim.storage import read_result, write_result
from wzsim.storage.layout import key_of, link_name
from wzsim.storage.writer import file_image
from wzsim.testing.example import example_result
from wzsim.testing.results import assert_same, results


@settings(max_examples=50)
@given(result=results())
def test_any_result_comes_back_as_it_was(result, tmp_path_factory):
    path = tmp_path_factory.mktemp("round-trip") / "result.h5"
    write_result(result, path)
    assert_same(result, read_result(path))


@settings(max_examples=20)
@given(first=results(), second=results())
def test_the_comparison_itself_sees_differences(first, second):
    # The test above means something only if assert_same can fail.
    if file_image(first)[1] != file_image(second)[1]:
        with pytest.raises(AssertionError):
            assert_same(first, second)


def test_order_of_bounds_and_plugins_is_kept(tmp_path):
    result = example_result()
    write_result(result, tmp_path / "result.h5")
    again = read_result(tmp_path / "result.h5")
    assert list(again.bounds) == ["wyner-ziv", "rate-distortion"]
    assert again.provenance["plugins"] == result.provenance["plugins"]


@given(st.text())
def test_any_key_can_name_a_member(key):
    name = link_name(key)
    assert name not in ("", ".")
    assert "/" not in name
    assert name.isascii()
    assert key_of(name) == key


def test_large_arrays_come_back(tmp_path):
    weights = np.random.default_rng(0).normal(size=(3000, 1001)).astype(np.float32)
    result = attrs.evolve(example_result(), model={"encoder": {"weight": weights}})
    write_result(result, tmp_path / "result.h5")
    assert_same(result, read_result(tmp_path / "result.h5"))


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([None]), np.zeros(2, np.longdouble)])
def test_arrays_that_mean_something_else_elsewhere_are_refused(array, tmp_path):
    result = attrs.evolve(example_result(), model={"encoder": {"odd": array}})
    with pytest.raises(TypeError, match="odd"):
        write_result(result, tmp_path / "result.h5")
    assert list(tmp_path.iterdir()) == []


def test_numbers_carry_a_checksum_and_text_a_fixed_length(tmp_path):
    write_result(example_result(), tmp_path / "result.h5")
    seen = {"checked": 0, "text": 0}

    def inspect(_name, member):
        if isinstance(member, h5py.Dataset):
            if member.dtype.kind == "S":
                seen["text"] += 1
            elif member.shape != ():
                assert member.fletcher32, member.name
                seen["checked"] += 1

    with h5py.File(tmp_path / "result.h5") as file:
        file.visititems(inspect)
    assert seen["checked"] > 20
    assert seen["text"] > 10
