"""Networks in the scale of the pair."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest
import torch

from tests.builtin.test_rnn_layered import build
from tests.laplace import LaplaceChannel
from tests.scenarios import exact_scenario
from tests.simulation.test_exact import SampledChannel
from wzsim.builtin.decoders.mlp_monolithic import MlpMonolithicDecoderConfig
from wzsim.builtin.encoders.mlp_monolithic import MlpMonolithicEncoderConfig
from wzsim.builtin.inputs import BANDWIDTH, LOGIT_DEVIATION, pair_scales
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import ScalarEncoder, compose
from wzsim.networks.leaky_relu_encoder import LeakyReluEncoder
from wzsim.scenario.model import Scenario


def monolithic(scenario: Scenario) -> Scenario:
    network: dict[str, Any] = {"hidden_size": 8, "features": "fourier"}
    code = attrs.evolve(
        scenario.code,
        alphabet_sizes=(4,),
        encoder=MlpMonolithicEncoderConfig(**network),
        decoder=MlpMonolithicDecoderConfig(**network),
    )
    return attrs.evolve(scenario, code=code)


@pytest.mark.parametrize("layered", [True, False])
def test_an_encoder_as_drawn_says_different_things(*, layered: bool) -> None:
    scenario = exact_scenario(hidden_size=16)
    encoder, _, _ = build(scenario if layered else monolithic(scenario))
    assert isinstance(encoder, LeakyReluEncoder)
    assert isinstance(encoder, ScalarEncoder)
    low, high = pair_scales(scenario.correlation.as_pair()).x_interval
    logits = encoder.logits(torch.linspace(low, high, 3_000)[:, None]).detach()
    spread = (logits - logits.mean(dim=1, keepdim=True)).std()
    assert float(spread) == pytest.approx(LOGIT_DEVIATION, rel=0.02)
    assert encoder.thresholds(low, high) is None
    assert len(np.unique(encoder.message_index(np.linspace(-2, 2, 2_000)))) > 1


def test_scales_of_a_pair_from_its_density_and_from_samples() -> None:
    exact = pair_scales(exact_scenario(noise_variance=0.04).correlation.as_pair())
    assert exact.slope == pytest.approx(1.0, abs=0.01)
    assert exact.deviation == pytest.approx(0.2, rel=0.01)
    drawn = pair_scales(compose(GaussianSource(), SampledChannel(noise_variance=0.04), "y"))
    assert drawn.deviation == pytest.approx(0.2, rel=0.03)
    assert drawn.y_interval[0] < -3.0


def test_a_wiener_slope_where_y_is_a_noisy_x() -> None:
    """Y = X + N: E[X | y] = y / (1 + s2)."""
    scales = pair_scales(compose(GaussianSource(), LaplaceChannel(scale=0.5), "x"))
    assert scales.slope == pytest.approx(1 / 1.5, rel=0.02)
    assert BANDWIDTH / scales.deviation < BANDWIDTH / 0.4
