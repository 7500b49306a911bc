"""Comparisons: labels, refusals, rows, CSV and figure."""

import copy
import csv
import io

import attrs
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from rich.console import Console

import wzsim
from wzsim.errors import InputError
from wzsim.reporting.compare import compare_results
from wzsim.reporting.compare_columns import comparison_csv
from wzsim.reporting.compare_figure import comparison_figure
from wzsim.reporting.compare_labels import short_names
from wzsim.reporting.compare_table import print_comparison
from wzsim.storage import Record
from wzsim.testing.example import example_result

RESULT = example_result("gauss_222")


def changed(result, /, **values):
    """The result with other keys in its scenario: `code__encoder__name="nsq"`; None removes one."""
    scenario = copy.deepcopy(dict(result.scenario))
    for path, value in values.items():
        *tables, key = path.split("__")
        table = scenario
        for name in tables:
            table = table.setdefault(name, {})
        if value is None:
            table.pop(key)
        else:
            table[key] = value
    return attrs.evolve(result, scenario=scenario, name=scenario["name"])


def learned(sizes, kind):
    """As a learned code of the paper would be; the numbers are those of a nested quantizer."""
    result = example_result("_".join(map(str, sizes)), alphabet_sizes=sizes, step=1.3)
    component = {"name": "mlp-monolithic" if len(sizes) == 1 else "rnn-layered"}
    result = changed(
        result,
        code__encoder=component,
        code__decoder=component,
        code__rate_estimator={"name": kind},
        training__lagrange_multiplier=160.0 if kind == "conditional" else 6.0,
    )
    if kind == "marginal":
        rate = result.decomposition.marginal_entropy
        stages = attrs.evolve(result.stages, stage_rate=rate, sum_rate=np.cumsum(rate))
        result = attrs.evolve(result, stages=stages)
    return result


PAPER = [
    learned(sizes, kind)
    for sizes in ((2, 2, 2), (4, 4), (2,), (4,), (8,), (16,))
    for kind in ("conditional", "marginal")
]


def compared(*results, mixed=False):
    sources = [
        Record.of(one, file=f"{n}.h5", content_sha256=f"hash {n}") for n, one in enumerate(results)
    ]
    return compare_results(sources, mixed=mixed)


def printed(comparison, encoding="utf-8"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    print_comparison(comparison, Console(file=stream, width=80, highlight=False))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)


