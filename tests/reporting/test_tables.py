"""What `wzsim show` prints, and gives to programs."""

import io
import json
import math

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from wzsim.reporting.flags import MEANINGS, meaning
from wzsim.reporting.header import header
from wzsim.reporting.numbers import rounded
from wzsim.reporting.tables import as_json, print_result, stage_table
from wzsim.simulation.run import COLLAPSED, MISSED_TARGET
from wzsim.testing.example import example_coding, example_result
from wzsim.testing.results import results

RESULT = example_result("gauss_222")


def printed(result, file=None, width=80, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_result(result, file, Console(file=stream, width=width, highlight=False))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


def test_numbers_and_errors_are_there_by_stage():
    text = printed(RESULT)
    lines = [line.split() for line in text.splitlines()]
    assert ["1", "0.39856", "0.39856", "0.072528", "-11.3949", "1.0047", "0.16687"] in lines
    assert ["±0.00013", "±0.00019", "±0.000034", "±0.0021", "±0.0025", "±0.00041"] in lines
    assert ["3", "0.68148", "1.46677", "0.0185975", "-17.3055", "1.5254", "0.25336"] in lines
    assert ["stage", "bit/sample", "bit/sample", "units^2", "dB", "dB", "bit/sample"] in lines


def test_gap_is_told_by_cause_where_it_is_known():
    lines = [line.split() for line in printed(RESULT).splitlines()]
    assert ["2", "0.000", "0.000", "1.420"] in lines
    assert "cause" not in printed(attrs.evolve(RESULT, decomposition=None))
    assert as_json(RESULT)["decomposition"]["quantizer_gap_db"] == RESULT.stages.gap_db.tolist()
    assert as_json(attrs.evolve(RESULT, decomposition=None))["decomposition"] is None


CODED = attrs.evolve(RESULT, coding=example_coding(RESULT))


def test_real_bits_are_beside_the_ideal_ones():
    text = printed(CODED)
    lines = [line.split() for line in text.splitlines()]
    assert [
        "1",
        "0.39856",
        "0.39866",
        "0.41052",
        "0.41052",
        "-11.3949",
        "1.0047",
        "1.0767",
    ] in lines
    assert ["±0.00040", "±0.0065", "±0.0025", "±0.0065"] in lines
    assert ["2", "49,791", "0", "of", "10", "0", "to", "0.31"] in lines
    assert ["3", "87,741", "1", "of", "10", "0.0025", "to", "0.45"] in lines
    assert ["coder", "ldpc,", "no", "feedback"] in lines
    assert "survivors-only" in text
    assert max(map(len, text.splitlines())) <= 80
    assert "real bits" not in printed(RESULT)


def test_feedback_and_undetected_errors_are_told():
    coding = CODED.coding
    three = np.array([3, 0, 21])
    coding = attrs.evolve(
        coding,
        feedback=True,
        requests=three,
        undetected=np.array([0, 0, 1]),
        decoded=np.full(3, 10),
        symbol_error_rate=np.array([0.0, 0.0, 0.02]),
    )
    text = " ".join(printed(attrs.evolve(RESULT, coding=coding)).split())
    assert "with feedback: 24 requests of the decoder for more" in text
    assert "undetected errors: 1 frames were accepted with wrong symbols in stage 3" in text
    assert "survivors-only" not in text
    assert "1 51,315 0 of 10 0 to 0.31 0.30" in text


def test_real_bits_are_there_for_programs():
    plain = json.loads(json.dumps(as_json(CODED), allow_nan=False))["coding"]
    assert (plain["coder"], plain["feedback"], plain["frames"]) == ("ldpc", False, 10)
    third = plain["stages"][2]
    assert (third["bytes"], third["frame_errors"], third["survivors_only"]) == (87741, 1, True)
    assert third["standard_errors"]["coded_gap_db"] == 6.5e-3
    assert as_json(RESULT)["coding"] is None


def test_header_says_what_was_measured():
    assert header(RESULT, "results/gauss_222.h5") == [
        ("file", "results/gauss_222.h5"),
        ("pair", "Y ~ gaussian (variance 1), channel Y -> X: gaussian (noise_variance 0.1)"),
        ("code", "alphabets 2, 2, 2; encoder nsq, rate ideal-sw, decoder mmse"),
        ("measured", "monte-carlo, 10,000,000 samples, loss 5.87 nat"),
    ]


def test_header_says_how_far_a_numeric_bound_is_open():
    curve = RESULT.bounds["wyner-ziv"]
    curve = attrs.evolve(curve, distortion_upper=1.1 * curve.distortion, certificate="dual")
    result = attrs.evolve(RESULT, bounds={**RESULT.bounds, "wyner-ziv": curve})
    assert dict(header(result))["bound"] == (
        "Wyner-Ziv bound: the truth lies at most 0.41, 0.41, 0.41 dB above the curve that gaps are "
        "measured from (dual)"
    )
    assert "bound" not in dict(header(RESULT))


def test_pair_drawn_from_x_and_joint_pair():
    source, channel = {"name": "gaussian", "variance": 2.0}, {"name": "laplace", "scale": 0.5}
    correlation = {"base": "x", "source": source, "channel": channel}
    result = attrs.evolve(RESULT, scenario={"correlation": correlation})
    assert dict(header(result))["pair"] == (
        "X ~ gaussian (variance 2), channel X -> Y: laplace (scale 0.5)"
    )
    pair = {"pair": {"name": "csv", "path": "data.csv"}}
    result = attrs.evolve(RESULT, scenario={"correlation": pair})
    assert dict(header(result))["pair"] == "(X, Y) ~ csv (path data.csv)"


def test_header_says_which_other_pair_the_numbers_are_of():
    pair = {"pair": {"name": "csv", "path": "data.csv"}}
    scenario = {**RESULT.scenario, "evaluation": {"correlation": pair}}
    assert dict(header(attrs.evolve(RESULT, scenario=scenario)))["met"] == (
        "measured on (X, Y) ~ csv (path data.csv), not on the pair above, which the design is for"
    )


def test_loss_is_set_against_that_of_sending_nothing():
    evaluation = {"method": "monte-carlo", "loss": 30.55, "rate_zero_loss": 48.0}
    result = attrs.evolve(RESULT, evaluation=evaluation)
    assert ("measured", "monte-carlo, loss 30.55 nat (sending nothing: 48)") in header(result)


def test_an_exact_loss_has_the_digits_of_its_teacher():
    evaluation = {
        "method": "quadrature",
        "loss": 16.7061234,
        "rate_zero_loss": 32.0,
        "design": {"start": "random", "teacher": "lloyd", "teacher_loss": 16.7059876},
    }
    shown = dict(header(attrs.evolve(RESULT, evaluation=evaluation)))
    assert shown["design"] == "start random, teacher lloyd, teacher_loss 16.706"
    assert shown["measured"] == "exactly, by quadrature, loss 16.7061 nat (sending nothing: 32)"


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        (1.5, "total rate 1.5 bit/sample, reached 1.467"),
        ([0.4, 0.8, 1.5], "rates after each stage 0.4, 0.8, 1.5 bit/sample, reached "),
    ],
)
def test_a_target_rate_stands_beside_the_rate_that_was_reached(target, shown):
    result = attrs.evolve(RESULT, scenario={"training": {"target_rate": target}})
    text = dict(header(result))["target"]
    assert text.startswith(shown)
    assert text.endswith("1.467")
    assert "target" not in dict(header(RESULT))


