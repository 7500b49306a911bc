"""Entropy coders: against the entropy, on integers alone, and on payloads that are damaged."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzsim.builtin.coders.adaptive import AdaptiveCoder
from wzsim.builtin.coders.fixed_point import FixedPoint
from wzsim.builtin.coders.interleaved import LaneDecoder, LaneEncoder
from wzsim.builtin.coders.range import RangeCoder
from wzsim.builtin.coders.rans import RansCoder
from wzsim.contracts import EntropyCoder
from wzsim.errors import CapabilityError
from wzsim.theory.frequencies import frequency_tables

LIBRARY = pytest.mark.skipif(find_spec("constriction") is None, reason="constriction is not here")
STATIC = [
    pytest.param(RangeCoder(), id="range", marks=LIBRARY),
    pytest.param(RansCoder(), id="rans"),
]
CODERS = [*STATIC, pytest.param(AdaptiveCoder(), id="adaptive")]


def drawn(chances: np.ndarray, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Symbols and contexts; chances: shape (C, M)."""
    rng = np.random.default_rng(seed)
    contexts = rng.integers(len(chances), size=count).astype(np.int32)
    symbols = np.empty(count, dtype=np.int32)
    for context, row in enumerate(chances):
        where = contexts == context
        symbols[where] = rng.choice(len(row), size=where.sum(), p=row)
    return symbols, contexts


def chances_of(size: int, contexts: int, skewed: bool) -> np.ndarray:
    if skewed and size == 2:
        return np.tile([[0.995, 0.005]], (contexts, 1))
    rng = np.random.default_rng(size)
    return rng.dirichlet(np.full(size, 0.1 if skewed else 100.0), size=contexts)


@pytest.mark.parametrize("coder", STATIC)
@pytest.mark.parametrize("contexts", [1, 7])
@pytest.mark.parametrize("skewed", [False, True], ids=["even", "skewed"])
@pytest.mark.parametrize("size", [2, 4, 16, 256])
def test_a_million_symbols_take_what_the_cross_entropy_says(
    size: int, skewed: bool, contexts: int, coder: EntropyCoder
) -> None:
    """To 0.1% and 64 bytes: the share that integers cost included."""
    chances = chances_of(size, contexts, skewed)
    symbols, of = drawn(chances, 1_000_000)
    tables = frequency_tables(chances)
    payload = coder.encode(symbols, of, tables)
    ideal = -np.log2(chances[of, symbols]).sum() / 8
    assert len(payload) <= 1.001 * ideal + 64
    np.testing.assert_array_equal(coder.decode(payload, of, tables), symbols)


@pytest.mark.parametrize("size", [2, 16, 256])
@pytest.mark.parametrize("contexts", [1, 7])
def test_learning_costs_what_theory_says(size: int, contexts: int) -> None:
    """Beside the best tables in hindsight: (M - 1) / 2 log2 N bit a context, and 6% of that.

    Krichevsky and Trofimov: at most log2 M bit more. What is left is the coder's own.
    """
    symbols, of = drawn(chances_of(size, contexts, skewed=False), 300_000)
    counts = np.zeros((contexts, size))
    np.add.at(counts, (of, symbols), 1)
    best = -(counts * np.log2(counts / counts.sum(axis=1, keepdims=True))).sum()
    tables = np.ones((contexts, size), dtype=np.uint32)
    payload = AdaptiveCoder().encode(symbols, of, tables)
    learning = ((size - 1) / 2 * np.log2(counts.sum(axis=1)) + np.log2(size)).sum()
    assert len(payload) <= (1.001 * best + 1.06 * learning) / 8 + 64
    np.testing.assert_array_equal(AdaptiveCoder().decode(payload, of, tables), symbols)


