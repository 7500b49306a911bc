"""Damage at random places: an error in words, or the result as it was; never anything else."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzsim.errors import ResultFileError
from wzsim.storage import read_identity, read_result
from wzsim.storage.writer import file_image
from wzsim.testing.example import example_result
from wzsim.testing.results import assert_same

RESULT = example_result()
IMAGE = file_image(RESULT)[0]

places = st.integers(0, len(IMAGE) - 1)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("damage") / "result.h5"


def refuses_or_reads_as_it_was(path, content):
    path.write_bytes(content)
    try:
        assert_same(RESULT, read_result(path))
    except ResultFileError:
        return True
    return False


@settings(max_examples=300)
@given(flips=st.lists(st.tuples(places, st.integers(0, 7)), min_size=1, max_size=3))
def test_flipped_bits(path, flips):
    content = bytearray(IMAGE)
    for place, bit in flips:
        content[place] ^= 1 << bit
    refuses_or_reads_as_it_was(path, bytes(content))


@settings(max_examples=50)
@given(length=places)
def test_truncation_is_always_noticed(path, length):
    assert refuses_or_reads_as_it_was(path, IMAGE[:length])


@settings(max_examples=100)
@given(start=places, length=st.integers(1, 4096), byte=st.integers(0, 255))
def test_overwritten_block(path, start, length, byte):
    content = IMAGE[:start] + bytes([byte]) * length + IMAGE[start + length :]
    refuses_or_reads_as_it_was(path, content[: len(IMAGE)])


@settings(max_examples=100)
@given(place=places, bit=st.integers(0, 7))
def test_identity_of_a_damaged_file(path, place, bit):
    content = bytearray(IMAGE)
    content[place] ^= 1 << bit
    path.write_bytes(bytes(content))
    with contextlib.suppress(ResultFileError):  # the arrays are not read: it may well succeed
        read_identity(path)


def test_most_damage_is_noticed(path):
    # The tests above would also pass if damage were never noticed.
    noticed = 0
    for place in range(0, len(IMAGE), 997):
        content = bytearray(IMAGE)
        content[place] ^= 1
        noticed += refuses_or_reads_as_it_was(path, bytes(content))
    assert noticed > 0.7 * len(range(0, len(IMAGE), 997))