def test_exact_figures_say_how_exact_they_are_and_have_more_digits():
    evaluation = {
        "method": "quadrature",
        "quadrature_error": 3.1e-8,
        "resolution": 0.0,
        "cells": 43,
        "design": {"start": "annealed", "annealed_starts": 30, "nested_starts": 30},
    }
    stages = attrs.evolve(RESULT.stages, errors={})
    result = attrs.evolve(RESULT, evaluation=evaluation, stages=stages)
    assert dict(header(result))["measured"] == ("exactly, by quadrature (two rules agree to 3e-08)")
    assert dict(header(result))["design"] == "best of 60 starts: annealed"
    text = printed(result)
    assert ["1", "0.39856", "0.39856", "0.072528", "-11.395", "1.0047", "0.16687"] in [
        line.split() for line in text.splitlines()
    ]
    assert as_json(result)["evaluation"] == evaluation


def test_design_of_every_start_family_is_told():
    notes = {"start": "given", "loss": 16.69}
    for family, loss in (("given", 16.687), ("nested", 16.742), ("annealed", 16.817)):
        notes |= {f"{family}_starts": 2, f"{family}_least_loss": loss}
    result = attrs.evolve(RESULT, evaluation={"design": notes})
    assert dict(header(result))["design"] == (
        "best of 6 starts: given; least loss on the search's coarse grid: "
        "given 16.69, nested 16.74, annealed 16.82 nat"
    )
    for empty in ({}, None, "unknown"):
        assert "design" not in dict(header(attrs.evolve(RESULT, evaluation={"design": empty})))


