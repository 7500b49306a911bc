"""What the report says of data that is not what a channel assumes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from wzsim import app
from wzsim.scenario import parse_scenario

from wzsim_data import DataPair
from wzsim_data.families import FAMILIES
from wzsim_data.fitting import fit
from wzsim_data.reading import Pairs
from wzsim_data.report import report
from wzsim_data.scenario import coders_of, scenario_of

Array = NDArray[np.float64]

ALONE = ["no:wzsim-laplace", "no:wzsim-mixture"]


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


def test_symbols_are_no_numbers() -> None:
    random = np.random.default_rng(2)
    y = random.integers(0, 2, 500).astype(float)
    text = text_of(np.where(random.random(500) < 0.1, 1 - y, y), y, *ALONE)
    assert "warning: x takes 2 values only" in text


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


def heavy(rows: int) -> Pairs:
    random = np.random.default_rng(2)
    y = random.normal(size=rows)
    return Pairs(y + 0.2 * random.standard_t(1.3, rows), y)


def test_a_law_without_variance_is_ranked_and_not_chosen() -> None:
    pytest.importorskip("wzsim_mixture")
    study = fit(heavy(2_000), app.registry(["wzsim_mixture"]))
    text = "\n".join(report(study))
    assert study.families[0].name == "student-t"
    assert "(no variance)" in text
    assert "* chosen is gaussian-mixture: student-t has no variance to bound" in text
    assert "not compared, because wzsim-data has no fit for it: state-dependent" in text


def test_where_no_law_has_a_variance_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wzsim_mixture")
    monkeypatch.setattr("wzsim_data.fitting.FAMILIES", {"student-t": FAMILIES["student-t"]})
    registry = app.registry(["wzsim_mixture"])
    study = fit(heavy(2_000), registry)
    assert "warning: the fitted noise has no variance" in "\n".join(report(study))
    assert 0.1 < study.chosen.law.deviation < 1
    text = scenario_of(study, "rows.csv", "a", "b")
    assert parse_scenario(text, registry).scenario.name == "rows"


def test_under_heavy_tails_the_bound_that_takes_minutes_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("wzsim_mixture")
    monkeypatch.setattr("wzsim_data.fitting.FAMILIES", {"student-t": FAMILIES["student-t"]})
    registry = app.registry(["wzsim_mixture", "wzsim_data"])
    random = np.random.default_rng(2)
    y = random.normal(size=2_000)
    study = fit(Pairs(y + 0.2 * random.standard_t(3, 2_000), y), registry)
    (tmp_path / "s.toml").write_text(scenario_of(study, "rows.csv", "a", "b"))
    (tmp_path / "c.toml").write_text(coders_of(study, "s.toml", "rows.csv", "a", "b"))
    law, rows = app.load_sweep(tmp_path / "c.toml", registry).points[:2]
    assert [bound.name for bound in law.scenario.evaluation.bounds] == ["wyner-ziv"]
    assert rows.scenario.evaluation.bounds == ()


def test_the_reason_of_the_choice_is_said() -> None:
    pytest.importorskip("wzsim_mixture")
    random = np.random.default_rng(1)
    y = random.normal(size=2_000)
    registry = app.registry(["wzsim_mixture", "no:wzsim-laplace"])
    text = "\n".join(report(fit(Pairs(y + random.normal(size=2_000), y), registry)))
    assert re.search(
        r"^\* chosen is gaussian: "
        r"(it has the highest score, and none simpler is within one standard error"
        r"|with 1 free parameter it is the simplest within one standard error of [a-z-]+)$",
        text,
        re.MULTILINE,
    )
    assert "\ngaussian *  " in text


def test_names_from_a_file_stay_in_their_comment(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    y = random.normal(size=500)
    study = fit(Pairs(y + random.normal(size=500), y), app.registry(ALONE))
    x, path = 'a"\nseed = 7\n"', "rows\nname = 'other'\n.csv"
    (tmp_path / "s.toml").write_text(scenario_of(study, path, x, "b\rc"))
    (tmp_path / "c.toml").write_text(coders_of(study, "s.toml", path, x, "b\rc"))
    registry = app.registry([*ALONE, "wzsim_data"])
    sweep = app.load_sweep(tmp_path / "c.toml", registry)
    assert len(sweep.points) == 6
    scenario = sweep.points[1].scenario
    assert scenario.seed == 2023
    pair = scenario.evaluation_pair()
    assert isinstance(pair, DataPair)
    assert (pair.path, pair.x, pair.y, pair.part) == (path, x, "b\rc", "held-out")


def test_a_laplacian_side_information_is_a_laplacian_source() -> None:
    pytest.importorskip("wzsim_laplace")
    random = np.random.default_rng(1)
    y = random.laplace(5, 2, 2_000)
    registry = app.registry(["wzsim_laplace", "no:wzsim-mixture"])
    study = fit(Pairs(y + random.normal(size=2_000), y), registry)
    assert [source.name for source in study.sources] == ["laplace", "gaussian"]
    assert study.sources[0].keys == {"scale": pytest.approx(2, rel=0.1)}
    assert "Y' is taken as laplace: gaussian is 0.0" in "\n".join(report(study))
    loaded = parse_scenario(scenario_of(study, "rows.csv", "a", "b"), registry)
    assert loaded.scenario.correlation.source.name == "laplace"
