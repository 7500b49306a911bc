"""Pairs get the capabilities that both of their parts can pay for."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    Base,
    Channel,
    ComposedDensityPair,
    ComposedDiscretePair,
    ComposedPair,
    DiscreteChannel,
    DiscreteSource,
    compose,
)


@attrs.frozen(kw_only=True)
class Coin(DiscreteSource):
    """P(1) = p."""

    name = "coin"
    p: float = 0.25

    def probabilities(self) -> NDArray[np.float64]:
        return np.array([1 - self.p, self.p])

    def sample(self, batch: int, generator: torch.Generator) -> torch.Tensor:
        return (torch.rand(batch, 1, generator=generator) < self.p).long()


@attrs.frozen(kw_only=True)
class Erasure(DiscreteChannel):
    """Output 2 is an erasure."""

    name = "erasure"
    e: float = 0.5

    def transition_matrix(self) -> NDArray[np.float64]:
        return np.array([[1 - self.e, 0.0, self.e], [0.0, 1 - self.e, self.e]])

    def sample(self, given: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        erased = torch.rand(given.shape, generator=generator) < self.e
        return torch.where(erased, 2, given)


class SampledOnly(Channel):
    """Noise that can only be sampled."""

    name = "sampled"

    def sample(self, given: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        return given + 1.0


def test_densities_make_a_density_pair() -> None:
    pair = compose(GaussianSource(), GaussianChannel(noise_variance=0.1), "y")
    assert isinstance(pair, ComposedDensityPair)
    assert (pair.source, pair.base) == (GaussianSource(), "y")


def test_a_channel_without_density_makes_a_pair_of_samples() -> None:
    pair = compose(GaussianSource(), SampledOnly(), "y")
    assert type(pair) is ComposedPair
    x, y = pair.sample(5, torch.Generator().manual_seed(0))
    assert torch.equal(x, y + 1.0)


@pytest.mark.parametrize("base", ["x", "y"])
def test_tables_make_a_discrete_pair_whose_joint_is_x_by_y(base: Base) -> None:
    pair = compose(Coin(), Erasure(), base)
    assert isinstance(pair, ComposedDiscretePair)
    joint = pair.joint()
    expected = np.array([[0.375, 0.0, 0.375], [0.0, 0.125, 0.125]])
    np.testing.assert_allclose(joint, expected if base == "x" else expected.T)
    x, y = pair.sample(40_000, torch.Generator().manual_seed(1))
    counts = np.zeros(joint.shape)
    np.add.at(counts, (x[:, 0].numpy(), y[:, 0].numpy()), 1 / 40_000)
    assert np.abs(counts - joint).max() < 5 * 0.5 / 200


def test_the_density_of_a_pair_on_arrays_is_its_log_prob() -> None:
    pair = compose(GaussianSource(), GaussianChannel(noise_variance=0.1), "x")
    assert isinstance(pair, ComposedDensityPair)
    x, y = np.array([[0.3], [1.0]]), np.array([[0.1, -0.4]])
    values = pair.density(x, y)
    assert values.shape == (2, 2)
    direct = np.exp(-0.5 * x**2) * np.exp(-0.5 * (y - x) ** 2 / 0.1) / (2 * np.pi * np.sqrt(0.1))
    np.testing.assert_allclose(values, direct, rtol=1e-12)
