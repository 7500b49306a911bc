"""The kit of entropy coders."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import EntropyCoder, Symbols
from wzsim.testing.component import ComponentKit


class _Case(NamedTuple):
    """Something to code."""

    what: str
    symbols: Symbols
    contexts: NDArray[np.int32]
    tables: NDArray[np.uint32]

    def ideal_bits(self) -> float:
        """The least length that its tables allow."""
        rows = self.tables[self.contexts].astype(np.float64)
        chances = rows[np.arange(len(self.symbols)), self.symbols] / rows.sum(axis=1)
        return float(-np.log2(chances).sum())


class EntropyCoderKit(ComponentKit):
    """Tests of an entropy coder: inherit, and say which one.

    class TestMine(EntropyCoderKit):
        component = Mine()
    """

    component: EntropyCoder

    excess_bits_per_symbol: float = 0.1
    """How much longer than ideal a payload of 3,000 symbols may be [bit/symbol]."""

    def test_what_was_encoded_is_decoded(self) -> None:
        """Any number of symbols, contexts and sizes of alphabets; rare and certain symbols."""
        for case in _cases():
            payload = self.component.encode(case.symbols, case.contexts, case.tables)
            assert isinstance(payload, bytes), (
                f"{self._who}: encode gives {type(payload).__name__} and not bytes"
            )
            decoded = self.component.decode(payload, case.contexts, case.tables)
            assert decoded.shape == case.symbols.shape and decoded.dtype == np.int32, (
                f"{self._who}: decode gives {decoded.dtype} of shape {decoded.shape} and not int32 "
                f"of {case.symbols.shape} ({case.what})"
            )
            wrong = np.flatnonzero(decoded != case.symbols)
            assert not len(wrong), (
                f"{self._who}: symbol {wrong[0] if len(wrong) else ''} of {len(case.symbols)} is "
                f"decoded wrongly ({case.what})"
            )

    def test_the_same_symbols_give_the_same_bytes(self) -> None:
        """And the arguments stay as they are."""
        for case in _cases():
            kept = [array.copy() for array in case[1:]]
            one, two = (self.component.encode(*case[1:]) for _ in range(2))
            assert one == two, f"{self._who}: encode gives other bytes again ({case.what})"
            assert all(map(np.array_equal, case[1:], kept)), (
                f"{self._who}: encode changes its arguments"
            )

    def test_payloads_are_as_short_as_the_tables_allow(self) -> None:
        """To within `excess_bits_per_symbol`."""
        for case in _cases():
            payload = self.component.encode(case.symbols, case.contexts, case.tables)
            most = case.ideal_bits() + self.excess_bits_per_symbol * len(case.symbols) + 128
            assert 8 * len(payload) <= most, (
                f"{self._who}: {8 * len(payload)} bit for {case.ideal_bits():.0f} ideal ones "
                f"({case.what}); is the table of each symbol's own context used?"
            )

    def test_a_symbol_of_frequency_zero_is_refused(self) -> None:
        """It has no code word."""
        tables = np.array([[1, 0, 3]], dtype=np.uint32)
        symbols, contexts = np.array([0, 1], dtype=np.int32), np.zeros(2, dtype=np.int32)
        try:
            self.component.encode(symbols, contexts, tables)
        except ValueError:
            return
        raise AssertionError(
            f"{self._who}: encode takes a symbol of frequency zero; raise ValueError"
        )


def _cases() -> list[_Case]:
    rng = np.random.default_rng(1)

    def case(what: str, count: int, frequencies: list[list[int]]) -> _Case:
        tables = np.array(frequencies, dtype=np.uint32)
        contexts = rng.integers(len(tables), size=count).astype(np.int32)
        chances = tables / tables.sum(axis=1, keepdims=True)
        drawn = [rng.choice(tables.shape[1], p=chances[context]) for context in contexts]
        return _Case(what, np.array(drawn, dtype=np.int32), contexts, tables)

    return [
        case("no symbol at all", 0, [[1, 1]]),
        case("one symbol", 1, [[1, 2, 3]]),
        case("a symbol that is certain", 100, [[0, 7, 0]]),
        case("fair coins", 3_000, [[1, 1]]),
        case("a symbol of probability 1/65536", 3_000, [[65_535, 1]]),
        case("contexts that differ", 3_000, [[60_000, 5_000, 536], [1, 65_534, 1], [3, 3, 3]]),
        case("an alphabet of 300", 3_000, [rng.integers(1, 200, size=300).tolist()]),
        case("frequencies that sum to 2^20", 3_000, [[2**20 - 3, 1, 1, 1], [2**18] * 4]),
    ]
