"""The paper's networks: their sizes, and what the prior sees. test_kits.py has the rest."""

from __future__ import annotations

import torch

from tests.scenarios import paper_scenario
from wzsim.contracts import (
    LearnedDecoder,
    LearnedEncoder,
    LearnedRateEstimator,
)
from wzsim.scenario.model import Scenario


def build(
    scenario: Scenario, seed: int = 0
) -> tuple[LearnedEncoder, LearnedRateEstimator, LearnedDecoder]:
    problem, generator = scenario.problem(), torch.Generator().manual_seed(seed)
    encoder = scenario.code.encoder.build(problem, generator)
    estimator = scenario.code.rate_estimator.build(problem, encoder, generator)
    decoder = scenario.code.decoder.build(problem, encoder, generator)
    assert isinstance(encoder, LearnedEncoder)
    assert isinstance(estimator, LearnedRateEstimator)
    assert isinstance(decoder, LearnedDecoder)
    return encoder, estimator, decoder


def column(values: int = 7) -> torch.Tensor:
    return torch.randn(values, 1, generator=torch.Generator().manual_seed(4))


def test_conditional_prior_sees_y() -> None:
    _, conditional, _ = build(paper_scenario(rate_estimator="conditional"))
    y = column()
    for one, two in zip(conditional.tree_log_probs(y), conditional.tree_log_probs(-y), strict=True):
        assert not torch.equal(one, two)


def test_parameter_counts_are_the_papers_networks() -> None:
    """Two layers of 100: recurrences 2 x 100^2, one layer-to-layer 100^2, inputs, biases, heads."""
    encoder, prior, decoder = build(paper_scenario())
    core = 3 * 100 * 100 + 2 * 100
    counts = [
        sum(parameter.numel() for parameter in part.parameters())
        for part in (encoder, prior, decoder)
    ]
    assert counts == [
        core + 100 * 1 + (100 * 2 + 2),
        core + 100 * (1 + 2) + 3 * (100 * 2 + 2),
        core + 100 * (1 + 2) + (100 * 1 + 1),
    ]
