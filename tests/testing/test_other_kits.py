"""Components as data, discrete laws, coders and bounds: each mistake is caught and named."""

from __future__ import annotations

import zlib
from typing import Any

import attrs
import numpy as np
import pytest
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Generator, Tensor

from tests.contracts.test_pair import Coin, Erasure
from tests.kits import complaint, complaints
from wzsim.contracts import (
    Bound,
    Channel,
    Component,
    Distortion,
    EntropyCoder,
    Interval,
    Pair,
    RateDistortionFunction,
    SlepianWolfCoder,
    Symbols,
    SyndromeDecoder,
)
from wzsim.testing import (
    BoundKit,
    ChannelKit,
    ComponentKit,
    EntropyCoderKit,
    SlepianWolfCoderKit,
    SourceKit,
)


def kit_of(kit: Any, component: Component) -> Any:
    return type("Wrong", (kit,), {"component": component, "plugin": None})


class TestCoin(SourceKit):
    component = Coin(p=0.3)
    plugin = None


class TestErasure(ChannelKit):
    component = Erasure(e=0.2)
    plugin = None


class Biased(Coin):
    def sample(self, batch: int, generator: Generator) -> Tensor:
        return (torch.rand(batch, 1, generator=generator) < self.p + 0.01).long()


class FromOne(Coin):
    def sample(self, batch: int, generator: Generator) -> Tensor:
        return super().sample(batch, generator) + 1


class Leaking(Coin):
    def probabilities(self) -> NDArray[np.float64]:
        return np.array([0.98 - self.p, self.p])


def test_wrong_discrete_sources_are_caught() -> None:
    symbols = "symbols_follow_the_probabilities"
    biased = complaint(kit_of(SourceKit, Biased()), symbols)
    assert "does not follow probabilities: of 200000 symbols" in biased
    assert "and 150000 are expected" in biased
    assert complaint(kit_of(SourceKit, FromOne()), symbols) == (
        "source 'coin' draws symbols 1 .. 2, and probabilities has symbols 0 .. 1"
    )
    assert complaint(kit_of(SourceKit, Leaking()), "probabilities_sum_to_one") == (
        "source 'coin': row 0 of probabilities sums to 0.98 and not to 1"
    )


class Confused(Erasure):
    """Input 1 is never received, and always erased."""

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        received = super().sample(given, generator)
        return torch.where(given == 1, 2 - received % 2, received)


def test_a_discrete_channel_that_sends_the_impossible_is_caught() -> None:
    never = np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    wrong = type("Never", (Confused,), {"transition_matrix": lambda _self: never})
    assert "draws the symbol 2, and row 0 of transition_matrix gives it no probability" in (
        complaint(kit_of(ChannelKit, wrong()), "symbols_follow_the_transition_matrix")
    )


@attrs.frozen(kw_only=True)
class Passing(Channel):
    """A channel with parameters of all kinds."""

    name = "passing"
    number: float = 0.5
    numbers: tuple[float, ...] = (1.0, 2.0)
    words: Any = "a"

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        return given + torch.rand(given.shape, generator=generator)


@attrs.frozen(kw_only=True)
class Shrinking(Passing):
    """Rounds what it is given, again and again."""

    number: float = attrs.field(default=0.5, converter=lambda value: value / 2)


class TestPassing(ComponentKit):
    component = Passing(numbers=(3.0,), words="b")
    plugin = None


@pytest.mark.parametrize(
    ("component", "test", "says"),
    [
        (Passing(words=[1]), "equals_a_copy_and_is_hashable", "use tuples in place of lists"),
        (
            Passing(words=float("nan")),
            "comes_back_from_a_scenario_file",
            "expected a finite number, found the float nan",
        ),
        (Passing(words=object()), "comes_back_from_a_scenario_file", "that TOML cannot hold"),
        (Passing(number="a"), "comes_back_from_a_scenario_file", "expected a float, found the str"),  # type: ignore[arg-type]
        (Shrinking(), "comes_back_from_a_scenario_file", "a converter or __attrs_post_init__ must"),
        (Passing(words=lambda: 0), "comes_back_from_a_pickle", "keep functions and open files"),
    ],
    ids=["list", "nan", "object", "type", "converter", "function"],
)
def test_a_component_that_is_no_plain_data_is_caught(
    component: Component, test: str, says: str
) -> None:
    assert says in complaint(kit_of(ComponentKit, component), test)


