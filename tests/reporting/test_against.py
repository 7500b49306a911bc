"""Figures against a key of the scenario."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from wzsim.errors import InputError
from wzsim.reporting.against import against_figure, series_against
from wzsim.simulation.result import Result
from wzsim.testing.example import example_result

KEY = "correlation.channel.noise_variance"


def variant(noise_variance: Any, encoder: str = "nsq") -> Result:
    base = example_result()
    correlation = dict(base.scenario["correlation"])
    correlation["channel"] = {**correlation["channel"], "noise_variance": noise_variance}
    code = dict(base.scenario["code"])
    code["encoder"] = {"name": encoder}
    return attrs.evolve(base, scenario={**base.scenario, "correlation": correlation, "code": code})


def test_results_are_grouped_by_what_else_differs_and_sorted_by_the_key() -> None:
    results = [variant(0.3), variant(0.1), variant(0.2, "lloyd"), variant(0.1, "lloyd")]
    found = series_against(results, KEY)
    assert [one.label for one in found] == ["encoder=nsq", "encoder=lloyd"]
    assert [one.at.tolist() for one in found] == [[0.1, 0.3], [0.1, 0.2]]


def test_the_figure_draws_the_last_stage_of_each() -> None:
    figure = against_figure([variant(0.1), variant(0.2), variant(0.4)], KEY)
    rate, distortion, gap = figure.axes
    stages = example_result().stages
    assert stages.distortion_db is not None
    np.testing.assert_allclose(rate.lines[0].get_ydata(), stages.sum_rate[-1])
    np.testing.assert_allclose(distortion.lines[0].get_ydata(), stages.distortion_db[-1])
    assert rate.get_xlabel() == "channel.noise_variance"
    assert "bit/sample" in rate.get_ylabel()
    assert gap.get_ylim()[0] == 0.0


def test_a_wide_range_is_drawn_on_a_logarithmic_axis() -> None:
    wide = against_figure([variant(0.02), variant(0.5)], KEY)
    narrow = against_figure([variant(0.1), variant(0.2)], KEY)
    assert wide.axes[0].get_xscale() == "log"
    assert [tick.get_text() for tick in wide.axes[0].get_xticklabels()] == [
        "0.02", "0.05", "0.1", "0.2", "0.5",
    ]  # fmt: skip
    assert narrow.axes[0].get_xscale() == "linear"


def test_a_key_that_is_not_there_or_no_number_is_refused() -> None:
    with pytest.raises(InputError, match="did you mean 'correlation"):
        series_against([variant(0.1)], "correlation.channel.noise_varianc")
    with pytest.raises(InputError, match=r"; keys with a number: .*correlation\.source\.variance"):
        series_against([variant(0.1)], "zzz")
    with pytest.raises(InputError, match="is no number: 'nsq'"):
        series_against([variant(0.1)], "code.encoder.name")
