"""Real bits in comparisons: columns, conditions, and what a screen shows."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import attrs
import numpy as np
from rich.console import Console

from wzsim.reporting.coded import CODED, ERRING
from wzsim.reporting.compare import Comparison, compare_results
from wzsim.reporting.compare_columns import MISSING, comparison_columns, comparison_csv
from wzsim.reporting.compare_crowd import crowd_figure
from wzsim.reporting.compare_groups import Group
from wzsim.reporting.compare_replicates import replicate_columns, replicates_of
from wzsim.reporting.compare_table import print_comparison
from wzsim.reporting.frame import data_frame
from wzsim.reporting.replicate_tables import print_replicates
from wzsim.simulation.result import Result
from wzsim.storage import Record
from wzsim.testing.example import example_coding, example_result

PLAIN = example_result("plain", alphabet_sizes=(4, 4))
CODED_ONE = attrs.evolve(RESULT := example_result("coded"), coding=example_coding(RESULT))


def compared(*results: Result, where: str | None = None) -> Comparison:
    return compare_results([Record.of(result) for result in results], where=where)


def test_columns_are_there_where_some_result_was_coded() -> None:
    columns = comparison_columns(compared(CODED_ONE, PLAIN))
    coding = CODED_ONE.coding
    assert coding is not None
    assert columns["coded_gap_db"] == [*np.asarray(coding.coded_gap_db), MISSING, MISSING]
    assert columns["coded_distortion"][:3] == coding.distortion.tolist()
    assert columns["distortion"][:3] == CODED_ONE.stages.distortion.tolist()
    assert columns["frames"][:3] == [10, 10, 10]
    assert {name for name in columns if name.removesuffix("_errors") in CODED} == {
        *CODED,
        *(f"{name}_errors" for name in ERRING),
    }


def test_without_real_bits_files_are_as_ever() -> None:
    columns = comparison_columns(compared(RESULT, PLAIN))
    assert not set(CODED) & set(columns)


def test_csv_and_frame_have_them_to_the_last_digit() -> None:
    comparison = compared(CODED_ONE, PLAIN)
    rows = list(csv.DictReader(io.StringIO(comparison_csv(comparison))))
    coding = CODED_ONE.coding
    assert coding is not None
    assert [float(row["coded_sum_rate"]) for row in rows[:3]] == coding.coded_sum_rate.tolist()
    assert rows[3]["coded_sum_rate"] == ""
    frame = data_frame(comparison)
    assert frame["frame_error_rate"].tolist()[:3] == [0.0, 0.0, 0.1]
    assert math.isnan(frame["frame_error_rate"].tolist()[3])


def test_a_condition_can_name_them_and_what_lacks_them_meets_none() -> None:
    kept = compared(CODED_ONE, PLAIN, where="frame_error_rate == 0 and coded_gap_db < 1.6")
    assert [one.record.name for one in kept.results] == ["coded"]
    assert kept.results[0].record.stage_numbers == (1, 2)
    coding = kept.results[0].record.coding
    assert coding is not None
    assert coding.stages == 2


def test_a_screen_has_a_few_of_them() -> None:
    stream = io.StringIO()
    print_comparison(compared(CODED_ONE, PLAIN), Console(file=stream, width=200))
    head = stream.getvalue().splitlines()[0]
    assert "sum sent" in head
    assert "gap sent" in head
    assert "requests" not in head  # without feedback there are none
    assert "of decoded frames alone, for which no bound holds" in stream.getvalue()


def test_coders_that_differ_stand_in_the_label() -> None:
    """Not the parameter that only one of them has, which would tell them apart as well."""
    coders: list[dict[str, str]] = [{"algorithm": "min-sum", "name": "ldpc"}, {"name": "polar"}]
    results = [
        attrs.evolve(
            CODED_ONE, scenario={**CODED_ONE.scenario, "coding": {"slepian_wolf_coder": coder}}
        )
        for coder in coders
    ]
    assert compared(*results).labels == ("slepian_wolf_coder=ldpc", "slepian_wolf_coder=polar")


def test_the_page_lists_every_column() -> None:
    page = (Path(__file__).parents[2] / "docs" / "comparing.md").read_text()
    for name in CODED:
        assert f"`{name}`" in page


def test_replicates_show_them_too() -> None:
    results = [
        attrs.evolve(CODED_ONE, name=f"seed{seed}", scenario={**CODED_ONE.scenario, "seed": seed})
        for seed in (1, 2, 3)
    ]
    stream = io.StringIO()
    print_replicates(results, ["a", "b", "c"], Console(file=stream, width=100))
    text = stream.getvalue().split("real bits")[1]
    assert "ldpc, no feedback" in text
    assert "in 3 of 3 runs D and gap are of decoded frames alone" in text
    assert ["3", "median", "0.70193", "1.5108", "1.7903", "0.10000", "0"] in [
        line.split() for line in text.splitlines()
    ]


def test_replicates_have_statistics_of_them() -> None:
    results = [
        attrs.evolve(CODED_ONE, name=f"seed{seed}", scenario={**CODED_ONE.scenario, "seed": seed})
        for seed in (1, 2, 3)
    ]
    comparison = compared(*results)
    columns = replicate_columns(comparison, replicates_of(comparison))
    coding = CODED_ONE.coding
    assert coding is not None
    assert columns["coded_rate"] == coding.coded_rate.tolist()
    assert columns["frame_error_rate_mean"] == [0.0, 0.0, 0.1]


def test_a_crowd_has_squares() -> None:
    comparison = compared(CODED_ONE, PLAIN)
    figure = crowd_figure(comparison, [Group("all", comparison.results)])
    coding = CODED_ONE.coding
    assert coding is not None
    (squares,) = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    np.testing.assert_array_equal(squares.get_xdata(), coding.coded_sum_rate)
    assert "real bits" in [text.get_text() for text in figure.legends[0].get_texts()]
