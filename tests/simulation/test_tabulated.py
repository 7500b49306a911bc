"""Codes read from tables say what their networks say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.builtin.test_rnn_layered import build
from tests.scenarios import exact_scenario, paper_scenario
from wzsim.contracts import Code, DensityPair
from wzsim.scenario.model import Scenario
from wzsim.simulation.monte_carlo import evaluate_by_monte_carlo
from wzsim.simulation.quadrature import evaluate_by_quadrature
from wzsim.simulation.tabulated import TOLERANCE, quick_code, quick_encode
from wzsim.theory import encoder


def code_of(scenario: Scenario) -> Code:
    return Code(*build(scenario))


@pytest.mark.parametrize("kind", ["marginal", "conditional"])
@pytest.mark.parametrize("sizes", [(2, 2, 2), (2, 3)])
def test_tables_agree_with_networks_sample_by_sample(kind: str, sizes: tuple[int, ...]) -> None:
    scenario = paper_scenario(alphabet_sizes=sizes, rate_estimator=kind, hidden_size=16)
    code, pair = code_of(scenario), scenario.correlation.as_pair()
    with torch.inference_mode():
        quick = quick_code(code, pair, torch.Generator())
        assert quick.code_lengths != code.rate_estimator.code_lengths
        x, y = pair.sample(50_000, torch.Generator().manual_seed(5))
        message = quick.encode(x, None)
        whole = code.encoder.encode(x)
        pairs = [
            *zip(
                quick.code_lengths(message, y, None),
                code.rate_estimator.code_lengths(message, y),
                strict=True,
            ),
            *zip(
                quick.reconstruct(message, y, None),
                code.decoder.reconstruct(message, y),
                strict=True,
            ),
        ]
    for mine, own in zip(message.stages, whole.stages, strict=True):
        assert float((mine == own).float().mean()) > 1 - 1e-4  # rounding of x at a threshold
    for fast, exact in pairs:
        assert fast.shape == exact.shape
        assert float((fast - exact).abs().max()) < 1e-3
        assert float((fast - exact).double().mean().abs()) < 2 * TOLERANCE


@pytest.mark.parametrize("features", ["none", "fourier"])
def test_sampling_agrees_with_quadrature(features: str) -> None:
    scenario = exact_scenario(features=features)  # type: ignore[arg-type]  # one of the two
    code, pair = code_of(scenario), scenario.correlation.as_pair()
    assert isinstance(pair, DensityPair)
    exact = evaluate_by_quadrature(code, pair, scenario.distortion)
    moments = evaluate_by_monte_carlo(
        code,
        pair,
        scenario.distortion,
        400_000,
        torch.Generator().manual_seed(2),
        "test",
        lambda _event: None,
    )
    deviation = moments.mean - np.concatenate([exact.rate, exact.distortion])
    assert np.all(np.abs(deviation) < 5 * moments.standard_error(np.eye(4)))


def test_a_code_of_too_many_messages_is_not_tabulated() -> None:
    scenario = paper_scenario(alphabet_sizes=(128, 64), hidden_size=8)
    code = code_of(scenario)
    quick = quick_code(code, scenario.correlation.as_pair(), torch.Generator())
    assert quick.code_lengths == code.rate_estimator.code_lengths


def test_a_scan_of_too_long_a_line_does_not_stand_for_the_encoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cells that it may have missed would count."""
    scenario = exact_scenario()
    code, pair = code_of(scenario), scenario.correlation.as_pair()
    assert quick_encode(code, pair, torch.Generator()) != code.encoder.encode
    monkeypatch.setattr(encoder, "SCAN_POINTS", (500, 1_000))
    assert quick_encode(code, pair, torch.Generator()) == code.encoder.encode
