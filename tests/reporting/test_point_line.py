"""Replicates in figures: medians where their values are, bars from quartile to quartile."""

from __future__ import annotations

import attrs
import numpy as np
from matplotlib.figure import Figure

from tests.reporting.test_replicates import OTHER, RESULT, replicate
from wzsim.reporting.against import against_figure, series_against
from wzsim.reporting.compare import compare_results
from wzsim.reporting.compare_figure import comparison_figure
from wzsim.reporting.point_line import PointLine
from wzsim.reporting.rate_distortion import rate_distortion_figure
from wzsim.reporting.replicates import MedianRun
from wzsim.simulation.result import Result
from wzsim.storage import Record

SHIFTS = (0.0, 1.0, 5.0, 2.0, 3.0)
RUNS = [replicate(seed, shift) for seed, shift in enumerate(SHIFTS)]
BASE = RESULT.stages.arrays()["distortion_db"]


def legend_texts(figure: Figure) -> list[str]:
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def lines_with_markers(figure: Figure) -> list[np.ndarray]:
    marked = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "s", "^", "D")]
    return [np.asarray(line.get_ydata()) for line in marked]


def test_the_line_is_that_of_the_medians() -> None:
    figure = rate_distortion_figure(RUNS)
    (drawn,) = lines_with_markers(figure)
    np.testing.assert_allclose(drawn, BASE + 2.0)
    assert legend_texts(figure)[0] == f"{RESULT.title} (median and quartiles of 5 runs)"


def test_bars_reach_from_quartile_to_quartile() -> None:
    line = PointLine(label="a", runs=(MedianRun.of(RUNS),), style={})
    np.testing.assert_allclose(line.bars("distortion_db"), np.ones((2, 3)))
    np.testing.assert_allclose(line.bars("sum_rate"), np.zeros((2, 3)))
    (vertical,) = (
        collection
        for collection in rate_distortion_figure(RUNS).axes[0].collections
        if np.ptp(collection.get_segments()[0][:, 1]) > 0  # type: ignore[attr-defined]
    )
    for segment, level in zip(vertical.get_segments(), BASE, strict=True):  # type: ignore[attr-defined]
        np.testing.assert_allclose(np.sort(segment[:, 1]), [level + 1.0, level + 3.0])


def test_one_run_keeps_its_standard_errors() -> None:
    line = PointLine(label="a", runs=(MedianRun.of([RESULT]),), style={})
    errors = RESULT.stages.errors["sum_rate"]
    np.testing.assert_array_equal(line.bars("sum_rate"), [errors, errors])
    assert line.runs[0].median is RESULT.stages


def test_medians_of_several_groups_are_joined_in_the_order_of_their_rates() -> None:
    slow = [attrs.evolve(run, stages=scaled(run, 2.0)) for run in RUNS]
    line = PointLine(label="a", runs=(MedianRun.of(slow), MedianRun.of(RUNS[:4])), style={})
    assert line.values("sum_rate").tolist() == sorted(line.values("sum_rate"))
    assert line.bars("distortion_db").shape == (2, 6)
    quartiles = np.diff(np.quantile(SHIFTS[:4], (0.25, 0.5)))[0]
    assert line.bars("distortion_db")[0, 0] == quartiles


def scaled(result: Result, factor: float) -> object:
    return attrs.evolve(result.stages, sum_rate=factor * result.stages.sum_rate)


def test_each_is_drawn_alone_on_demand() -> None:
    assert len(lines_with_markers(rate_distortion_figure(RUNS[:3], each=True))) == 3
    assert len(lines_with_markers(rate_distortion_figure([*RUNS, OTHER]))) == 2


def test_findings_of_replicates_are_counted_and_failed_ones_left_out() -> None:
    runs = [
        attrs.evolve(RUNS[0], flags=("collapsed",)),
        *RUNS[1:4],
        attrs.evolve(RUNS[4], status="failed", error="NaN"),
    ]
    figure = rate_distortion_figure(runs)
    assert legend_texts(figure)[0].endswith(
        " (median and quartiles of 4 runs, 1 collapsed, 1 failed)"
    )
    np.testing.assert_allclose(lines_with_markers(figure)[0], BASE + 1.5)


def test_a_comparison_draws_medians_too() -> None:
    records = [Record.of(result) for result in [*RUNS, OTHER]]
    comparison = compare_results(records)
    figure = comparison_figure(comparison)
    assert legend_texts(figure)[:2] == ["[2,2,2] (median and quartiles of 5 runs)", "[4,4]"]
    np.testing.assert_allclose(lines_with_markers(figure)[0], BASE + 2.0)
    assert len(lines_with_markers(comparison_figure(comparison, each=True))) >= 4


def test_against_a_key_replicates_are_one_point() -> None:
    (series,) = series_against(RUNS, "code.encoder.step")
    assert len(series.at) == 1
    assert series.runs[0].median.arrays()["distortion_db"].tolist() == (BASE + 2.0).tolist()
    assert len(series_against(RUNS, "code.encoder.step", each=True)) == 5
    figure = against_figure(RUNS, "code.encoder.step")
    assert legend_texts(figure) == ["median and quartiles of 5 runs"]
    assert legend_texts(against_figure(RUNS[:1], "code.encoder.step")) == []
    (by_seed,) = series_against(RUNS, "seed")
    assert by_seed.at.tolist() == [0, 1, 2, 3, 4]