@pytest.mark.parametrize("coder", CODERS)
def test_an_alphabet_of_65536(coder: EntropyCoder) -> None:
    chances = np.random.default_rng(2).dirichlet(np.full(65_536, 0.2), size=1)
    symbols, of = drawn(chances, 20_000)
    tables = frequency_tables(chances)
    payload = coder.encode(symbols, of, tables)
    ideal = -np.log2(tables[0, symbols] / 2.0**24).sum() / 8
    assert len(payload) <= 1.001 * ideal + 64
    np.testing.assert_array_equal(coder.decode(payload, of, tables), symbols)


@pytest.mark.parametrize("coder", CODERS)
def test_short_messages_take_few_bytes(coder: EntropyCoder) -> None:
    for count in (1, 2, 10, 100):
        symbols, of = drawn(np.array([[0.7, 0.3]]), count)
        tables = np.array([[7, 3]], dtype=np.uint32)
        ideal = -np.log2(tables[0, symbols] / 10).sum() / 8
        assert len(coder.encode(symbols, of, tables)) <= ideal + 5


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Symbols, contexts and tables of any kind."""
    contexts, size = draw(st.integers(1, 4)), draw(st.integers(1, 40))
    count = draw(st.one_of(st.integers(0, 40), st.integers(0, 4_000)))
    largest = draw(st.sampled_from([1, 5, 2**16, 2**32 - 1]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tables = rng.integers(0, largest, size=(contexts, size), endpoint=True).astype(np.uint32)
    tables *= rng.random(tables.shape) < draw(st.sampled_from([0.1, 0.5, 1.0]))
    tables[:, draw(st.integers(0, size - 1))] |= 1
    symbols, of = drawn(tables / tables.sum(axis=1, keepdims=True), count)
    return symbols, of, tables


@pytest.mark.parametrize("coder", CODERS)
@given(case=cases())
@settings(deadline=None)
def test_any_message_comes_back(coder: EntropyCoder, case: Any) -> None:
    symbols, of, tables = case
    payload = coder.encode(symbols, of, tables)
    np.testing.assert_array_equal(coder.decode(payload, of, tables), symbols)


@pytest.mark.parametrize("coder", CODERS)
@given(case=cases(), data=st.data())
@settings(deadline=None)
def test_a_damaged_payload_is_refused_or_gives_symbols(
    coder: EntropyCoder, case: Any, data: st.DataObject
) -> None:
    symbols, of, tables = case
    payload = bytearray(coder.encode(symbols, of, tables))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(payload)))
        match data.draw(st.sampled_from(["change", "cut", "insert"])):
            case "change" if place < len(payload):
                payload[place] ^= data.draw(st.integers(1, 255))
            case "cut":
                del payload[place:]
            case _:
                payload[place:place] = data.draw(st.binary(max_size=9))
    try:
        found = coder.decode(bytes(payload), of, tables)
    except ValueError:
        return
    assert found.dtype == np.int32
    assert found.shape == symbols.shape
    assert (tables[of, found] > 0).all()


@pytest.mark.parametrize("coder", CODERS)
@given(payload=st.binary(max_size=400), count=st.integers(0, 300))
@settings(deadline=None)
def test_noise_is_refused_or_gives_symbols(coder: EntropyCoder, payload: bytes, count: int) -> None:
    of = np.zeros(count, dtype=np.int32)
    try:
        found = coder.decode(payload, of, np.array([[5, 0, 1]], dtype=np.uint32))
    except ValueError:
        return
    assert set(found.tolist()) <= {0, 2}


@pytest.mark.parametrize("coder", [RansCoder(), AdaptiveCoder()])
def test_a_payload_that_is_cut_or_follows_another_message_is_refused(coder: EntropyCoder) -> None:
    symbols, of = drawn(np.array([[0.5, 0.3, 0.2]]), 5_000)
    tables = np.array([[5, 3, 2]], dtype=np.uint32)
    payload = coder.encode(symbols, of, tables)
    for wrong in (payload[:-4], payload[:-1], payload[: len(payload) // 2], payload + b"1234", b""):
        with pytest.raises(ValueError, match="payload"):
            coder.decode(wrong, of, tables)
    for count in (1, 4_999):
        with pytest.raises(ValueError, match="payload"):
            coder.decode(payload, of[:count], tables)


@pytest.mark.parametrize("coder", CODERS)
@pytest.mark.parametrize(
    ("symbols", "of", "tables", "says"),
    [
        ([1], [0], [[1, 0, 3]], "symbol 1 in context 0 has the frequency zero"),
        ([3], [0], [[1, 0, 3]], "none of the 3 of the tables"),
        ([-1], [0], [[1, 0, 3]], "none of the 3 of the tables"),
        ([0], [1], [[1, 0, 3]], "a context is none of the 1"),
        ([0], [-1], [[1, 0, 3]], "a context is none of the 1"),
        ([0], [1], [[1, 1], [0, 0]], "all frequencies of a context are zero"),
        ([0, 0], [0], [[1, 1]], r"\(2,\) symbols and \(1,\) contexts"),
        ([0], [0], [1, 1], "tables must be"),
    ],
)
def test_what_has_no_code_is_refused(
    coder: EntropyCoder, symbols: list[int], of: list[int], tables: list[Any], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        coder.encode(
            np.array(symbols, dtype=np.int32),
            np.array(of, dtype=np.int32),
            np.array(tables, dtype=np.uint32),
        )


@given(case=cases())
@settings(deadline=None)
def test_widths_are_integers_of_the_tables_alone(case: Any) -> None:
    """Written a second time, with Python's own integers."""
    _, _, tables = case
    model = FixedPoint.of(tables)
    for row, first, last in zip(tables.tolist(), model.first[:-1], model.first[1:], strict=True):
        counts = [count for count in row if count]
        size, total = len(counts), sum(counts)
        starts = [sum(counts[:place]) * (2**24 - size) // total + place for place in range(size)]
        assert model.start[first:last].tolist() == starts
        assert model.width[first:last].tolist() == [
            after - start for start, after in zip(starts, [*starts[1:], 2**24], strict=True)
        ]


def test_frequencies_whose_sum_is_too_large_lose_their_last_bits() -> None:
    """9 of them, so that 64 bit are enough."""
    tables = np.full((1, 65_536), 2**32 - 1, dtype=np.uint32)
    tables[0, 7] = 1
    model = FixedPoint.of(tables)
    assert model.width.min() == model.width[7] == 1
    assert model.width.max() <= 2**8 + 1
    assert model.width.sum() == 2**24


@pytest.mark.parametrize("size", [2, 3, 16, 300, 65_536])
def test_constriction_codes_with_exactly_these_widths(size: int) -> None:
    """A new range coder has a range of 2^64 - 1; a symbol of width w leaves w (2^64 - 1) // 2^24.

    The library moves on by 32 bits where that is below 2^32.
    """
    constriction = pytest.importorskip("constriction")
    queue = constriction.stream.queue
    tables = frequency_tables(np.random.default_rng(3).dirichlet(np.full(size, 0.05), size=1))
    widths = FixedPoint.of(tables).width
    model = constriction.stream.model.Categorical(
        (widths - np.uint64(1)).astype(np.float64), lazy=False, perfect=False
    )
    assert int(widths.sum()) == 2**24
    for symbol in {*range(min(size, 300)), size - 1}:
        encoder = queue.RangeEncoder()
        encoder.encode(symbol, model)
        _, (_, left) = encoder.pos()
        assert left in (exact := int(widths[symbol]) * ((2**64 - 1) >> 24), exact << 32)


PAYLOADS = {
    "range": (
        "0eef35975ba1a1bd49b2e74ac97510dc80cc595f28c7a7a218711eeca9ee1dee9a920c6186c0"
        "7cb7bbdaef1d9aee0fa7"
    ),
    "rans": (
        "00628980070b94e31a2b9d43067bb40691ec657855272e4f519c68a5adf84c2f9c18bd5fb23d"
        "4d385e3b8300c61b965de2e4745b"
    ),
    "adaptive": (
        "00827788bf4bf1318e0ae3fcbdd19aa74e47066df971f10a4b5adaa8b8659d23b1b404c661feded458230b09"
    ),
}


@pytest.mark.parametrize("coder", CODERS)
def test_the_payload_is_the_same_in_every_version(coder: EntropyCoder) -> None:
    """Files outlive versions: this one changes with the number of the format alone."""
    symbols = (np.arange(200, dtype=np.int32) ** 2 % 7) % 4
    of = np.arange(200, dtype=np.int32) % 3
    tables = np.array([[90, 20, 30, 1], [7, 100, 8, 9], [50, 0, 20, 4]], dtype=np.uint32)
    symbols[(of == 2) & (symbols == 1)] = 0
    assert coder.encode(symbols, of, tables).hex() == PAYLOADS[coder.name]


def test_where_the_library_is_missing_range_says_what_to_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "constriction", None)
    symbols, tables = np.zeros(3, dtype=np.int32), np.array([[1, 1]], dtype=np.uint32)
    with pytest.raises(CapabilityError) as caught:
        RangeCoder().encode(symbols, symbols, tables)
    assert str(caught.value) == (
        "entropy coder 'range' needs the library constriction, which this Python has not: type "
        "entropy_coder = \"rans\" under [coding], which codes as well; what 'range' wrote is read "
        "where `pip install constriction` finds a wheel"
    )
    with pytest.raises(CapabilityError):
        RangeCoder().decode(b"", symbols, tables)
    payload = RansCoder().encode(symbols, symbols, tables)
    np.testing.assert_array_equal(RansCoder().decode(payload, symbols, tables), symbols)