@attrs.frozen(kw_only=True)
class BigInteger(EntropyCoder):
    """Range asymmetric numeral system on one large integer [Duda 2009]: exact, and slow."""

    name = "big-integer"

    def encode(
        self, symbols: Symbols, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> bytes:
        state = 1
        for symbol, context in zip(symbols[::-1], contexts[::-1], strict=True):
            table = [int(frequency) for frequency in tables[context]]
            frequency = table[symbol]
            if not frequency:
                raise ValueError(f"symbol {symbol} has no frequency")
            whole, part = divmod(state, frequency)
            state = whole * sum(table) + sum(table[:symbol]) + part
        return state.to_bytes((state.bit_length() + 7) // 8, "big")

    def decode(
        self, payload: bytes, contexts: NDArray[np.int32], tables: NDArray[np.uint32]
    ) -> Symbols:
        state, symbols = int.from_bytes(payload, "big"), []
        for context in contexts:
            table = [int(frequency) for frequency in tables[context]]
            whole, part = divmod(state, sum(table))
            symbol = int(np.searchsorted(np.cumsum(table), part, side="right"))
            state = whole * table[symbol] + part - sum(table[:symbol])
            symbols.append(symbol)
        return np.array(symbols, dtype=np.int32)


class TestBigInteger(EntropyCoderKit):
    component = BigInteger()
    plugin = None


@attrs.frozen(kw_only=True)
class OneContext(BigInteger):
    """Round trips, with the wrong tables."""

    def encode(self, symbols: Symbols, contexts: Any, tables: Any) -> bytes:
        return super().encode(symbols, 0 * contexts, tables + 1)

    def decode(self, payload: bytes, contexts: Any, tables: Any) -> Symbols:
        return super().decode(payload, 0 * contexts, tables + 1)


@attrs.frozen(kw_only=True)
class LosesTheLast(BigInteger):
    """The last symbol is what it was last time."""

    def decode(self, payload: bytes, contexts: Any, tables: Any) -> Symbols:
        symbols = super().decode(payload, contexts, tables)
        symbols[-1:] = 0
        return symbols


def test_wrong_entropy_coders_are_caught() -> None:
    found = complaints(kit_of(EntropyCoderKit, OneContext()))
    assert "is the table of each symbol's own context used?" in found.pop(
        "test_payloads_are_as_short_as_the_tables_allow"
    )
    assert found == {
        "test_a_symbol_of_frequency_zero_is_refused": (
            "entropy coder 'big-integer': encode takes a symbol of frequency zero; raise ValueError"
        )
    }
    found = complaints(kit_of(EntropyCoderKit, LosesTheLast()))
    assert list(found) == ["test_what_was_encoded_is_decoded"]
    assert "is decoded wrongly" in found["test_what_was_encoded_is_decoded"]


@attrs.frozen(kw_only=True)
class Piecewise(SlepianWolfCoder):
    """A checksum, then the symbols themselves, an eighth at a time: the rest is guessed from y."""

    name = "piecewise"

    def encode(self, symbols: Symbols, alphabet_size: int) -> tuple[bytes, ...]:
        check = zlib.crc32(symbols.tobytes()).to_bytes(4, "big")
        return (check, *(part.tobytes() for part in np.array_split(symbols, 8)))

    def decoder(self, log_probs: NDArray[np.float64]) -> SyndromeDecoder:
        return Guess(log_probs)


class Guess(SyndromeDecoder):
    """The most likely symbols, until the checksum is right."""

    def __init__(self, log_probs: NDArray[np.float64]) -> None:
        self.block = log_probs.argmax(axis=1).astype(np.int32)
        self.check, self.known = b"", 0

    def extend(self, increment: bytes) -> Symbols | None:
        if not self.check:
            self.check = increment
        else:
            part = np.frombuffer(increment, dtype=np.int32)
            self.block[self.known : self.known + len(part)] = part
            self.known += len(part)
        sure = zlib.crc32(self.block.tobytes()).to_bytes(4, "big") == self.check
        return self.block.copy() if sure else None


class TestPiecewise(SlepianWolfCoderKit):
    component = Piecewise()
    plugin = None


class NeverUnsure(Guess):
    def extend(self, increment: bytes) -> Symbols | None:
        super().extend(increment)
        return self.block


class NeverSure(Guess):
    def extend(self, increment: bytes) -> Symbols | None:
        return None


class Wavers(Guess):
    def extend(self, increment: bytes) -> Symbols | None:
        before, answer = getattr(self, "answered", False), super().extend(increment)
        self.answered = answer is not None
        return None if before else answer


@pytest.mark.parametrize(
    ("decoder", "says"),
    [
        (NeverUnsure, "symbols of an alphabet of 2 are wrong after 1 of 9 increments"),
        (NeverSure, "no answer after all 9 increments with side information that is right 98%"),
        (Wavers, "after an answer the decoder says None"),
    ],
)
def test_wrong_slepian_wolf_coders_are_caught(decoder: Any, says: str) -> None:
    wrong = type("W", (Piecewise,), {"decoder": lambda _self, log_probs: decoder(log_probs)})
    kit = kit_of(SlepianWolfCoderKit, wrong())
    assert says in complaint(kit, "side_information_and_increments_give_the_block")


@attrs.frozen
class Curve(RateDistortionFunction):
    """0.1 2^(-2R), and what is wrong with it."""

    certificate: str = "closed form"
    largest_distortion: float = 0.1
    slope: float = 2.0
    wobble: float = 0.0
    width: float = 0.0
    zero: float = 0.0

    def distortion(self, rate: ArrayLike) -> Interval:
        rate = np.asarray(rate, dtype=np.float64)
        value = 0.1 * 2.0 ** (-2 * rate) * (1 + self.wobble * np.sin(9 * rate))
        return Interval(value, value * (1 + self.width))

    def rate(self, distortion: ArrayLike) -> Interval:
        with np.errstate(divide="ignore"):
            value = -np.log2(np.asarray(distortion, dtype=np.float64) / 0.1) / self.slope
        value = np.maximum(value, 0.0) + self.zero
        return Interval(value, value * (1 + self.width) + self.width)


@attrs.frozen(kw_only=True)
class CurveBound(Bound):
    """A bound that is the curve that it is given."""

    name = "curve"
    title = "curve"
    scope = "tests"
    binds = True
    curve: Any = Curve()

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return True

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        return self.curve


def test_a_right_bound_and_a_wide_one_pass() -> None:
    for curve in (Curve(), Curve(width=0.05)):
        found = complaints(kit_of(BoundKit, CurveBound(curve=curve)))
        found.pop("test_comes_back_from_a_scenario_file", None)  # a curve is no TOML
        assert found == {}


@pytest.mark.parametrize(
    ("curve", "test", "says"),
    [
        (Curve(slope=1.9), "rate_and_distortion_are_inverse", "one function is the inverse"),
        (Curve(wobble=0.3), "is_convex", "distortion is not convex between the rates 0"),
        (
            Curve(wobble=0.9),
            "distortion_never_grows_with_the_rate",
            "distortion grows with the rate",
        ),
        (Curve(width=-0.1), "intervals_have_the_shape_of_their_argument", "above its upper one"),
        (Curve(zero=0.01), "rate_is_zero_at_the_largest_distortion", "rate is at least 0.01 at"),
        (
            Curve(largest_distortion=0.2),
            "rate_is_zero_at_the_largest_distortion",
            "the distortion of rate 0 lies between 0.1 and 0.1, and largest_distortion is 0.2",
        ),
    ],
    ids=["inverse", "convex", "order", "interval", "rate zero", "largest"],
)
def test_wrong_bounds_are_caught(curve: Curve, test: str, says: str) -> None:
    assert says in complaint(kit_of(BoundKit, CurveBound(curve=curve)), test)


def test_a_name_that_is_taken_is_caught() -> None:
    """By another class: a plugin would be refused."""
    other = attrs.frozen(kw_only=True)(type("Other", (CurveBound,), {"name": "wyner-ziv"}))
    assert "bound 'wyner-ziv' is built in and cannot be replaced" in complaint(
        kit_of(BoundKit, other()), "is_accepted_by_the_registry"
    )


def test_a_class_that_is_not_frozen_is_caught() -> None:
    bare = type("Bare", (CurveBound,), {})
    assert complaint(kit_of(BoundKit, bare()), "is_accepted_by_the_registry") == (
        "bound 'curve' is refused: Bound Bare is not decorated with @attrs.frozen"
    )


class Undecorated(Channel):
    """As a plugin's author forgets it."""

    name = "undecorated"
    scale: float = attrs.field(default=0.2)

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        return given + self.scale


class UndecoratedAndPlain(Passing):
    """Its parameter is a class attribute with a type, and no more."""

    scale: float = 0.2


@pytest.mark.parametrize(
    ("cls", "keys"),
    [(Undecorated, {}), (Undecorated, {"scale": 0.3}), (UndecoratedAndPlain, {"scale": 0.3})],
)
def test_a_class_whose_parameters_attrs_never_saw_is_caught(cls: Any, keys: Any) -> None:
    """Where its kit makes one, before any test runs."""
    says = rf"class {cls.__name__} is not decorated: write @attrs.frozen\(kw_only=True\) above it"
    with pytest.raises(TypeError, match=says):
        cls(**keys)
    with pytest.raises(TypeError, match="unexpected keyword argument 'scal'"):
        Passing(scal=0.3)  # type: ignore[call-arg]
