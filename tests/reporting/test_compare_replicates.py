"""Replicates, best stages and average gaps of a comparison."""

from __future__ import annotations

import csv
import io
import math
import statistics

import attrs
import numpy as np
import pytest
from rich.console import Console

from tests.reporting.test_point_line import RUNS, SHIFTS
from tests.reporting.test_replicates import OTHER, RESULT
from wzsim.app import average_gaps, best_of
from wzsim.errors import InputError
from wzsim.reporting.average_gap import RateDistortionCurve, distortion_gap
from wzsim.reporting.compare import Comparison, compare_results
from wzsim.reporting.compare_columns import comparison_csv
from wzsim.reporting.compare_gaps import print_gaps
from wzsim.reporting.compare_groups import groups_of
from wzsim.reporting.compare_replicates import replicates_of
from wzsim.reporting.compare_screen import show_comparison
from wzsim.reporting.frame import data_frame
from wzsim.simulation.result import Result
from wzsim.storage import Record
from wzsim.testing.example import example_result

MONO = [
    example_result(f"mono{size}", alphabet_sizes=(size,), step=step)
    for size, step in ((2, 1.6), (4, 1.0), (8, 0.6))
]
LOW = example_result("low", noise_variance=0.01)


def compared(*results: Result, mixed: bool = False) -> Comparison:
    return compare_results([Record.of(result) for result in results], mixed=mixed)


class TestReplicates:
    def test_they_are_one_group_under_a_label_without_seed(self) -> None:
        groups = replicates_of(compared(*RUNS[:2], OTHER, *RUNS[2:]))
        assert [group.name for group in groups] == [
            "alphabet_sizes=[2,2,2]",
            "alphabet_sizes=[4,4]",
        ]
        assert [len(group.results) for group in groups] == [5, 1]

    def test_replicates_alone_are_called_by_their_name(self) -> None:
        (group,) = replicates_of(compared(*RUNS))
        assert group.name == "point"

    def test_without_replicates_there_is_no_group(self) -> None:
        assert replicates_of(compared(RUNS[0], OTHER)) == []
        assert replicates_of(compared(RUNS[0], RUNS[0])) == []

    def test_the_screen_shows_their_statistics_and_single_results_as_ever(self) -> None:
        comparison = compared(*RUNS, OTHER)
        stream = io.StringIO()
        console = Console(file=stream, width=100, highlight=False)
        show_comparison(comparison, groups=replicates_of(comparison), console=console)
        text = stream.getvalue()
        assert "alphabet_sizes=[2,2,2]: 5 results" in text
        assert "loss median" not in text  # without a price there is none to rank by
        assert text.count("median") == 3
        assert f"{OTHER.stages.sum_rate[0]:.5f}" in text

    def test_a_group_by_a_key_that_is_replicates_has_their_statistics(self) -> None:
        comparison = compared(*RUNS, OTHER)
        stream = io.StringIO()
        console = Console(file=stream, width=100, highlight=False)
        keys = ["code.alphabet_sizes"]
        show_comparison(comparison, groups=groups_of(comparison, keys), console=console)
        assert stream.getvalue().count("mean") == 3
        assert [group.whole for group in groups_of(comparison, keys)] == [True, True]
        assert [group.whole for group in groups_of(comparison, keys, each=True)] == [False] * 2
        assert [group.whole for group in groups_of(comparison, ["schema"])] == [False]

    def test_of_one_price_their_loss_is_told(self) -> None:
        prices = {"lagrange_multiplier": 160.0, "rate_weights": [0.0, 0.0, 1.0]}
        priced = [
            attrs.evolve(
                run,
                scenario={**run.scenario, "training": prices},
                evaluation={**run.evaluation, "loss": 5.0 + seed},
            )
            for seed, run in enumerate(RUNS)
        ]
        comparison = compared(*priced)
        stream = io.StringIO()
        console = Console(file=stream, width=100, highlight=False)
        show_comparison(comparison, groups=replicates_of(comparison), console=console)
        assert "loss median 7.0 nat, quartiles 6.0 and 8.0, mean 7.0 " in stream.getvalue()

    def test_the_csv_file_has_their_statistics(self) -> None:
        comparison = compared(*RUNS, OTHER)
        text = comparison_csv(comparison, replicates_of(comparison))
        lines = list(csv.DictReader(io.StringIO(text)))
        assert [(line["label"], line["stage"], line["count"]) for line in lines] == [
            *(("alphabet_sizes=[2,2,2]", stage, "5") for stage in "123"),
            *(("alphabet_sizes=[4,4]", stage, "1") for stage in "12"),
        ]
        base = float(RESULT.stages.arrays()["distortion_db"][0])
        found = {
            name: float(lines[0][f"distortion_db{name}"])
            for name in ("", "_lower_quartile", "_upper_quartile", "_mean", "_standard_deviation")
        }
        assert found == pytest.approx(
            {
                "": base + 2,
                "_lower_quartile": base + 1,
                "_upper_quartile": base + 3,
                "_mean": base + statistics.fmean(SHIFTS),
                "_standard_deviation": statistics.stdev(SHIFTS),
            }
        )
        half = 2.7764451 * statistics.stdev(SHIFTS) / math.sqrt(5)  # t(0.975; 4)
        high = float(lines[0]["distortion_db_interval_high"])
        assert high == pytest.approx(base + statistics.fmean(SHIFTS) + half)
        assert lines[0]["seeds"] == "0 1 2 3 4"
        assert lines[3]["distortion_db_standard_deviation"] == ""
        assert lines[0]["code.alphabet_sizes"] == "[2,2,2]"
        assert not {"seed", "name", "title"} & set(lines[0])

    def test_failed_runs_are_counted_and_left_out(self) -> None:
        failed = attrs.evolve(RUNS[0], status="failed", error="NaN")
        comparison = compared(failed, *RUNS[1:])
        frame = data_frame(comparison, replicates_of(comparison))
        assert frame["count"].tolist() == [4, 4, 4]
        assert frame["flags"].tolist() == ["1 failed"] * 3