@pytest.mark.parametrize(("hides", "name"), [("", "range"), ("constriction", "rans")])
def test_the_default_is_a_coder_that_this_machine_has(hides: str, name: str) -> None:
    pytest.importorskip("constriction")
    program = f"""
import sys
sys.modules.update(dict.fromkeys({hides.split()!r}))
from wzsim.scenario.defaults import DEFAULT_COMPONENTS
print(DEFAULT_COMPONENTS["entropy_coder"])
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert told.strip() == name


@given(
    lanes=st.sampled_from([1, 2, 8, 64, 1024]),
    sizes=st.lists(st.integers(0, 700), min_size=1, max_size=8),
    seed=st.integers(0, 99),
)
@settings(deadline=None)
def test_segments_of_any_length_and_any_number_of_states(
    lanes: int, sizes: list[int], seed: int
) -> None:
    """Each segment has a model of its own, as the adaptive coder wants it."""
    rng = np.random.default_rng(seed)
    models = [FixedPoint.of(rng.integers(1, 99, size=(2, 5)).astype(np.uint32)) for _ in sizes]
    contexts = [rng.integers(2, size=size).astype(np.int32) for size in sizes]
    symbols = [rng.integers(5, size=size).astype(np.int32) for size in sizes]
    encoder = LaneEncoder(lanes)
    for model, part, of in zip(models[::-1], symbols[::-1], contexts[::-1], strict=True):
        encoder.put(model, model.places(part, of))
    decoder = LaneDecoder(encoder.payload(), sum(sizes))
    for model, part, of in zip(models, symbols, contexts, strict=True):
        np.testing.assert_array_equal(decoder.take(model, of), part)
    decoder.finish()


def test_a_row_that_is_longer_than_what_is_looked_up_at_once() -> None:
    """200,001 symbols are four times that, and no multiple of any number of states."""
    symbols, of = drawn(np.full((1, 16), 1 / 16), 200_001)
    model = FixedPoint.of(np.ones((1, 16), dtype=np.uint32))
    encoder = LaneEncoder(1024)
    encoder.put(model, model.places(symbols, of))
    decoder = LaneDecoder(encoder.payload(), len(symbols))
    np.testing.assert_array_equal(decoder.take(model, of), symbols)
    decoder.finish()
