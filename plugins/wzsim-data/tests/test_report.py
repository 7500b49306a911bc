"""What the report says of data that is not what a channel assumes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from wzsim import app
from wzsim.scenario import parse_scenario

from wzsim_data.fitting import fit
from wzsim_data.reading import Pairs
from wzsim_data.report import report
from wzsim_data.scenario import scenario_of

Array = NDArray[np.float64]


def text_of(x: Array, y: Array, *plugins: str) -> str:
    return "\n".join(report(fit(Pairs(x, y), app.registry(plugins))))


def test_independent_gaussian_noise_has_no_warning() -> None:
    random = np.random.default_rng(2)
    y = random.normal(size=5_000)
    text = text_of(y + random.normal(size=5_000), y, "no:wzsim-laplace", "no:wzsim-mixture")
    assert "warning" not in text
    assert "steps of" not in text
    assert "not compared, because the channel is not installed: " in text


def test_rounded_data_is_said_to_be_rounded() -> None:
    random = np.random.default_rng(2)
    y = random.integers(0, 256, 5_000).astype(float)
    text = text_of(np.round(y + random.normal(0, 4, 5_000)), y)
    assert "x comes in steps of 1: each value is taken as known to +-0.5" in text


def test_rows_that_depend_on_each_other() -> None:
    random = np.random.default_rng(2)
    y = random.normal(size=5_000)
    noise = np.convolve(random.normal(size=5_009), np.ones(10) / 10, mode="valid")
    text = text_of(y + noise, y)
    assert "warning: the noise of neighbouring rows has correlation 0.9" in text


def test_noise_that_depends_on_the_side_information() -> None:
    random = np.random.default_rng(2)
    y = random.uniform(1, 2, 5_000)
    text = text_of(y + (y - 1) * random.normal(size=5_000), y)
    assert "the noise is not independent of Y'" in text


def test_moments_that_do_not_exist() -> None:
    pytest.importorskip("wzsim_mixture")
    random = np.random.default_rng(2)
    y = random.normal(size=5_000)
    pairs = Pairs(y + 0.2 * random.standard_t(1.3, 5_000), y)
    registry = app.registry(["wzsim_mixture"])
    study = fit(pairs, registry)
    text = "\n".join(report(study))
    assert study.best.name == "student-t"
    assert "(no variance)" in text
    assert "warning: the fitted noise has no variance" in text
    # A step that fits most of the noise, and a scenario that is accepted all the same.
    assert 0.1 < study.best.law.deviation < 1
    assert (
        parse_scenario(scenario_of(study, "rows.csv", "a", "b"), registry).scenario.name == "rows"
    )