class TestBest:
    def test_the_front_has_the_stages_that_no_other_beats(self) -> None:
        comparison = compared(*RUNS, OTHER, *MONO)
        kept = best_of(comparison, front=True)
        rows = [(row.sum_rate, row.distortion) for row in comparison.rows]
        expected = {
            one
            for one in rows
            if not any(a <= one[0] and b <= one[1] and (a, b) != one for a, b in rows)
        }
        assert {(row.sum_rate, row.distortion) for row in kept.rows} == expected
        assert set(kept.labels) <= set(comparison.labels)

    def test_the_best_at_a_rate_has_the_least_distortion_up_to_it(self) -> None:
        comparison = compared(RESULT, OTHER, *MONO)
        (row,) = best_of(comparison, rates=[1.0]).rows
        allowed = [row.distortion for row in comparison.rows if row.sum_rate <= 1.0]
        assert row.distortion == min(allowed)
        assert len(best_of(comparison, rates=[0.5, 1.0, 1.5]).rows) <= 3

    def test_no_stage_at_a_rate_is_said(self) -> None:
        least = RESULT.stages.sum_rate.min()
        with pytest.raises(InputError, match=f"the least is {least:.4g} bit/sample"):
            best_of(compared(RESULT), rates=[0.01])

    def test_each_pair_has_its_own_front_and_failed_results_have_none(self) -> None:
        comparison = compared(RESULT, LOW, attrs.evolve(OTHER, status="failed"), mixed=True)
        kept = best_of(comparison, front=True)
        assert [one.record.layers for one in kept.results] == [3, 3]
        assert len(kept.rows) == 6


class TestGaps:
    def test_a_group_is_a_curve_and_its_gap_that_of_its_points(self) -> None:
        comparison = compared(RESULT, *MONO)
        key = "code.encoder.name"
        (gap,) = average_gaps(comparison, [key])
        assert (gap.curve, gap.reference) == (f"{key}=nsq", "Wyner-Ziv bound")
        stages = [one.stages for one in (RESULT, *MONO)]
        points = [
            np.concatenate([one.arrays()[name] for one in stages])
            for name in ("sum_rate", "distortion_db")
        ]
        bound = RESULT.bounds["wyner-ziv"]
        assert bound.distortion_db is not None
        expected = distortion_gap(
            RateDistortionCurve.of("a", *points),
            RateDistortionCurve.of("b", bound.rate, bound.distortion_db),
        )
        # The order of the points may differ, and with it the rounding of sums.
        assert attrs.asdict(gap.distortion) == pytest.approx(attrs.asdict(expected), rel=1e-12)
        assert gap.reason == ""

    def test_replicates_count_by_their_medians(self) -> None:
        (median,) = average_gaps(compared(*RUNS))
        (alone,) = average_gaps(compared(RUNS[SHIFTS.index(2.0)]))
        assert (median.distortion, median.rate) == (alone.distortion, alone.rate)
        gaps = average_gaps(compared(*RUNS), each=True)
        assert len({gap.curve for gap in gaps}) == 5

    def test_a_shift_of_all_decibels_is_the_gap_to_the_other_curve(self) -> None:
        comparison = compared(RUNS[0], RUNS[2])
        gaps = average_gaps(comparison, each=True, reference=comparison.labels[0])
        (gap,) = [gap for gap in gaps if gap.reference == comparison.labels[0]]
        assert gap.distortion is not None
        assert gap.distortion.value == pytest.approx(5.0)

    def test_a_single_point_is_no_curve_and_that_is_said(self) -> None:
        gaps = average_gaps(compared(*MONO))
        assert all(gap.distortion is None for gap in gaps)
        stream = io.StringIO()
        print_gaps(gaps, "dB", Console(file=stream, width=300, highlight=False))
        assert "has 1 point that no other beats" in stream.getvalue()
        assert "--group-by KEY" in stream.getvalue()

    def test_a_reference_that_does_not_exist(self) -> None:
        with pytest.raises(InputError, match=r"no curve is called 'alphabet_sizes=\[2,2\]'; did"):
            average_gaps(compared(RESULT, OTHER), reference="alphabet_sizes=[2,2]")

    def test_without_a_bound_there_is_the_gap_to_the_other_curve_alone(self) -> None:
        bare = [attrs.evolve(result, bounds={}) for result in (RESULT, OTHER)]
        gaps = average_gaps(compared(*bare))
        assert [gap.reference for gap in gaps] == ["alphabet_sizes=[2,2,2]"]
