"""Which results are replicates, and what they come to in tables and as data."""

from __future__ import annotations

import io
import json
import math
import statistics

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from wzsim.reporting.replicate_tables import (
    print_replicates,
    replicates_as_json,
    spread_table,
)
from wzsim.reporting.replicates import (
    findings,
    group_name,
    replicate_groups,
    simulated,
    stage_spreads,
)
from wzsim.simulation.result import Result, StageFigures
from wzsim.testing.example import example_result
from wzsim.testing.results import stage_figures

RESULT = example_result("point")
OTHER = example_result("other", alphabet_sizes=(4, 4))


def replicate(seed: int, shift_db: float = 0.0, base: Result = RESULT) -> Result:
    """The example with another seed, and all its dB moved."""
    stages = base.stages
    assert stages.distortion_db is not None
    return attrs.evolve(
        base,
        name=f"point-seed{seed}",
        scenario={**base.scenario, "seed": seed, "name": f"point-seed{seed}"},
        stages=attrs.evolve(
            stages, distortion_db=stages.distortion_db + shift_db, gap_bits=None, errors={}
        ),
    )


def printed(group: list[Result], width: int = 80, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    files = [f"results/{result.name}.h5" for result in group]
    print_replicates(group, files, Console(file=stream, width=width, highlight=False))
    stream.flush()
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode(encoding)


def test_results_that_differ_in_the_seed_alone_are_replicates() -> None:
    runs = [replicate(1), OTHER, replicate(2), replicate(3)]
    assert replicate_groups(runs) == [[0, 2, 3], [1]]


def test_runs_of_one_seed_are_not_replicates_of_one_another() -> None:
    runs = [replicate(1), replicate(2), replicate(1), replicate(2), replicate(3)]
    assert replicate_groups(runs) == [[0, 1, 4], [2, 3]]


def test_keys_and_values_count_and_their_order_does_not() -> None:
    scenario = {"a": {"x": 1.0, "y": [2]}, "name": "one", "seed": 1, "title": "t"}
    same = {"seed": 2, "a": {"y": [2], "x": 1.0}, "name": "two"}
    assert simulated(scenario) == simulated(same)
    assert simulated(scenario) != simulated({"a": {"x": 1, "y": [2]}})
    assert simulated(scenario) != simulated({"a": {"x": 1.0, "y": [2], "seed": 3}})


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 3)), max_size=8))
def test_every_run_is_in_one_group(choices: list[tuple[int, float]]) -> None:
    runs = [
        attrs.evolve(RESULT, scenario={"seed": seed, "a": round(value)}) for seed, value in choices
    ]
    groups = replicate_groups(runs)
    for group in groups:
        assert len({runs[place].scenario["a"] for place in group}) == 1
        assert len({runs[place].scenario["seed"] for place in group}) == len(group)
    assert sorted(place for group in groups for place in group) == list(range(len(runs)))


def test_statistics_of_stages_are_those_of_their_values() -> None:
    runs = [replicate(seed, shift).stages for seed, shift in enumerate((0.5, -1.0, 0.25, 3.0))]
    found = stage_spreads(runs)
    assert [stage.stage for stage in found] == [1, 2, 3]
    for stage in found:
        values = [run.arrays()["distortion_db"][stage.stage - 1] for run in runs]
        spread = stage.figures["distortion_db"]
        assert spread.count == 4
        assert spread.median == pytest.approx(statistics.median(values))
        assert spread.mean == pytest.approx(statistics.fmean(values))
        assert spread.standard_deviation == pytest.approx(statistics.stdev(values))


def test_a_figure_that_some_runs_lack_is_left_out_and_so_is_a_stage_of_theirs() -> None:
    one, other = replicate(1).stages, attrs.evolve(replicate(2).stages, gap_db=None)
    assert "gap_db" not in stage_spreads([one, other])[0].figures
    part = StageFigures(**{name: array[1:] for name, array in other.arrays().items()})
    found = stage_spreads([one, part], numbers=[(1, 2, 3), (2, 3)])
    assert [stage.figures["sum_rate"].count for stage in found] == [1, 2, 2]
    assert found[1].figures["sum_rate"].median == one.sum_rate[1]