def test_loss_of_almost_nothing_has_no_sign():
    parts = attrs.evolve(RESULT.decomposition, decoder_mismatch_db=np.array([-1e-9, 0.0, 0.1]))
    text = printed(attrs.evolve(RESULT, decomposition=parts))
    assert "-0.000" not in text


def test_findings_are_explained():
    result = attrs.evolve(
        RESULT, flags=(COLLAPSED,), status="failed", error="NaN in [the] loss at epoch 3"
    )
    text = printed(result, width=200)
    assert "failed    NaN in [the] loss at epoch 3" in text
    assert f"flag      collapsed: {MEANINGS[COLLAPSED]}" in text


def test_every_flag_has_a_meaning():
    assert set(MEANINGS) == {COLLAPSED, MISSED_TARGET}


def test_flag_of_a_later_version_speaks_for_itself():
    assert meaning("bound-fitted-to-data") == "bound fitted to data"


def test_title_is_no_markup():
    assert "[red]alert[/red]" in printed(attrs.evolve(RESULT, title="[red]alert[/red]"))


def test_it_fits_a_terminal_of_80_columns():
    assert max(map(len, printed(RESULT, "results/gauss_222.h5").splitlines())) <= 80


def test_without_decibels_and_errors():
    stages = attrs.evolve(RESULT.stages, distortion_db=None, gap_db=None, gap_bits=None, errors={})
    text = printed(
        attrs.evolve(RESULT, stages=stages, distortion_unit="errors/sample", decomposition=None)
    )
    assert "dB" not in text.split("measured")[1]
    assert "±" not in text
    assert ["1", "0.3986", "0.3986", "0.07253"] in [line.split() for line in text.splitlines()]


def test_terminal_that_knows_ascii_only():
    text = printed(RESULT, encoding="ascii")
    assert "+-0.00013" in text


def test_one_row_of_values_a_stage():
    table = stage_table(RESULT)
    assert table.row_count == 2 * RESULT.stages.stages


@settings(max_examples=40)
@given(results())
def test_any_result_can_be_printed_and_is_valid_json(result):
    stage_table(result)
    header(result)
    json.dumps(as_json(result), allow_nan=False)


def test_json_has_every_figure_with_its_error():
    plain = as_json(RESULT, "results/gauss_222.h5")
    assert json.loads(json.dumps(plain)) == plain
    assert (plain["file"], plain["name"]) == ("results/gauss_222.h5", "gauss_222")
    assert plain["bounds"]["wyner-ziv"] == "Wyner-Ziv bound"
    for k, stage in enumerate(plain["stages"]):
        assert stage["stage"] == k + 1
        for name, array in RESULT.stages.arrays().items():
            assert stage[name] == array[k]
            assert stage["standard_errors"][name] == RESULT.stages.errors[name][k]


def test_json_has_null_for_what_is_not_finite():
    gap = np.array([np.nan, np.inf, 1.0])
    plain = as_json(attrs.evolve(RESULT, stages=attrs.evolve(RESULT.stages, gap_db=gap)))
    assert [stage["gap_db"] for stage in plain["stages"]] == [None, None, 1.0]


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (0.310042, 0.000131, ("0.31004", "0.00013")),
        (-11.00042, 0.0021, ("-11.0004", "0.0021")),
        (1.5, 12.0, ("2", "12")),
        (0.0, 0.01, ("0.000", "0.010")),
        (123.4, None, ("123.4", "")),
        (0.0123456, None, ("0.01235", "")),
        (1.5, 0.0, ("1.500", "0")),
        (1.5, math.nan, ("1.500", "nan")),
        (math.nan, None, ("nan", "")),
        (-math.inf, 0.1, ("-inf", "0.10")),
        (2.5e-9, 1.0e-11, ("2.500e-09", "0.010e-09")),
        (2.5e8, 1.0e6, ("2.500e+08", "0.010e+08")),
    ],
)
def test_rounding(value, error, expected):
    assert rounded(value, error) == expected


@given(
    st.floats(-1e300, 1e300).filter(lambda value: value == 0 or abs(value) > 1e-290),
    st.floats(1e-6, 1.0),
)
def test_rounding_moves_a_number_by_less_than_a_tenth_of_its_error(value, relative):
    error = relative * (abs(value) or 1.0)
    text, uncertainty = rounded(value, error)
    assert abs(float(text) - value) <= 0.1 * error
    assert float(uncertainty) == pytest.approx(error, rel=0.06)
