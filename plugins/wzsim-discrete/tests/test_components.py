"""The kits of wzsim on every component, and what the kits do not know."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from wzsim_discrete.channels import (
    BinarySymmetricChannel,
    ErasureChannel,
    MatrixChannel,
    ZChannel,
)
from wzsim_discrete.distortions import Hamming, LogLoss
from wzsim_discrete.sources import BernoulliSource, SymbolSource

from wzsim.contracts import compose
from wzsim.errors import ScenarioError
from wzsim.testing import ChannelKit, DistortionKit, SourceKit


class TestBernoulli(SourceKit):
    component = BernoulliSource(probability=0.3)


class TestSymbols(SourceKit):
    component = SymbolSource(law=(0.5, 0.2, 0.0, 0.3))


class TestBinarySymmetric(ChannelKit):
    component = BinarySymmetricChannel(crossover=0.1)


class TestZ(ChannelKit):
    component = ZChannel(loss=0.3)


class TestErasure(ChannelKit):
    component = ErasureChannel(erasure=0.4, alphabet=3)


class TestMatrix(ChannelKit):
    component = MatrixChannel(inputs=2, transition=(0.2, 0.3, 0.5, 1.0, 0.0, 0.0))


class TestHamming(DistortionKit):
    component = Hamming()


class TestLogLoss(DistortionKit):
    component = LogLoss()


def test_laws_that_are_none_are_refused() -> None:
    with pytest.raises(ScenarioError, match=r"sum to 0.9 and not to 1"):
        SymbolSource(law=(0.5, 0.4))
    with pytest.raises(ScenarioError, match=r"5 numbers do not make 2 equal rows"):
        MatrixChannel(inputs=2, transition=(0.2, 0.3, 0.5, 1.0, 0.0))
    with pytest.raises(ScenarioError, match=r"sum to 1.5"):
        MatrixChannel(inputs=2, transition=(0.5, 0.5, 1.0, 0.5))


def test_the_joint_law_of_a_pair_either_way() -> None:
    source, channel = BernoulliSource(probability=0.25), ZChannel(loss=0.5)
    expected = np.array([[0.75, 0.0], [0.125, 0.125]])
    assert np.allclose(compose(source, channel, "x").joint(), expected)
    assert np.allclose(compose(source, channel, "y").joint(), expected.T)


def test_hamming_of_symbols_and_of_distributions() -> None:
    x = torch.tensor([[0, 1], [2, 2]])
    hamming = Hamming()
    assert hamming.measure(x, torch.tensor([[0, 0], [2, 2]])).tolist() == [0.5, 0.0]
    weights = torch.tensor([[[0.9, 0.1, 0.0], [0.5, 0.5, 0.0]], [[0, 0, 1.0], [0.2, 0.2, 0.6]]])
    assert torch.allclose(hamming.measure(x, weights), torch.tensor([0.3, 0.2]))
    assert hamming.bayes(torch.arange(3), weights).tolist() == [[0, 0], [2, 2]]


def test_log_loss_is_least_for_the_true_distribution() -> None:
    x = torch.tensor([[0], [0], [0], [1]])
    loss = LogLoss()
    true, other = torch.tensor([0.75, 0.25]), torch.tensor([0.6, 0.4])
    means = [float(loss.measure(x, q.expand(4, 1, 2)).mean()) for q in (true, other)]
    assert means[0] == pytest.approx(0.811278, abs=1e-5)
    assert means[1] > means[0]
    assert torch.allclose(loss.bayes(torch.arange(2), 8 * true), true)
    assert torch.isfinite(loss.measure(x, torch.tensor([0.0, 1.0]).expand(4, 1, 2))).all()
