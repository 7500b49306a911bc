"""Which rows a condition and a group can name."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from wzsim import app
from wzsim.errors import InputError
from wzsim.reporting.compare import compare_results
from wzsim.reporting.selection import group_values, select
from wzsim.storage import Record
from wzsim.testing.example import example_result

LAYERED = Record.of(example_result("layered"), file="a.h5")
SINGLE = Record.of(example_result("single", alphabet_sizes=(8,)), file="b.h5")
LOW = Record.of(example_result("low", noise_variance=0.01), file="c.h5")
ALL = [LAYERED, SINGLE, LOW]


def names(condition: str) -> list[tuple[str, tuple[int, ...]]]:
    return [(record.name, record.stage_numbers) for record in select(ALL, condition)]


def test_a_row_is_a_stage_of_a_result() -> None:
    rate = float(LAYERED.stages.sum_rate[1])
    (record,) = select([LAYERED], f"sum_rate > {rate - 1e-9!r}")
    assert record.stage_numbers == (2, 3)
    np.testing.assert_array_equal(record.stages.sum_rate, LAYERED.stages.sum_rate[1:])
    np.testing.assert_array_equal(
        record.stages.errors["gap_db"], LAYERED.stages.errors["gap_db"][1:]
    )
    (row, last) = compare_results([record]).rows
    assert (row.stage, last.stage) == (2, 3)
    assert row.gap_db == LAYERED.stages.gap_db[1]


def test_what_can_be_named() -> None:
    assert names("stage == 3") == [("layered", (3,)), ("low", (3,))]
    assert names("name == 'single'") == [("single", (1,))]
    assert names("file in ['b.h5', 'c.h5'] and stage == 1") == [("single", (1,)), ("low", (1,))]
    assert names("correlation.channel.noise_variance < 0.1") == [("low", (1, 2, 3))]
    assert names("code.alphabet_sizes[0] == 8") == [("single", (1,))]
    assert names("'8' in title and status == 'complete'") == [("single", (1,))]
    assert names("loss > 0 and not flags") == [("layered", (3,)), ("single", (1,)), ("low", (3,))]


def test_a_key_that_only_some_have_is_missing_in_the_others() -> None:
    trained = attrs.evolve(SINGLE, scenario={**SINGLE.scenario, "training": {"epochs": 3}})
    assert select([LAYERED, trained], "training.epochs < 5") == [trained]
    assert select([LAYERED, trained], "training.epochs != 5") == [trained]


def test_a_key_that_none_has_is_an_error() -> None:
    with pytest.raises(InputError, match=r"unknown name 'step'; did you mean 'code.encoder.step'"):
        select(ALL, "step > 1")


def test_the_pairs_that_are_left_decide_what_compares() -> None:
    with pytest.raises(InputError, match="different pairs"):
        compare_results(ALL)
    comparison = compare_results(ALL, where="correlation.channel.noise_variance == 0.1")
    assert [one.record.name for one in comparison.results] == ["layered", "single"]
    with pytest.raises(InputError, match="no stage of any result meets the condition stage > 7"):
        compare_results(ALL, where="stage > 7")


def test_codes_that_are_left_out_count_for_the_refinement_loss() -> None:
    both = [attrs.evolve(record, uses_side_information=True) for record in (LAYERED, SINGLE)]
    whole = compare_results(both).rows[2]
    assert whole.refinement_loss_db is not None
    (row,) = compare_results(both, where="stage == 3").rows
    assert row.refinement_loss_db == whole.refinement_loss_db
    (row,) = compare_results(both, where="refinement_loss_db < 99 and stage == 3").rows
    assert row.label == "layered"


def test_groups() -> None:
    assert group_values(ALL, ["code.alphabet_sizes", "status"]) == [
        ("[2,2,2]", "complete"),
        ("[8]", "complete"),
        ("[2,2,2]", "complete"),
    ]
    with pytest.raises(InputError, match=r"unknown name 'encoder'; did you mean 'code.encoder"):
        group_values(ALL, ["encoder"])
    with pytest.raises(InputError, match="'sum_rate' differs between the stages of one result"):
        group_values(ALL, ["sum_rate"])


def test_the_python_api_selects_results_in_memory() -> None:
    found = app.where([example_result("a"), example_result("b")], "name == 'b' and stage > 1")
    assert [(record.name, record.stage_numbers) for record in found] == [("b", (2, 3))]
