"""Damaged streams: an error for people, or right symbols and the missing ones named.

`python -m benchmarks fuzz` does the same with 10,000.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

import wzsim
from tests.stream_mutations import Case, forged, fuzzed

CODERS = str(Path(__file__).parent / "coders.py")

SCENARIO = """
schema = 1
name = "small"
[correlation]
source = "gaussian"
channel = {{ name = "gaussian", noise_variance = 0.1 }}
[code]
alphabet_sizes = [2, 2]
rate_estimator = "{rate}"
encoder = {{ name = "nsq", step = 0.5, dither = {dither} }}
"""


def small_cases() -> list[Case]:
    """Entropy and Slepian-Wolf coders, with and without dither, two arrays each."""
    rng = np.random.default_rng(4)
    cases = []
    for rate, dither, coder in (
        ("marginal", "false", "range"),
        ("marginal", "false", "rans"),
        ("conditional", "true", "pieces"),
        ("conditional", "false", "ldpc"),
    ):
        result = wzsim.run(tomllib.loads(SCENARIO.format(rate=rate, dither=dither)))
        for _ in range(2):
            shape = (20, 40) if coder == "ldpc" else (5, 10)
            y = rng.normal(size=shape).astype(np.float32)
            x = y + rng.normal(size=y.shape).astype(np.float32) * 0.25
            cases.append(Case.of(result, x, y, coder, (CODERS,)))
    return cases


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return small_cases()


def test_whole_streams_are_right(cases: list[Case]) -> None:
    for case in cases:
        assert case.outcome(case.stream, forged=False) == "whole"
        assert forged(case.stream) == case.stream


def test_damaged_streams(cases: list[Case]) -> None:
    outcomes = fuzzed(cases, 250, seed=1)
    assert set(outcomes) <= {
        "whole", "fewer layers", "some blocks named", "StreamError", "InputError",
        "RunFailedError", "CapabilityError",
    }  # fmt: skip
    assert outcomes["some blocks named"] > 50
    assert outcomes["StreamError"] > 50
