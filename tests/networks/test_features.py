"""Fourier features and the output around an estimate."""

from __future__ import annotations

import math

import pytest
import torch

from wzsim.networks.features import AroundEstimate, FourierFeatures


def test_the_series_covers_the_band() -> None:
    """Harmonics of 1.1 times the interval, up to the bandwidth."""
    features = FourierFeatures(-2.0, 3.0, 4.0)
    period = 1.1 * 5.0
    count = math.ceil(4.0 * period / (2 * math.pi))
    assert features.size == 1 + 2 * count
    value = torch.tensor([[-2.0], [0.5], [3.0], [1.25]])
    seen = features(value)
    assert seen.shape == (4, features.size)
    assert seen[:3, 0].tolist() == pytest.approx([-1.0, 0.0, 1.0])
    harmonic = torch.arange(1, count + 1) * 2 * math.pi / period
    phase = (value - 0.5) * harmonic
    assert torch.allclose(seen[:, 1 : count + 1], phase.cos(), atol=1e-5)
    assert torch.allclose(seen[:, count + 1 :], phase.sin(), atol=1e-5)


def test_a_wide_interval_gets_no_more_than_the_most() -> None:
    assert FourierFeatures(-1e6, 1e6, 10.0).size == 1 + 2 * FourierFeatures.MOST


def test_output_around_an_estimate() -> None:
    around = AroundEstimate(0.5, 1.0, 0.1)
    y = torch.tensor([[2.0], [4.0]])
    value = torch.tensor([[1.0, -1.0, 0.0], [0.0, 2.0, 1.0]])
    expected = torch.tensor([[2.1, 1.9, 2.0], [3.0, 3.2, 3.1]])
    assert torch.allclose(around(y, value), expected)


def test_they_come_back_from_their_state() -> None:
    features, other = FourierFeatures(-1.0, 1.0, 5.0), FourierFeatures(-2.0, 2.0, 2.5)
    other.load_state_dict(features.state_dict())
    value = torch.randn(5, 1, generator=torch.Generator().manual_seed(1))
    assert torch.equal(features(value), other(value))
