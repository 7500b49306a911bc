"""Distortions: each mistake is caught and named."""

from __future__ import annotations

from typing import Any, ClassVar

import attrs
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from tests.kits import complaint, complaints
from wzsim.contracts import Distortion, LogarithmicLoss, SymbolDistortion
from wzsim.testing import DistortionKit


@attrs.frozen(kw_only=True)
class Absolute(Distortion):
    """|x - x_hat|; the median is the best."""

    name: ClassVar[str] = "absolute"
    unit: ClassVar[str] = "units"
    is_power: ClassVar[bool] = False

    def measure(self, x: Tensor, x_hat: Tensor) -> Tensor:
        return (x - x_hat).abs().mean(dim=-1)

    def bayes(self, values: Tensor, weights: Tensor) -> Tensor:
        values = values.expand(weights.shape)
        values, order = values.sort(dim=-1)
        share = weights.gather(-1, order).cumsum(dim=-1)
        at = (share < 0.5 * share[..., -1:]).sum(dim=-1, keepdim=True)
        return values.gather(-1, at).squeeze(-1)


@attrs.frozen(kw_only=True)
class Weighted(SymbolDistortion):
    """Missing a 1 costs twice what a false alarm costs; a guess of "unknown" costs 0.4."""

    name: ClassVar[str] = "weighted"
    unit: ClassVar[str] = "errors"
    is_power: ClassVar[bool] = False

    def table(self, alphabet: int) -> NDArray[np.float64]:
        table = 1.0 + np.tri(alphabet) - 2 * np.eye(alphabet)
        return np.hstack([table, np.full((alphabet, 1), 0.4)])

    def measure(self, x: Tensor, x_hat: Tensor) -> Tensor:
        table = torch.from_numpy(self.table(3)).to(x.device)
        return table[x, x_hat].mean(dim=-1)

    def bayes(self, values: Tensor, weights: Tensor) -> Tensor:
        table = torch.from_numpy(self.table(weights.shape[-1])).to(weights)
        return (weights @ table).argmin(dim=-1)


@attrs.frozen(kw_only=True)
class Surprise(LogarithmicLoss):
    """-log2 q(x)."""

    name: ClassVar[str] = "surprise"
    unit: ClassVar[str] = "bit"
    is_power: ClassVar[bool] = False

    def measure(self, x: Tensor, x_hat: Tensor) -> Tensor:
        chance = x_hat.gather(-1, x.unsqueeze(-1)).squeeze(-1)
        return -chance.clamp(min=1e-9).log2().mean(dim=-1)

    def bayes(self, values: Tensor, weights: Tensor) -> Tensor:
        return weights / weights.sum(dim=-1, keepdim=True)


class TestAbsolute(DistortionKit):
    component = Absolute()
    plugin = None


class TestWeighted(DistortionKit):
    component = Weighted()
    plugin = None


class TestSurprise(DistortionKit):
    component = Surprise()
    plugin = None
    alphabet = 4


def kit_of(base: type, **methods: Any) -> type[DistortionKit]:
    """The kit of a class that has these methods in place of its own."""
    wrong = attrs.frozen(kw_only=True)(type("Wrong", (base,), methods))
    return type("Kit", (DistortionKit,), {"component": wrong(), "plugin": None})


def mean(_self: Any, values: Tensor, weights: Tensor) -> Tensor:
    return (values * weights).sum(dim=-1) / weights.sum(dim=-1)


WRONG: list[tuple[str, type[DistortionKit], str, str]] = [
    (
        "unit",
        kit_of(Absolute, unit=None),
        "says_its_unit",
        "has no unit",
    ),
    (
        "power",
        kit_of(Absolute, is_power="no"),
        "says_its_unit",
        "is_power is 'no'; write is_power = True where",
    ),
    (
        "whole",
        kit_of(Absolute, measure=lambda _s, x, x_hat: (x - x_hat).abs()),
        "measure_gives_one_number_a_block",
        "of shape (0, 1) and not floats of shape (0,): one number a block",
    ),
    (
        "negative",
        kit_of(Absolute, measure=lambda _s, x, x_hat: (x - x_hat).mean(dim=-1)),
        "measure_gives_one_number_a_block",
        "a distortion is finite and not negative",
    ),
    (
        "sum",
        kit_of(Absolute, measure=lambda _s, x, x_hat: (x - x_hat).abs().sum(dim=-1)),
        "measure_is_the_mean_over_the_block",
        "measure of blocks and the mean over their samples differ by",
    ),
    (
        "floor",
        kit_of(Absolute, measure=lambda _s, x, x_hat: (x - x_hat).abs().mean(dim=-1) + 0.1),
        "what_is_known_costs_nothing",
        "for certain, the x_hat of bayes has distortion 0.1 and not 0",
    ),
    (
        "mean",
        kit_of(Absolute, bayes=mean),
        "bayes_is_the_best",
        "bayes gives",
    ),
    (
        "not normalised",
        kit_of(Surprise, bayes=lambda _s, values, weights: weights),
        "bayes_takes_weights_of_any_scale_and_shape",
        "bayes of weights and of their multiple differ by",
    ),
    (
        "log of zero",
        kit_of(
            Surprise,
            measure=lambda _s, x, q: -q.gather(-1, x.unsqueeze(-1)).log2().mean(dim=(-1, -2)),
        ),
        "gradients_are_finite_and_the_slope",
        "keep away from log(0)",
    ),
    (
        "detached",
        kit_of(Absolute, measure=lambda _s, x, h: ((x - h) * (x - h.detach())).mean(dim=-1)),
        "gradients_are_finite_and_the_slope",
        "the gradient of measure is not its slope",
    ),
    (
        "symbols alone",
        kit_of(
            Weighted,
            table=lambda _s, alphabet: 1 - np.eye(alphabet),
            measure=lambda s, x, h: torch.from_numpy(s.table(3))[x, h].mean(dim=-1),
        ),
        "a_distribution_that_is_certain_is_a_symbol",
        "measure fails for x_hat of shape (9, 1, 3) (",
    ),
    (
        "table",
        kit_of(Weighted, measure=lambda _s, x, x_hat: (x != x_hat).double().mean(dim=-1)),
        "table_agrees_with_measure",
        "measure of x = 0 and x_hat = 3 is 1, and table has 0.4",
    ),
]


@pytest.mark.parametrize(
    ("kit", "test", "says"), [row[1:] for row in WRONG], ids=[r[0] for r in WRONG]
)
def test_a_wrong_distortion_is_caught(kit: type[DistortionKit], test: str, says: str) -> None:
    assert says in complaint(kit, test)


def test_a_distortion_that_is_right_in_all_but_one_thing_fails_one_test() -> None:
    found = complaints(kit_of(Absolute, bayes=mean))
    found.pop("test_comes_back_from_a_pickle")  # no class of this page is at the top of a module
    assert list(found) == ["test_bayes_is_the_best"]
