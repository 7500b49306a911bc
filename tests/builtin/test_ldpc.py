"""The LDPC coder: its graphs, its ladder, its rates, and what it does with blocks."""

from __future__ import annotations

import math
from typing import Any, get_args

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from wzsim.builtin.coders.ldpc.code import plane_code
from wzsim.builtin.coders.ldpc.coder import LdpcCoder
from wzsim.builtin.coders.ldpc.degrees import (
    LARGEST,
    column_degrees,
    degree_table,
    needed_rate,
)
from wzsim.builtin.coders.ldpc.graph import Graph, make_graph
from wzsim.contracts import Symbols
from wzsim.testing import SlepianWolfCoderKit
from wzsim.theory.bit_planes import Order, bit_llr, bit_planes, by_bits, joined

Array = NDArray[np.float64]


class TestLdpc(SlepianWolfCoderKit):
    component = LdpcCoder()


class TestLdpcInTorch(SlepianWolfCoderKit):
    component = LdpcCoder(engine="torch")
    blocks = 1


class TestLdpcOfOddSizes(SlepianWolfCoderKit):
    component = LdpcCoder(algorithm="min-sum")
    alphabet_sizes = (3, 5)
    block_length = 701
    blocks = 2


def parity_matrix(graph: Graph) -> NDArray[np.int64]:
    """The check matrix entry by entry, straight from the definition."""
    matrix = np.zeros((graph.rows * graph.lift, graph.bits), dtype=np.int64)
    for row in range(graph.rows):
        for edge in range(graph.row_starts[row], graph.row_starts[row + 1]):
            for check in range(graph.lift):
                bit = (check + graph.edge_shifts[edge]) % graph.lift
                place = graph.edge_columns[edge] * graph.lift + bit
                matrix[row * graph.lift + check, place] += 1
    return matrix


def quantized(count: int, width: float, rng: np.random.Generator) -> tuple[Symbols, Array]:
    """Bits floor(x / width) mod 2 of x = y + N(0, 1), y uniform, and log q given y."""
    y = rng.random(count) * 2 * width
    cells = np.floor((y + rng.standard_normal(count)) / width).astype(np.int64)
    edges = np.arange(-41, 42) * width
    inside = np.diff(special.ndtr(edges[:, None] - y), axis=0)
    odd = inside[0::2].sum(axis=0)
    chances = np.clip(np.stack((1 - odd, odd), axis=1), 1e-15, None)
    return (cells % 2).astype(np.int32), np.log(chances)


@pytest.mark.parametrize(
    ("rate", "columns", "lift"), [(0.5, 60, 29), (0.15, 300, 41), (0.9, 50, 23)]
)
def test_graphs_have_the_degrees_and_no_cycle_of_four(rate: float, columns: int, lift: int) -> None:
    rows = round(rate * columns)
    degrees = column_degrees(rate, columns, rows)
    graph = make_graph(degrees, rows, lift, seed=3)
    matrix = parity_matrix(graph)
    assert matrix.max() == 1
    np.testing.assert_array_equal(matrix.sum(axis=0), np.repeat(degrees, lift))
    loads = np.diff(graph.row_starts)
    assert loads.max() - loads.min() <= 1 + 0.15 * loads.mean()
    overlaps = matrix.astype(np.float32) @ matrix.T.astype(np.float32)
    np.fill_diagonal(overlaps, 0)
    cycles = int((overlaps * (overlaps - 1)).sum()) // 4 // lift
    assert cycles == graph.four_cycles()
    assert cycles == 0


def test_columns_of_degree_two_make_no_cycle() -> None:
    rows, columns = 90, 100
    degrees = column_degrees(0.9, columns, rows)
    graph = make_graph(degrees, rows, 5, seed=1)
    twos = int((degrees == 2).sum())
    assert twos > 30
    light = parity_matrix(graph)[:, : twos * 5] % 2
    # No sum of such columns is zero: they are independent over two elements.
    assert rank(light) == twos * 5


def rank(matrix: NDArray[np.int64]) -> int:
    """Over the field of two elements."""
    rows, found = matrix.copy() % 2, 0
    for column in range(rows.shape[1]):
        pivots = np.flatnonzero(rows[found:, column])
        if not len(pivots):
            continue
        rows[[found, found + pivots[0]]] = rows[[found + pivots[0], found]]
        others = np.flatnonzero(rows[:, column])
        rows[others[others != found]] ^= rows[found]
        found += 1
    return found


