"""Scenarios that tests vary. Built from data, without files."""

from __future__ import annotations

from typing import Any

import attrs

from wzsim.builtin.bounds.rate_distortion import RateDistortionBound
from wzsim.builtin.bounds.wyner_ziv import WynerZivBound
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.decoders.rnn_layered import RnnLayeredDecoderConfig
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.builtin.encoders.rnn_layered import RnnLayeredEncoderConfig
from wzsim.builtin.inputs import Features
from wzsim.builtin.rates.priors import ConditionalConfig, MarginalConfig
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import DensityChannel
from wzsim.scenario.exact_training import ExactTraining
from wzsim.scenario.model import (
    CodeTable,
    Correlation,
    Evaluation,
    GumbelSoftmaxTraining,
    Scenario,
)


def paper_scenario(
    *,
    alphabet_sizes: tuple[int, ...] = (2, 2, 2),
    rate_estimator: str = "conditional",
    noise_variance: float = 0.1,
    hidden_size: int = 100,
    samples: int = 20_000,
    seed: int = 2023,
    **training: Any,
) -> Scenario:
    """The paper's 222 scenario, with what a test wants otherwise."""
    width = {"hidden_size": hidden_size}
    prior = {"marginal": MarginalConfig, "conditional": ConditionalConfig}[rate_estimator]
    defaults = {"lagrange_multiplier": 160.0, "epochs": 2, "samples_per_epoch": 20_000}
    return Scenario(
        name="test",
        seed=seed,
        correlation=Correlation(
            source=GaussianSource(), channel=GaussianChannel(noise_variance=noise_variance)
        ),
        distortion=SquaredError(),
        code=CodeTable(
            alphabet_sizes=alphabet_sizes,
            encoder=RnnLayeredEncoderConfig(**width),
            rate_estimator=prior(**width),
            decoder=RnnLayeredDecoderConfig(**width),
        ),
        training=GumbelSoftmaxTraining(**(defaults | training)),
        evaluation=Evaluation(samples=samples, bounds=(WynerZivBound(), RateDistortionBound())),
    )


def exact_scenario(
    *,
    alphabet_sizes: tuple[int, ...] = (2, 2),
    noise_variance: float = 0.1,
    channel: DensityChannel | None = None,
    features: Features = "fourier",
    hidden_size: int = 32,
    seed: int = 1,
    **training: Any,
) -> Scenario:
    """A small scenario that is trained by the exact expectation, in a second or two."""
    base = paper_scenario(alphabet_sizes=alphabet_sizes, seed=seed)
    network: dict[str, Any] = {"hidden_size": hidden_size, "features": features}
    quick = {"lagrange_multiplier": 120.0, "steps": 200, "restarts": 4, "search_rounds": 5}
    return attrs.evolve(
        base,
        correlation=Correlation(
            source=GaussianSource(),
            channel=channel or GaussianChannel(noise_variance=noise_variance),
        ),
        code=CodeTable(
            alphabet_sizes=alphabet_sizes,
            encoder=RnnLayeredEncoderConfig(**network),
            rate_estimator=ConditionalConfig(**network),
            decoder=RnnLayeredDecoderConfig(**network),
        ),
        training=ExactTraining(**(quick | training)),
        evaluation=Evaluation(method="quadrature", bounds=(WynerZivBound(),)),
    )