def test_findings_are_counted() -> None:
    runs = [replicate(1), attrs.evolve(replicate(2), flags=("collapsed",))]
    runs.append(attrs.evolve(replicate(3), flags=("collapsed",), status="failed"))
    assert findings(runs) == {"collapsed": 2, "failed": 1}
    assert findings(runs[:1]) == {}
    text = printed(runs, width=300)
    assert "2 of 3 collapsed: rate is paid without gain" in text
    assert "1 of 3 failed: left out below" in text


def test_a_group_is_called_by_what_its_names_share() -> None:
    assert group_name([replicate(1), replicate(2)]) == "point"
    plain = [attrs.evolve(replicate(seed), name=f"seed{seed}") for seed in (4, 3, 5)]
    assert group_name(plain) == "seeds 3 to 5"
    assert group_name([attrs.evolve(replicate(seed), name="same") for seed in (1, 2)]) == "same"


def test_the_table_has_median_quartiles_and_mean() -> None:
    text = printed([replicate(seed, shift) for seed, shift in enumerate((0.0, 1.0, 2.0, 3.0, 4.0))])
    lines = [line.split() for line in text.splitlines()]
    assert "runs      5 replicates, seeds 0 to 4" in text
    assert "files     results/point-seed0.h5 and 4 more" in text
    base = RESULT.stages.arrays()["distortion_db"][0]
    db = {"median": 2.0, "25": 1.0, "75": 3.0, "mean": 2.0}
    for row, shift in db.items():
        first = next(line for line in lines if row in line[:2] and line[0] != "loss")
        assert f"{base + shift:.1f}" in first
    # s = sqrt(2.5) and t(0.975; 4) = 2.776: a half-width of 1.963 dB.
    assert ["95", "%", "±0", "±0", "±0", "±2.0", "±0"] in lines
    assert max(map(len, text.splitlines())) <= 80


def test_equal_replicates_have_no_spread_and_all_their_digits() -> None:
    text = printed([replicate(1), replicate(2)])
    assert "+-0" in printed([replicate(1), replicate(2)], encoding="ascii")
    lines = [line.split() for line in text.splitlines()]
    rate = f"{RESULT.stages.sum_rate[0]:.5f}"
    assert next(line for line in lines if line[:2] == ["25", "%"])[3] == rate
    assert lines.count(["95", "%", "±0", "±0", "±0", "±0", "±0"]) == 3


def test_infinite_decibels_can_be_shown() -> None:
    stages = attrs.evolve(RESULT.stages, distortion_db=np.full(3, -math.inf), errors={})
    runs = [attrs.evolve(replicate(seed), stages=stages) for seed in (1, 2)]
    assert "-inf" in printed(runs)
    plain = replicates_as_json(runs, ["a", "b"])
    assert plain["stages"][0]["distortion_db"]["median"] is None


@settings(max_examples=40)
@given(st.data())
def test_any_statistics_can_be_printed(data: st.DataObject) -> None:
    stages = data.draw(st.integers(0, 3))
    runs = data.draw(st.lists(stage_figures(stages), min_size=1, max_size=3))
    spread_table(stage_spreads(runs), "units^2")


def test_json_gives_the_statistics_and_every_run() -> None:
    runs = [replicate(seed, float(seed)) for seed in (1, 2, 3)]
    plain = replicates_as_json(runs, ["a.h5", "b.h5", "c.h5"])
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert (plain["name"], plain["replicates"], plain["seeds"]) == ("point", 3, [1, 2, 3])
    assert [one["file"] for one in plain["results"]] == ["a.h5", "b.h5", "c.h5"]
    collapsed = [attrs.evolve(runs[0], flags=("collapsed",)), *runs[1:]]
    assert replicates_as_json(collapsed, ["a", "b", "c"])["findings"] == {"collapsed": 1}
    spread = plain["stages"][1]["distortion_db"]
    assert spread["count"] == 3
    assert spread["interval_95"] == pytest.approx(
        [spread["mean"] - spread["half_width"], spread["mean"] + spread["half_width"]]
    )