def test_crowded_graphs_keep_as_few_cycles_as_their_lift_allows() -> None:
    graph = make_graph(np.full(40, 3, dtype=np.int32), 12, 4, seed=1)
    assert graph.four_cycles() > 0  # 40 columns meet in 66 pairs of rows, with four shifts each
    assert parity_matrix(graph).max() == 1


def test_the_ladder_is_nested_and_every_rung_has_its_own_syndrome() -> None:
    rng = np.random.default_rng(0)
    code = plane_code(3000, 0.3)
    bits = rng.integers(2, size=3000).astype(np.int32)
    filled = np.concatenate((bits, np.zeros(code.ladder.graph.bits - 3000, dtype=np.int32)))
    first, splits = code.syndromes(bits)
    assert len(splits) == len(code.ladder.splits)
    for count in (0, 1, 7, len(splits)):
        graph = code.ladder.at(count)
        assert graph.rows == code.ladder.graph.rows + count
        np.testing.assert_array_equal(
            code.ladder.syndromes_at(first, splits[:count]),
            (parity_matrix(graph) @ filled % 2).reshape(graph.rows, graph.lift),
        )
        np.testing.assert_array_equal(
            np.bincount(graph.edge_columns), np.bincount(code.ladder.graph.edge_columns)
        )


def test_the_table_of_degrees_is_consistent() -> None:
    table = degree_table()
    assert np.all(np.diff(table.rates) > 0)
    assert np.all(np.diff(table.thresholds) > 0)
    loss = table.rates - table.thresholds
    assert loss.min() > 0  # nothing decodes below its entropy
    assert loss.max() < 0.04
    np.testing.assert_allclose(table.nodes.sum(axis=1), 1.0)
    twos = table.nodes[:, 0]
    assert np.all(twos <= table.rates)  # a forest
    assert needed_rate(0.0) == 0.0
    assert needed_rate(1.0) > 1.0  # no code: sent raw
    for rate in (0.003, 0.2, 0.77, 0.97):
        degrees = column_degrees(rate, 400, max(8, round(400 * rate)))
        assert len(degrees) == 400
        assert degrees.min() >= 2
        assert degrees.max() <= LARGEST


@pytest.mark.parametrize("order", get_args(Order))
def test_planes_of_symbols_and_their_ratios(order: Order) -> None:
    rng = np.random.default_rng(2)
    logs = np.log(rng.dirichlet(np.ones(6), size=50))
    symbols = rng.integers(6, size=50).astype(np.int32)
    planes, table = bit_planes(symbols, 3, order), by_bits(logs, 3, order)
    total, known = np.zeros(50), np.zeros(50, dtype=np.int32)
    for plane, bits in enumerate(planes):
        llr = bit_llr(table, known, plane)
        total -= np.logaddexp(0.0, np.where(bits == 1, llr, -llr))
        known = 2 * known + bits
    # The chain rule: the planes' code lengths are those of the symbols.
    np.testing.assert_allclose(total, logs[np.arange(50), symbols])
    np.testing.assert_array_equal(joined(known, 3, order), symbols)


def test_the_order_of_planes_is_the_one_that_costs_less() -> None:
    rng = np.random.default_rng(4)
    symbols = rng.integers(8, size=100_000).astype(np.int32)
    # y tells the symbol up to its two neighbours: the last bit is the doubtful one.
    near = np.exp(-2.0 * np.minimum(np.arange(8), 8 - np.arange(8)) ** 2)
    off = rng.choice(8, p=near / near.sum(), size=len(symbols))
    seen = (symbols + off) % 8
    logs = np.log(near / near.sum())[(seen[:, None] - np.arange(8)) % 8]
    coder = LdpcCoder().designed_for(symbols, logs, block_length=10_000, frame_error_rate=1e-2)
    assert coder.plane_order == "least-significant-first"
    assert coder.rates is not None
    assert coder.rates[0] > coder.rates[1]
    payload = coder.encode(symbols[:10_000], 8)[:1]
    (block,) = coder.decode_blocks([payload], [logs[:10_000]])
    np.testing.assert_array_equal(block, symbols[:10_000])


