"""Partitions, and how they are found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from tests.theory.test_exact import partitions
from wzsim.theory.design import reversed_digits
from wzsim.theory.partition import Partition, search_partition


@given(partition=partitions())
@settings(max_examples=60)
def test_search_finds_every_threshold_to_the_last_bits(partition: Partition) -> None:
    expected = partition.merged()
    found, resolution = search_partition(
        partition.message_index, partition.alphabet_sizes, -20.0, 20.0, 20_001
    )
    assert resolution == pytest.approx(0.002)
    np.testing.assert_allclose(found.thresholds, expected.thresholds, atol=1e-12)
    assert found.labels.tolist() == expected.labels.tolist()


def test_search_finds_two_thresholds_between_two_points_of_the_scan() -> None:
    narrow = Partition(np.array([0.5001, 0.5002]), np.array([0, 1, 2]), (4,))
    found, _ = search_partition(narrow.message_index, (4,), 0.0, 1.0, 11)
    np.testing.assert_allclose(found.thresholds, narrow.thresholds, atol=1e-12)
    assert found.labels.tolist() == [0, 1, 2]


def test_search_of_a_constant_encoder() -> None:
    silent = Partition(np.empty(0), np.array([3]), (4,))
    found, _ = search_partition(silent.message_index, (4,), -1.0, 1.0, 100)
    assert len(found.thresholds) == 0
    assert found.labels.tolist() == [3]


def test_cells_are_closed_on_the_right() -> None:
    partition = Partition(np.array([0.0, 1.0]), np.array([0, 1, 0]), (2,))
    assert partition.message_index(np.array([-1.0, 0.0, 0.5, 1.0, 1.5])).tolist() == [0, 0, 1, 1, 0]


@pytest.mark.parametrize(
    ("thresholds", "labels", "message"),
    [
        ([0.0], [0], "1 thresholds for 1 cells"),
        ([0.0, 0.0], [0, 1, 0], "strictly ascending"),
        ([0.0, np.nan], [0, 1, 0], "strictly ascending"),
        ([0.0], [0, 2], "labels must be 0 .. 1"),
        ([0.0], [-1, 1], "labels must be 0 .. 1"),
    ],
)
def test_wrong_partitions_are_refused(
    thresholds: list[float], labels: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Partition(np.array(thresholds), np.array(labels), (2,))


def test_reversed_digits_are_a_permutation() -> None:
    index = np.arange(24)
    labels = reversed_digits(index, (2, 3, 4))
    assert sorted(labels.tolist()) == index.tolist()
    assert labels[1] == 12  # the least significant digit became the most significant one
