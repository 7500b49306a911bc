"""The transform, the list decoder against brute force, and blocks beside their design."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special
from wzsim_polar import PolarCoder
from wzsim_polar.list_decoding import list_decode
from wzsim_polar.plane import entries_of, layout, paths_of, transformed

import wzsim
from wzsim.contracts import Symbols
from wzsim.testing import SlepianWolfCoderKit

SCENARIOS = Path(__file__).parents[1] / "scenarios"

Array = NDArray[np.float64]


class TestPolar(SlepianWolfCoderKit):
    component = PolarCoder()


class TestShortListOfOddSizes(SlepianWolfCoderKit):
    component = PolarCoder(list_size=3, plane_order="least-significant-first")
    alphabet_sizes = (3, 5)
    block_length = 701


def quantized(count: int, width: float, size: int, seed: int) -> tuple[Symbols, Array]:
    """floor(x / width) mod size of x = y + N(0, 1), and log q of every symbol given y."""
    rng = np.random.default_rng(seed)
    y = rng.random(count) * size * width
    cells = np.floor((y + rng.standard_normal(count)) / width).astype(np.int64)
    edges = np.arange(-20 * size, 20 * size + 1) * width
    inside = np.diff(special.ndtr(edges[:, None] - y), axis=0)
    chances = inside.reshape(-1, size, count).sum(axis=0).clip(1e-15, None)
    return (cells % size).astype(np.int32), np.log(chances / chances.sum(axis=0)).T


@pytest.mark.parametrize("length", [1, 2, 5, 12, 16, 100])
def test_the_transform_is_its_own_inverse_and_stays_zero_beyond_the_block(length: int) -> None:
    bits = np.random.default_rng(length).integers(2, size=(3, length)).astype(np.int8)
    place = layout(length)
    word = np.zeros((3, place.size), np.int8)
    word[:, place.bits] = bits
    entries = transformed(word)
    np.testing.assert_array_equal(transformed(entries), word)
    beyond = np.setdiff1d(np.arange(place.size), place.bits)
    assert not entries[:, beyond].any()
    np.testing.assert_array_equal(np.sort(place.entries), place.bits)


def test_the_transform_is_the_power_of_kronecker() -> None:
    kernel = np.array([[1, 0], [1, 1]])
    matrix = np.kron(np.kron(kernel, kernel), kernel)
    bits = np.random.default_rng(0).integers(2, size=(20, 8)).astype(np.int8)
    np.testing.assert_array_equal(transformed(bits), bits @ matrix % 2)


def test_erasures_polarize_as_the_order_says() -> None:
    # Bhattacharyya parameters of the erasure channel, level by level: those that are sent first
    # are near 1, the last ones near 0.
    erased = np.full(1, 0.5)
    for _ in range(10):
        erased = np.stack((2 * erased - erased**2, erased**2), axis=1).ravel()
    ordered = erased[layout(1024).entries]
    assert ordered[:256].min() > 0.99
    assert ordered[-256:].max() < 0.01


@pytest.mark.parametrize("length", [8, 6])
def test_a_long_list_is_maximum_likelihood(length: int) -> None:
    rng = np.random.default_rng(length)
    every = np.array(list(itertools.product((0, 1), repeat=length)), np.int8)
    for _ in range(20):
        ratios = rng.normal(0, 2, length)
        truth = rng.integers(2, size=length).astype(np.int8)
        sent = entries_of(truth)[:3]
        costs = np.logaddexp(0, np.where(every == 1, ratios, -ratios)).sum(axis=1)
        fits = (entries_of(every)[:, :3] == sent).all(axis=1)
        paths = paths_of(ratios[None], np.zeros(1), sent, 1 << length)
        assert len(paths.bits) == fits.sum() == 1 << length - 3
        best = np.argsort(costs[fits])
        np.testing.assert_array_equal(paths.bits[:4], every[fits][best[:4]])
        # A step of the table of log(1 + exp(-x)) is 1/64 nat.
        np.testing.assert_allclose(paths.metrics, costs[fits][best], atol=0.1)


def test_a_path_keeps_the_start_it_came_from() -> None:
    ratios = np.array([[9, 9, 9, 9], [-9, -9, -9, -9]], np.float32)
    known, values = np.zeros(4, np.bool_), np.zeros(4, np.int8)
    paths = list_decode(ratios, np.array([5.0, 0.0]), known, values, 4)
    assert paths.starts[0] == 1
    assert (paths.bits[0] == 1).all()
    first = next(i for i, start in enumerate(paths.starts) if start == 0)
    assert (paths.bits[first] == 0).all()
    assert paths.metrics[first] == pytest.approx(5, abs=0.01)


@pytest.mark.parametrize(("size", "width"), [(2, 1.3), (8, 0.9)])
def test_one_block_in_twenty_fails_where_that_was_asked_for(size: int, width: float) -> None:
    length, blocks = 512, 300
    coder = PolarCoder(list_size=8).designed_for(
        *quantized(100_000, width, size, seed=1), block_length=length, frame_error_rate=0.05
    )
    symbols, logs = quantized(blocks * length, width, size, seed=2)
    failed, sent = 0, 0
    for block, table in zip(np.split(symbols, blocks), np.split(logs, blocks), strict=True):
        first = coder.encode(block, size)[0]
        found = coder.decoded([first], table)
        assert found is None or (found == block).all()
        failed, sent = failed + (found is None), sent + 8 * len(first)
    # Four deviations of a binomial law about 0.05, and room for the design's own 256 blocks.
    assert failed / blocks < 0.05 + 4 * np.sqrt(0.05 * 0.95 / blocks)
    entropy = -np.take_along_axis(logs, symbols[:, None], axis=1).mean() / np.log(2)
    planes = size.bit_length() - 1
    assert entropy < sent / symbols.size < entropy + 0.16 * planes


@pytest.mark.parametrize("length", [0, 1, 2, 3, 33])
def test_blocks_of_every_length_come_back(length: int) -> None:
    symbols, logs = (part[:length] for part in quantized(40, 0.9, 4, seed=length))
    coder = PolarCoder(rates=(0.0, 1.0))
    decoder = coder.decoder(logs)
    answers = [decoder.extend(increment) for increment in coder.encode(symbols, 4)]
    np.testing.assert_array_equal(answers[-1], symbols)


def test_all_increments_suffice_whatever_y_says() -> None:
    rng = np.random.default_rng(0)
    block = rng.integers(4, size=300).astype(np.int32)
    lies = np.full((300, 4), -30.0)
    lies[np.arange(300), (block + 1) % 4] = 0.0
    coder = PolarCoder(rates=(0.3, 0.8), list_size=2)
    decoder = coder.decoder(lies)
    *most, last = coder.encode(block, 4)
    assert all(decoder.extend(increment) is None for increment in most)
    np.testing.assert_array_equal(decoder.extend(last), block)


def test_increments_of_another_length_are_refused() -> None:
    block, logs = quantized(200, 1.3, 2, seed=3)
    coder = PolarCoder(rates=(0.5,))
    first, second, *_ = coder.encode(block, 2)
    for damaged in ([first[:-1]], [first + b"x"], [first, second[:-1]], [first[:3]]):
        with pytest.raises(ValueError, match="an increment is too"):
            coder.decoded(damaged, logs)


def test_the_scenario_codes_every_block_with_fewer_bits_than_ldpc() -> None:
    few = ["coding.samples=51_200"]
    polar, ldpc = (
        wzsim.run(SCENARIOS / "short_blocks.toml", overrides=few + other)
        for other in ([], ['coding.slepian_wolf_coder="ldpc"'])
    )
    assert polar.coding is not None
    assert ldpc.coding is not None
    assert polar.coding.undetected.sum() == 0
    assert polar.coding.frame_error_rate[0] < 0.1  # 50 frames, one in a hundred may fail
    assert polar.stages.sum_rate[0] < polar.coding.coded_rate[0] < ldpc.coding.coded_rate[0] - 0.05
