"""Pairs that are drawn jointly: right ones pass, and each mistake is caught and named."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from tests.contracts.test_pair import Coin, Erasure
from tests.kits import complaint
from tests.laplace import LaplaceChannel, UniformSource
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import DensityPair, DiscretePair, PairSource, compose
from wzsim.testing import PairKit

GAUSSIAN: Any = compose(GaussianSource(), GaussianChannel(noise_variance=0.1), "y")
SYMBOLS: Any = compose(Coin(p=0.3), Erasure(e=0.4), "x")


@attrs.frozen(kw_only=True)
class Rows(PairSource):
    """Rows of a table, drawn with replacement."""

    name = "rows"

    @property
    def block_length(self) -> int:
        return 2

    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        row = torch.randint(100, (batch, 2), generator=generator, device=generator.device)
        return row / 100, (row + 3) / 100


@attrs.frozen(kw_only=True)
class Joint(PairSource, DensityPair):
    """X = Y + N, and what is wrong with it."""

    name = "joint"
    scale: float = 1.0
    shift: float = 0.0
    mass: float = 1.0
    narrow: float = 1.0

    @property
    def block_length(self) -> int:
        return 1

    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        x, y = self.pair.sample(batch, generator)
        return y + self.scale * (x - y), y + self.shift

    @property
    def pair(self) -> DensityPair:
        pair: DensityPair = GAUSSIAN
        return pair

    def log_prob(self, x: Tensor, y: Tensor) -> Tensor:
        return self.pair.log_prob(x, y) + np.log(self.mass)

    def x_interval(self, tail: float) -> tuple[float, float]:
        low, high = self.pair.x_interval(tail)
        return self.narrow * low, self.narrow * high

    def y_interval(self, tail: float) -> tuple[float, float]:
        return self.pair.y_interval(tail)


@attrs.frozen(kw_only=True)
class Kinked(Joint):
    """Laplacian noise on a uniform law: kinks and jumps in x and in y."""

    name = "kinked"

    @property
    def pair(self) -> DensityPair:
        pair: Any = compose(UniformSource(), LaplaceChannel(scale=0.2), "x")
        return pair

    def x_interval_given(self, y: Any, tail: float) -> Any:
        return self.pair.x_interval_given(y, tail)

    def x_breakpoints_given(self, y: Any) -> Any:
        return self.pair.x_breakpoints_given(y)

    def y_breakpoints(self, thresholds: Any) -> Any:
        return self.pair.y_breakpoints(thresholds)


@attrs.frozen(kw_only=True)
class Symbols(PairSource, DiscretePair):
    """A coin that is received or erased."""

    name = "coins"
    off: float = 0.0

    @property
    def block_length(self) -> int:
        return 1

    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        x, y = SYMBOLS.sample(batch, generator)
        return x, y

    def joint(self) -> NDArray[np.float64]:
        joint: NDArray[np.float64] = SYMBOLS.joint().copy()
        joint[0, 0] += self.off
        joint[1, 1] -= self.off
        return joint


class TestRows(PairKit):
    component = Rows()
    plugin = None


class TestJoint(PairKit):
    component = Joint()
    plugin = None


class TestKinked(PairKit):
    component = Kinked()
    plugin = None


class TestSymbols(PairKit):
    component = Symbols()
    plugin = None


X_GIVEN_Y = "x_given_y_follows_the_density"


@pytest.mark.parametrize(
    ("component", "test", "says"),
    [
        (Joint(scale=1.03), X_GIVEN_Y, "do not belong together: for all y, P(X <= x | y)"),
        (
            Joint(shift=0.02),
            "y_follows_the_density",
            "joint', y: sample and log_prob do not belong",
        ),
        (Joint(mass=1.01), "density_integrates_to_one", "the density integrates to 1.01 and not"),
        (Joint(narrow=0.5), "intervals_hold_the_samples", "lie outside of x_interval(0.1), which"),
        (Joint(narrow=-1.0), "intervals_grow_as_their_tail_shrinks", "x_interval(1e-15) is (10."),
        (Symbols(off=0.01), "symbols_follow_the_joint_law", "does not follow joint"),
    ],
    ids=["scale", "shift", "mass", "narrow", "reversed", "joint"],
)
def test_a_pair_that_is_not_its_law_is_caught(component: PairSource, test: str, says: str) -> None:
    assert says in complaint(type("Wrong", (PairKit,), {"component": component}), test)


class Forgetful(Rows):
    """Its y comes from elsewhere."""

    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        y = torch.from_numpy(np.random.default_rng().random((batch, 2)))
        return super().sample(batch, generator)[0], y.float()


class Flat(Rows):
    """Without the axis of the block, and in double precision."""

    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        x, y = super().sample(batch, generator)
        return x, y[:, 0].double()


def test_samples_of_another_shape_or_origin_are_caught() -> None:
    def says(component: PairSource, test: str) -> str:
        return complaint(type("Wrong", (PairKit,), {"component": component}), test)

    assert says(Forgetful(), "the_generator_alone_decides_the_sample").startswith(
        "pair 'rows' draws different samples from two generators with one seed"
    )
    assert says(Flat(), "samples_have_the_shape_type_and_device_that_is_due") == (
        "pair 'rows': y of sample(0) has the shape torch.Size([0]) and not torch.Size([0, 2])"
    )