class TestLabels:
    def test_systems_of_the_paper(self):
        labels = compared(*PAPER).labels
        assert len(set(labels)) == 12
        assert labels[0] == (
            "alphabet_sizes=[2,2,2] encoder=rnn-layered rate_estimator=conditional"
        )

    def test_what_is_the_same_in_all_is_left_out(self):
        other = changed(RESULT, code__rate_estimator__name="marginal")
        assert compared(RESULT, other).labels == (
            "rate_estimator=ideal-sw",
            "rate_estimator=marginal",
        )

    def test_name_title_and_seed_are_left_out(self):
        other = changed(RESULT, name="b", title="B", seed=7, training__epochs=3)
        one = changed(RESULT, training__epochs=180)
        assert compared(one, other).labels == ("epochs=180", "epochs=3")

    @pytest.mark.parametrize(
        ("change", "labels"),
        [
            ({"seed": 7, "name": "b"}, ("seed=2023", "seed=7")),
            ({"name": "b"}, ("name=gauss_222", "name=b")),
            ({}, ("gauss_222 [1]", "gauss_222 [2]")),
        ],
    )
    def test_unless_nothing_else_differs(self, change, labels):
        assert compared(RESULT, changed(RESULT, **change)).labels == labels

    def test_seed_tells_apart_what_nothing_else_does(self):
        results = [changed(RESULT, training__epochs=n, seed=s) for n, s in ((1, 1), (2, 1), (2, 2))]
        assert compared(*results).labels == (
            "epochs=1 seed=1",
            "epochs=2 seed=1",
            "epochs=2 seed=2",
        )

    def test_keys_that_tell_nothing_more_are_left_out_but_compared(self):
        lloyd = {"name": "lloyd", "nested_starts": 30}
        comparison = compared(RESULT, changed(RESULT, code__encoder=lloyd))
        assert comparison.labels == ("encoder=nsq", "encoder=lloyd")
        assert comparison.keys == (
            "code.encoder.name",
            "code.encoder.nested_starts",
            "code.encoder.step",
        )

    def test_parameters_stand_where_they_tell_apart(self):
        coarse, fine = (changed(RESULT, code__encoder__step=step) for step in (0.5, 0.25))
        lloyd = changed(RESULT, code__encoder={"name": "lloyd"})
        assert compared(coarse, fine, lloyd).labels == (
            "encoder=nsq step=0.5",
            "encoder=nsq step=0.25",
            "encoder=lloyd",
        )

    def test_result_without_a_key_of_its_own_has_its_name(self):
        other = changed(RESULT, name="b", training__epochs=3)
        assert compared(RESULT, other).labels == ("gauss_222", "epochs=3")

    def test_short_names_are_as_long_as_they_must_be(self):
        paths = ["correlation.source.scale", "correlation.channel.scale", "training.epochs"]
        assert short_names(paths) == {
            "correlation.source.scale": "source.scale",
            "correlation.channel.scale": "channel.scale",
            "training.epochs": "epochs",
        }
        assert short_names(["correlation.base", "evaluation.correlation.base"]) == {
            "correlation.base": "correlation.base",
            "evaluation.correlation.base": "evaluation.correlation.base",
        }

    def test_a_pair_of_the_evaluation_goes_by_its_name_and_what_differs(self):
        data = {"base": "y", "pair": {"name": "data", "path": "a.csv", "part": "held-out"}}
        on_law, on_rows = RESULT, changed(RESULT, evaluation__correlation=data)
        assert compared(on_law, on_rows, mixed=True).labels == ("gauss_222", "pair=data")
        data = {"base": "y", "pair": {"name": "data", "path": "b.csv", "part": "held-out"}}
        on_others = changed(RESULT, evaluation__correlation=data)
        assert compared(on_law, on_rows, on_others, mixed=True).labels == (
            "gauss_222",
            "pair=data path=a.csv",
            "pair=data path=b.csv",
        )
        low = example_result("low", noise_variance=0.01).scenario["correlation"]
        on_low = changed(RESULT, evaluation__correlation=low)
        assert compared(on_law, on_low, mixed=True).labels == ("gauss_222", "noise_variance=0.01")


class TestRefusals:
    def test_other_pair_with_keys_and_files(self):
        low = example_result("low", noise_variance=0.01)
        with pytest.raises(InputError) as error:
            compared(RESULT, low, RESULT, RESULT, RESULT, RESULT)
        assert str(error.value) == (
            "the results were measured with different pairs (X, Y) or distortions, so that their "
            "gaps and bounds do not compare: correlation.channel.noise_variance is 0.1 in 0.h5, "
            "2.h5, 3.h5 and 2 more and 0.01 in 1.h5; --mixed compares them all the same"
        )
        assert compared(RESULT, low, mixed=True).labels == (
            "noise_variance=0.1",
            "noise_variance=0.01",
        )

    def test_pair_of_the_evaluation_counts(self):
        low = example_result("low", noise_variance=0.01).scenario["correlation"]
        designed_for_low = changed(
            RESULT, correlation=low, evaluation__correlation=RESULT.scenario["correlation"]
        )
        assert len(compared(RESULT, designed_for_low).results) == 2
        measured_on_low = changed(RESULT, evaluation__correlation=low)
        with pytest.raises(InputError, match=r"noise_variance is 0\.1 in 0\.h5 and 0\.01 in 1\.h5"):
            compared(RESULT, measured_on_low)

    def test_other_distortion(self):
        other = changed(RESULT, distortion__name="hamming")
        with pytest.raises(InputError, match=r"distortion\.name is absent in 0\.h5 and hamming in"):
            compared(RESULT, other)
        with pytest.raises(InputError, match="distortion unit is units"):
            compared(RESULT, attrs.evolve(RESULT, distortion_unit="errors/sample"))

    def test_nothing(self):
        with pytest.raises(InputError, match="there is no result to compare"):
            compared()


def test_rows_have_every_figure():
    comparison = compared(RESULT, PAPER[2], mixed=True)
    assert [(row.file, row.stage) for row in comparison.rows] == [
        ("0.h5", 1), ("0.h5", 2), ("0.h5", 3), ("1.h5", 1), ("1.h5", 2),
    ]  # fmt: skip
    for row in comparison.rows[:3]:
        for name, array in RESULT.stages.arrays().items():
            assert getattr(row, name) == array[row.stage - 1]
            assert row.errors[name] == RESULT.stages.errors[name][row.stage - 1]
        assert row.refinement_loss_db is None


