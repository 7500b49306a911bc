"""Certified intervals hold the closed forms, and codes stay above them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from wzsim_discrete import closed_forms
from wzsim_discrete.channels import BinarySymmetricChannel, ErasureChannel, ZChannel
from wzsim_discrete.distortions import Hamming, LogLoss
from wzsim_discrete.sources import BernoulliSource

import wzsim
from wzsim.builtin.bounds.wyner_ziv import WynerZivBound
from wzsim.contracts import compose

SCENARIOS = Path(__file__).parents[1] / "scenarios"

CASES = {
    "binary symmetric": (
        BernoulliSource(),
        BinarySymmetricChannel(crossover=0.1),
        0.1,
        lambda d: closed_forms.doubly_symmetric(0.1, d),
    ),
    "erasure": (
        BernoulliSource(probability=0.3),
        ErasureChannel(erasure=0.4),
        0.12,
        lambda d: closed_forms.erased(0.3, 0.4, d),
    ),
    "z-channel": (
        BernoulliSource(probability=0.4),
        ZChannel(loss=0.3),
        0.12,
        lambda d: closed_forms.one_uncertain_value(0.72, 0.12 / 0.72, d),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_closed_form_lies_in_the_certified_interval(case: str) -> None:
    source, channel, largest, closed = CASES[case]
    pair = compose(source, channel, "x")
    bound = WynerZivBound()
    assert bound.applies_to(pair, Hamming())
    function = bound.on(pair, Hamming())
    assert function.largest_distortion == pytest.approx(largest)
    at = np.linspace(0, largest, 21)
    interval = function.rate(at)
    assert np.all(interval.lower <= closed(at) + 1e-9)
    assert np.all(closed(at) <= interval.upper + 1e-9)
    assert np.max(interval.upper - interval.lower) < 2e-5


def test_log_loss_costs_a_bit_a_bit() -> None:
    pair = compose(BernoulliSource(), BinarySymmetricChannel(crossover=0.11), "x")
    function = WynerZivBound().on(pair, LogLoss())
    entropy = float(closed_forms.binary_entropy(0.11))
    assert function.rate(0.2).lower == pytest.approx(entropy - 0.2)


def test_a_learned_code_sends_what_pays_and_stays_above_the_bound() -> None:
    result = wzsim.run(
        SCENARIOS / "dsbs.toml",
        overrides=["training.steps=150", "training.restarts=2", "evaluation.samples=100_000"],
    )
    stages = result.stages
    assert stages.gap_bits is not None
    assert stages.gap_bits[-1] > -3 * stages.errors["gap_bits"][-1]
    # One binary message of a bit: the bit itself, at H(X | Y), or nothing.
    assert stages.sum_rate[-1] == pytest.approx(closed_forms.binary_entropy(0.25), abs=0.02)
    assert stages.distortion[-1] < 1e-3


def test_a_learned_code_under_log_loss_lies_on_the_bound_with_time_sharing() -> None:
    result = wzsim.run(
        SCENARIOS / "log_loss.toml",
        overrides=["training.steps=200", "training.restarts=2", "evaluation.samples=100_000"],
    )
    stages = result.stages
    total = stages.sum_rate + stages.distortion
    entropy = result.bounds["wyner-ziv"].distortion[0]  # H(X | Y)
    assert np.all(total > entropy - 0.02)
    assert np.all(total < entropy + 0.05)
