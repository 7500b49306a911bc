"""Frozen data, ranges and shapes."""

from __future__ import annotations

import attrs
import pytest

from wzsim.contracts import KINDS, MessageShape, Objective, OneOf, Range
from wzsim.hookspecs import PROJECT


@attrs.frozen
class Numbers:
    one: float = attrs.field(default=1.0, validator=Range(gt=0, le=2))
    many: tuple[float, ...] = attrs.field(default=(), validator=Range(ge=0))
    word: str = attrs.field(default="a", validator=OneOf(("a", "b")))


@pytest.mark.parametrize("value", [0.0, -1.0, 2.5, float("nan"), float("inf")])
def test_range_refuses_what_lies_outside(value: float) -> None:
    with pytest.raises(ValueError, match=r"one must be > 0 and <= 2, not "):
        Numbers(one=value)


def test_range_looks_at_each_number_of_a_tuple() -> None:
    assert Numbers(many=(0.0, 3.0)).many == (0.0, 3.0)
    with pytest.raises(ValueError, match=r"many must be >= 0, not -1"):
        Numbers(many=(0.0, -1.0))


def test_one_of_names_the_words() -> None:
    with pytest.raises(ValueError, match="word must be one of 'a', 'b', not 'c'"):
        Numbers(word="c")


def test_a_range_without_limits_wants_finite_numbers() -> None:
    assert str(Range()) == "finite"
    assert not Range().admits(float("inf"))


def test_message_shape_counts_prefixes() -> None:
    assert MessageShape((2, 3, 4)).prefix_counts == (2, 6, 24)
    assert MessageShape((2, 3)).symbols_per_stage == (1, 1)
    assert MessageShape((2, 3), 5, (5, 5)).stages == 2


def test_rate_weights_price_the_total_after_each_stage() -> None:
    """L = sum_k a_k (R_1 + .. + R_k) = sum_k (a_k + .. + a_K) R_k."""
    weights, rates = (0.5, 0.25, 2.0), (0.3, 0.7, 1.1)
    direct = sum(a * sum(rates[: k + 1]) for k, a in enumerate(weights))
    prices = Objective((1.0,) * 3, weights).stage_rate_weights
    assert sum(w * r for w, r in zip(prices, rates, strict=True)) == pytest.approx(direct)


def test_every_kind_has_a_hook() -> None:
    import wzsim.hookspecs as hooks

    for kind in KINDS:
        assert hasattr(hooks, f"{PROJECT}_{kind}s"), kind