def test_loss_of_a_code_stands_at_its_last_stage_where_prices_are_the_same():
    def priced(loss, multiplier=160.0):
        result = changed(RESULT, training__lagrange_multiplier=multiplier, training__epochs=loss)
        result = changed(result, training__rate_weights=[0.0, 0.0, 1.0])
        return attrs.evolve(result, evaluation={**result.evaluation, "loss": float(loss)})

    comparison = compared(priced(7), priced(6))
    assert [row.loss for row in comparison.rows] == [None, None, 7.0, None, None, 6.0]
    heads, units, *lines = printed(comparison).splitlines()
    assert (heads.split()[-1], units.split()[-1]) == ("loss", "nat")
    assert [line.split()[-1] for line in lines if line.split()[0] == "3"] == ["7.0000", "6.0000"]
    rows = list(csv.DictReader(io.StringIO(comparison_csv(comparison))))
    assert [row["loss"] for row in rows] == ["", "", "7.0", "", "", "6.0"]
    other_price = compared(priced(7), priced(6, multiplier=20.0))
    assert {row.loss for row in other_price.rows} == {None}
    assert "nat" not in printed(other_price)


def test_table_fits_80_columns_and_has_errors():
    text = printed(compared(*PAPER))
    lines = text.splitlines()
    numbers = [line for line in lines if not line.startswith("alphabet")]
    assert max(map(len, numbers)) <= 80
    assert lines[0].split() == ["stage", "rate", "sum", "rate", "D", "D", "gap", "gap"]
    assert lines[1].split() == ["bit", "bit", "units^2", "dB", "dB", "bit"]
    assert lines[2] == "alphabet_sizes=[2,2,2] encoder=rnn-layered rate_estimator=conditional"
    assert lines[3].split()[0] == "1"
    assert lines[4].split()[0] == "±0.00013"
    assert "+-0.00013" in printed(compared(RESULT), encoding="ascii")


def test_table_of_exact_results_has_no_errors():
    exact = attrs.evolve(RESULT, stages=attrs.evolve(RESULT.stages, errors={}))
    text = printed(compared(exact))
    assert "±" not in text
    assert ["1", "0.39856", "0.39856", "0.072528", "-11.395", "1.0047", "0.16687"] in [
        line.split() for line in text.splitlines()
    ]


def test_csv_has_full_precision_and_every_differing_key():
    flagged = attrs.evolve(PAPER[1], flags=("collapsed",))
    comparison = compared(RESULT, flagged, mixed=True)
    text = comparison_csv(comparison)
    assert "\r" not in text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 6
    assert set(comparison.keys) < set(rows[0])
    for k, row in enumerate(rows[:3]):
        for name, array in RESULT.stages.arrays().items():
            assert float(row[name]) == array[k]
            assert float(row[f"{name}_errors"]) == RESULT.stages.errors[name][k]
        assert row["refinement_loss_db"] == row["refinement_loss_db_errors"] == ""
        assert (row["file"], row["content_sha256"]) == ("0.h5", "hash 0")
        assert row["training.lagrange_multiplier"] == ""
    assert rows[3]["code.encoder.name"] == "rnn-layered"
    assert rows[3]["training.lagrange_multiplier"] == "6"
    assert (rows[3]["status"], rows[3]["flags"]) == ("complete", "collapsed")
    assert rows[3]["name"] == "2_2_2"
    assert comparison_csv(comparison) == text