@pytest.mark.parametrize("length", [1_500, 20_000])
def test_blocks_decode_at_the_rate_that_was_chosen(length: int) -> None:
    rng = np.random.default_rng(7)
    sample = quantized(200_000, 5.2, rng)
    entropy = -float(np.take_along_axis(sample[1], sample[0][:, None].astype(int), 1).mean())
    entropy /= math.log(2)
    coder = LdpcCoder().designed_for(*sample, block_length=length, frame_error_rate=1e-2)
    drawn = [quantized(length, 5.2, rng) for _ in range(40)]
    payloads = [coder.encode(symbols, 2)[:1] for symbols, _ in drawn]
    found = coder.decode_blocks(payloads, [logs for _, logs in drawn])
    failed = sum(block is None for block in found)
    assert failed <= 3  # of 40 at one in a hundred: more come once in 2,000
    for block, (symbols, _) in zip(found, drawn, strict=True):
        assert block is None or np.array_equal(block, symbols)
    sent = 8 * len(payloads[0][0]) / length
    assert entropy < sent < entropy + 0.02 + 6 / math.sqrt(length)


def test_with_feedback_blocks_end_nearer_to_the_entropy() -> None:
    rng = np.random.default_rng(3)
    sample = quantized(100_000, 5.2, rng)
    fixed, fed = (
        LdpcCoder().designed_for(*sample, block_length=5_000, frame_error_rate=share)
        for share in (1e-3, 0.99)
    )
    assert fixed.rates is not None
    assert fed.rates is not None
    assert fed.rates[0] < fixed.rates[0]
    bits = []
    for _ in range(5):
        symbols, logs = quantized(5_000, 5.2, rng)
        decoder, sent = fed.decoder(logs), 0
        for increment in fed.encode(symbols, 2):
            sent += len(increment)
            if (block := decoder.extend(increment)) is not None:
                break
        np.testing.assert_array_equal(block, symbols)
        bits.append(8 * sent)
    assert np.mean(bits) / 5_000 < fixed.rates[0]


def test_hopeless_and_certain_planes_are_not_coded() -> None:
    rng = np.random.default_rng(5)
    symbols = rng.integers(4, size=50_000).astype(np.int32)
    # The first bit is known from y, the second is a fair coin.
    logs = np.where(np.arange(4) // 2 == symbols[:, None] // 2, math.log(0.5), -40.0)
    coder = LdpcCoder().designed_for(symbols, logs, block_length=10_000, frame_error_rate=1e-3)
    assert coder.rates == (0.0, 1.0)
    payload, last = coder.encode(symbols[:10_000], 4)
    assert len(payload) == 4 + 10_000 // 8
    assert len(last) == 10_000 // 8
    (block,) = coder.decode_blocks([[payload]], [logs[:10_000]])
    np.testing.assert_array_equal(block, symbols[:10_000])


def test_side_information_that_misleads_is_never_believed() -> None:
    rng = np.random.default_rng(6)
    coder = LdpcCoder(rates=(0.5,))
    symbols = rng.integers(2, size=4_000).astype(np.int32)
    logs = np.log(np.where(np.arange(2) == 1 - symbols[:, None], 0.999, 0.001))
    increments = coder.encode(symbols, 2)
    decoder = coder.decoder(logs)
    for increment in increments[:-1]:
        assert decoder.extend(increment) is None
    np.testing.assert_array_equal(decoder.extend(increments[-1]), symbols)


def test_damaged_increments_give_no_block() -> None:
    rng = np.random.default_rng(8)
    coder = LdpcCoder(rates=(0.6,))
    symbols, logs = quantized(3_000, 5.2, rng)
    first = coder.encode(symbols, 2)[0]
    damaged: list[Any] = [b"", first[:-1], first + b"\0", b"\xff" * len(first)]
    for place in (0, 3, 4, len(first) - 1):
        changed = bytearray(first)
        changed[place] ^= 0x10
        damaged.append(bytes(changed))
    found = coder.decode_blocks([[part] for part in damaged], [logs] * len(damaged))
    assert found == [None] * len(damaged)
    assert coder.decode_blocks([[]], [logs]) == [None]
    (block,) = coder.decode_blocks([[first]], [logs])
    np.testing.assert_array_equal(block, symbols)


def test_a_coder_for_other_planes_is_refused() -> None:
    coder = attrs.evolve(LdpcCoder(), rates=(0.5, 0.5))
    with pytest.raises(ValueError, match="2 rates, and symbols of 1 planes"):
        coder.encode(np.zeros(100, dtype=np.int32), 2)


def test_blocks_of_every_length_come_back() -> None:
    rng = np.random.default_rng(9)
    coder = LdpcCoder(rates=(0.7,))
    for length in (0, 1, 63, 64, 65, 100, 257, 999):
        symbols, logs = quantized(length, 8.0, rng)
        increments = coder.encode(symbols, 2)
        decoder = coder.decoder(logs)
        found = [block for part in increments if (block := decoder.extend(part)) is not None]
        np.testing.assert_array_equal(found[0], symbols)