class TestFigure:
    def test_systems_by_marker_and_rates_by_line(self):
        figure = comparison_figure(compared(*PAPER))
        (axes,) = figure.axes
        lines = [line for line in axes.lines if line.get_marker() in ("o", "s", "^")]
        assert [text.get_text() for text in figure.legends[0].get_texts()] == [
            "[2,2,2] rnn-layered conditional",
            "[2,2,2] rnn-layered marginal",
            "[4,4] rnn-layered conditional",
            "[4,4] rnn-layered marginal",
            "[2] [4] [8] [16] mlp-monolithic conditional",
            "[2] [4] [8] [16] mlp-monolithic marginal",
        ]
        assert [line.get_marker() for line in lines] == ["o", "o", "s", "s", "^", "^"]
        assert [line.get_linestyle() for line in lines] == ["-", "--"] * 3
        for solid, dashed in zip(lines[::2], lines[1::2], strict=True):
            assert solid.get_color() == dashed.get_color() == solid.get_markerfacecolor()
            assert to_rgb(dashed.get_markerfacecolor()) == (1.0, 1.0, 1.0)

    def test_monolithic_codes_make_one_line_in_the_order_of_rates(self):
        figure = comparison_figure(compared(*PAPER[:3:-2]))
        (line,) = (line for line in figure.axes[0].lines if line.get_marker() == "o")
        rates = [float(result.stages.sum_rate[0]) for result in PAPER[5::2]]
        np.testing.assert_array_equal(line.get_xdata(), sorted(rates))

    def test_points_of_several_prices_are_called_by_their_encoder(self):
        prices = [changed(PAPER[4], training__lagrange_multiplier=price) for price in (1.0, 2.0)]
        figure = comparison_figure(compared(*prices))
        assert [text.get_text() for text in figure.legends[0].get_texts()] == ["mlp-monolithic"]

    def test_both_bounds_are_drawn_once(self):
        (axes,) = comparison_figure(compared(*PAPER)).axes
        assert len([line for line in axes.lines if len(line.get_xdata()) > 20]) == 2
        names = [text.get_text() for text in axes.texts]
        assert sorted(names) == ["Wyner-Ziv bound", "no side information"]

    def test_bounds_of_different_pairs_are_called_by_what_differs(self):
        low = example_result("low", noise_variance=0.01)
        (axes,) = comparison_figure(compared(RESULT, low, mixed=True)).axes
        assert {
            "Wyner-Ziv bound (noise_variance=0.1)",
            "Wyner-Ziv bound (noise_variance=0.01)",
        } <= {text.get_text() for text in axes.texts}

    def test_a_bound_whose_pair_has_no_name_of_its_own_has_its_title_alone(self):
        data = {"base": "y", "pair": {"name": "data", "path": "a.csv"}}
        on_rows = attrs.evolve(changed(RESULT, evaluation__correlation=data), bounds={})
        figure = comparison_figure(compared(RESULT, on_rows, mixed=True))
        (axes,) = figure.axes
        assert "Wyner-Ziv bound" in {text.get_text() for text in axes.texts}
        said = [text.get_text() for text in figure.legends[0].get_texts()]
        assert said[:2] == ["gauss_222", "pair=data (dotted: the bounds are not of its pair)"]
        styles = [line.get_linestyle() for line in figure.legends[0].get_lines()]
        assert styles[:2] == ["-", ":"]

    def test_findings_are_told(self):
        results = [*PAPER[:4], attrs.evolve(PAPER[4], flags=("collapsed",)), PAPER[6]]
        labels = [
            text.get_text() for text in comparison_figure(compared(*results)).legends[0].texts
        ]
        assert labels[-1] == "[2] [4] mlp-monolithic conditional (1 collapsed)"

    def test_long_labels_are_wrapped_and_a_third_kind_of_rate_is_told(self):
        more = {f"training__some_long_key_{n}": n for n in range(4)}
        results = [
            changed(
                RESULT, code__alphabet_sizes=[2, 2, n], **{key: v * n for key, v in more.items()}
            )
            for n in range(2, 4)
        ]
        results += [changed(results[0], code__rate_estimator__name=kind) for kind in ("a", "b")]
        figure = comparison_figure(compared(*results))
        figure.draw_without_rendering()
        markers = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
        assert len({str(line.get_markerfacecolor()) for line in markers}) == 3


def test_python_api_takes_results_and_files(tmp_path):
    from wzsim.storage import write_result

    written = write_result(PAPER[0], tmp_path / "a.h5")
    comparison = wzsim.compare([tmp_path / "a.h5", PAPER[1]])
    assert comparison.labels == ("rate_estimator=conditional", "rate_estimator=marginal")
    assert comparison.results[0].record.content_sha256 == written
    assert comparison.rows[-1].content_sha256 == write_result(PAPER[1], tmp_path / "b.h5")
    assert {row.file for row in comparison.rows} == {str(tmp_path / "a.h5"), ""}
