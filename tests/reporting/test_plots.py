"""Figures: what is on them, not how they look."""

import subprocess
import sys

import attrs
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from wzsim.errors import InputError
from wzsim.reporting.curves import bound_curves
from wzsim.reporting.intervals import runs
from wzsim.reporting.plots import (
    binning_figure,
    rate_distortion_figure,
    save_figure,
    training_figure,
)
from wzsim.reporting.style import COLORS, fills, result_style, strokes
from wzsim.simulation.result import StageFigures
from wzsim.testing.example import example_coding, example_result

RESULT = example_result("gauss_222")
OTHER = example_result("gauss_44", alphabet_sizes=(4, 4))
HISTORY = ("loss", "stage_rate", "stage_distortion", "temperature", "learning_rate")
LOW = example_result("low_noise", noise_variance=0.01)


def legend_texts(figure):
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def axes_texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def with_points(result, rate, distortion_db, **changes):
    stages = StageFigures(
        stage_rate=np.diff(rate, prepend=0.0),
        sum_rate=np.array(rate),
        distortion=10 ** (np.array(distortion_db) / 10),
        distortion_db=np.array(distortion_db),
    )
    return attrs.evolve(
        result,
        stages=stages,
        decomposition=None,
        training=None,
        binning=None,
        reconstruction=None,
        **changes,
    )


class TestRealBits:
    CODED = attrs.evolve(RESULT, coding=example_coding(RESULT))

    def test_a_square_stands_at_what_was_sent_and_is_joined_to_its_stage(self):
        figure = rate_distortion_figure([self.CODED, OTHER])
        (axes,) = figure.axes
        (squares,) = [line for line in axes.lines if line.get_markersize() == 6.5]
        coding, stages = self.CODED.coding, RESULT.stages
        np.testing.assert_array_equal(squares.get_xdata(), coding.coded_sum_rate)
        np.testing.assert_array_equal(squares.get_ydata(), coding.distortion_db)
        assert squares.get_markerfacecolor() == "none"
        joins = [line.get_xdata() for line in axes.lines if line.get_linewidth() == 0.7]
        assert len(joins) == stages.stages
        expected = zip(stages.sum_rate, coding.coded_sum_rate, strict=True)
        assert sorted(map(tuple, joins)) == sorted(expected)

    def test_the_legend_has_one_entry_and_tells_survivors(self):
        texts = legend_texts(rate_distortion_figure([self.CODED, self.CODED]))
        assert texts.count("real bits") == 1
        assert "crossed: of decoded frames alone, no bound holds" in texts
        whole = attrs.evolve(RESULT, coding=example_coding(RESULT, failed=(0, 0, 0)))
        assert legend_texts(rate_distortion_figure([whole]))[1:] == ["real bits"]

    def test_the_legend_tells_feedback(self):
        requests = np.array([3, 0, 1])
        coding = attrs.evolve(self.CODED.coding, feedback=True, requests=requests)
        asking = attrs.evolve(RESULT, coding=coding)
        texts = legend_texts(rate_distortion_figure([asking]))
        assert "real bits, with feedback (4 requests)" in texts
        texts = legend_texts(rate_distortion_figure([asking, self.CODED]))
        assert "real bits, some with feedback (4 requests)" in texts

    def test_axes_reach_what_was_sent(self):
        far = attrs.evolve(self.CODED.coding, coded_sum_rate=self.CODED.coding.coded_sum_rate + 2.0)
        (axes,) = rate_distortion_figure([attrs.evolve(RESULT, coding=far)]).axes
        assert axes.get_xlim()[1] > 3.5

    def test_what_was_never_decoded_has_no_square(self):
        none = attrs.evolve(
            self.CODED.coding,
            distortion=np.full(3, np.nan),
            distortion_db=np.full(3, np.nan),
            decoded=np.zeros(3, np.int64),
        )
        figure = rate_distortion_figure([attrs.evolve(RESULT, coding=none)])
        assert "real bits" not in legend_texts(figure)

    def test_replicates_have_the_median(self):
        codings = [
            attrs.evolve(self.CODED.coding, coded_sum_rate=self.CODED.coding.coded_sum_rate + more)
            for more in (0.0, 0.1, 0.3)
        ]
        results = [
            attrs.evolve(RESULT, coding=coding, scenario={**RESULT.scenario, "seed": seed})
            for seed, coding in enumerate(codings)
        ]
        (axes,) = rate_distortion_figure(results).axes
        (squares,) = [line for line in axes.lines if line.get_markersize() == 6.5]
        np.testing.assert_array_equal(squares.get_xdata(), codings[1].coded_sum_rate)


class TestRateDistortion:
    def test_axes_have_units(self):
        (axes,) = rate_distortion_figure([RESULT]).axes
        assert axes.get_xlabel() == r"sum rate $R_1 + \cdots + R_k$ [bit/sample]"
        assert axes.get_ylabel() == "distortion $D$ [dB]"

    def test_points_are_those_of_the_stages(self):
        (axes,) = rate_distortion_figure([RESULT]).axes
        (line,) = (line for line in axes.lines if line.get_marker() == "o")
        np.testing.assert_array_equal(line.get_xdata(), RESULT.stages.sum_rate)
        np.testing.assert_array_equal(line.get_ydata(), RESULT.stages.distortion_db)

    def test_bounds_are_on_the_axes_by_name_and_cut_at_their_end(self):
        (axes,) = rate_distortion_figure([RESULT]).axes
        assert {"Wyner-Ziv bound", "no side information"} <= set(axes_texts(axes.figure))
        right = axes.get_xlim()[1]
        curves = [line for line in axes.lines if len(line.get_xdata()) > 10]
        assert len(curves) == 2
        for curve, variance in zip(curves, (0.1, 1.1), strict=True):
            rate = np.asarray(curve.get_xdata())
            np.testing.assert_allclose(curve.get_ydata(), 10 * np.log10(variance * 4**-rate))
            assert rate[0] == 0.0
            assert rate[-1] == pytest.approx(right)

    def test_wyner_ziv_is_solid_black_and_the_other_is_not(self):
        (axes,) = rate_distortion_figure([RESULT]).axes
        lowest, other = (line for line in axes.lines if len(line.get_xdata()) > 10)
        assert (lowest.get_linestyle(), to_rgb(lowest.get_color())) == ("-", (0.0, 0.0, 0.0))
        assert other.get_linestyle() != "-"

    def test_shared_bounds_are_drawn_once(self):
        figure = rate_distortion_figure([RESULT, OTHER])
        (axes,) = figure.axes
        assert len([line for line in axes.lines if len(line.get_xdata()) > 10]) == 2
        assert legend_texts(figure) == [RESULT.title, OTHER.title]

    def test_bounds_of_different_sources_are_told_apart(self):
        names = {curve.label for curve in bound_curves([RESULT, LOW])}
        assert names == {
            "Wyner-Ziv bound (gauss_222)",
            "Wyner-Ziv bound (low_noise)",
            "no side information (gauss_222)",
            "no side information (low_noise)",
        }

    def test_bounds_that_coincide_are_one_curve_with_both_names(self):
        twin = attrs.evolve(RESULT.bounds["wyner-ziv"], title="side information at both ends")
        result = attrs.evolve(RESULT, bounds={**RESULT.bounds, "conditional": twin})
        names = [curve.label for curve in bound_curves([result])]
        assert names == ["Wyner-Ziv bound = side information at both ends", "no side information"]

    def test_bound_of_infinite_decibels_is_cut_there(self):
        bound = RESULT.bounds["wyner-ziv"]
        db = np.where(bound.rate > 1, -np.inf, bound.distortion_db)
        result = attrs.evolve(RESULT, bounds={"x": attrs.evolve(bound, distortion_db=db)})
        (curve,) = bound_curves([result])
        assert curve.rate[-1] <= 1
        rate_distortion_figure([result]).draw_without_rendering()

    def test_interval_of_a_numeric_bound_is_shaded(self):
        bound = RESULT.bounds["wyner-ziv"]
        wide = attrs.evolve(bound, distortion_upper=1.2 * bound.distortion)
        result = attrs.evolve(RESULT, bounds={"wyner-ziv": wide})
        assert len(rate_distortion_figure([RESULT]).axes[0].collections) == 0
        assert len(rate_distortion_figure([result]).axes[0].collections) == 1

    def test_the_legend_names_the_shaded_area_where_it_can_be_seen(self):
        def legend(factor):
            bound = RESULT.bounds["wyner-ziv"]
            wide = attrs.evolve(bound, distortion_upper=factor * bound.distortion)
            result = attrs.evolve(RESULT, bounds={"wyner-ziv": wide})
            return legend_texts(rate_distortion_figure([result]))

        assert legend(1.2) == [RESULT.title, "bound lies in here"]
        assert legend(1.001) == [RESULT.title]

    def test_wyner_ziv_is_solid_black_where_another_bound_is_lower(self):
        bound = RESULT.bounds["wyner-ziv"]
        db = bound.distortion_db - np.linspace(0.0, 3.0, len(bound.rate))
        lower = attrs.evolve(bound, title="side information at both ends", distortion_db=db)
        result = attrs.evolve(RESULT, bounds={"conditional": lower, "wyner-ziv": bound})
        (axes,) = rate_distortion_figure([result]).axes
        lines = [line for line in axes.lines if len(line.get_xdata()) > 10]
        assert [line.get_linestyle() for line in lines] == ["--", "-"]
        assert to_rgb(lines[1].get_color()) == (0.0, 0.0, 0.0)

    def test_names_of_bounds_that_bend_or_meet_a_point_stand_in_the_legend(self):
        def where(result):
            figure = rate_distortion_figure([result, attrs.evolve(OTHER, bounds={})])
            name = "Wyner-Ziv bound"
            return name in axes_texts(figure), name in legend_texts(figure)

        bound = RESULT.bounds["wyner-ziv"]
        straight = attrs.evolve(RESULT, bounds={"wyner-ziv": bound})
        assert where(straight) == (True, False)
        bent = attrs.evolve(bound, distortion_db=np.maximum(bound.distortion_db, -17.0))
        assert where(attrs.evolve(RESULT, bounds={"wyner-ziv": bent})) == (False, True)
        on_the_bound = with_points(
            straight, [1.4], np.interp([1.4], bound.rate, bound.distortion_db)
        )
        assert where(on_the_bound) == (False, True)

    def test_a_single_point_has_no_line(self):
        one = with_points(RESULT, [1.0], [-12.0])
        (axes,) = rate_distortion_figure([one, OTHER]).axes
        styles = {line.get_marker(): line.get_linestyle() for line in axes.lines}
        assert styles["o"] == "None"
        assert styles["s"] != "None"

    def test_results_differ_in_marker_line_and_colour(self):
        results = [with_points(RESULT, [1.0, 2.0], [-12.0, -14 - n], name=str(n)) for n in range(4)]
        (axes,) = rate_distortion_figure(results).axes
        lines = [line for line in axes.lines if line.get_marker() not in ("None", "", "_", "|")]
        assert len(lines) == 4
        assert len({line.get_marker() for line in lines}) == 4
        assert len({line.get_color() for line in lines}) == 4
        assert len({str(result_style(number)["linestyle"]) for number in range(4)}) == 4

    def test_error_bars_only_where_they_are_larger_than_the_marker(self):
        def bars(error):
            errors = {"distortion_db": np.full(3, error), "sum_rate": np.full(3, 1e-5)}
            stages = attrs.evolve(RESULT.stages, errors=errors)
            (axes,) = rate_distortion_figure([attrs.evolve(RESULT, stages=stages)]).axes
            return [segment for found in axes.collections for segment in found.get_segments()]

        assert bars(1e-3) == []
        heights = [segment[1, 1] - segment[0, 1] for segment in bars(0.5)]
        np.testing.assert_allclose(heights, 1.0)

    def test_gaps_are_told_for_one_result_only(self):
        texts = axes_texts(rate_distortion_figure([RESULT]))
        assert {"stage 1\n+1.00 dB", "stage 2\n+1.42 dB", "stage 3\n+1.53 dB"} <= set(texts)
        assert not [t for t in axes_texts(rate_distortion_figure([RESULT, OTHER])) if "stage" in t]

    def test_flagged_and_failed_results_are_hollow_and_say_so(self):
        flagged = attrs.evolve(RESULT, flags=("collapsed",), title="a")
        failed = attrs.evolve(RESULT, status="failed", title="b")
        figure = rate_distortion_figure([flagged, failed])
        assert legend_texts(figure)[:2] == ["a (collapsed)", "b (failed)"]
        markers = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "s")]
        assert [line.get_markerfacecolor() for line in markers] == ["white", "white"]

    def test_same_titles_fall_back_to_names_and_same_names_are_numbered(self):
        titled = attrs.evolve(OTHER, title=RESULT.title)
        assert legend_texts(rate_distortion_figure([RESULT, titled])) == ["gauss_222", "gauss_44"]
        assert legend_texts(rate_distortion_figure([RESULT, RESULT])) == [
            "gauss_222 [1]",
            "gauss_222 [2]",
        ]

    @pytest.mark.parametrize("title", ["$x", "_hidden", r"\bad{$", "costs $5 and $6"])
    def test_titles_are_no_formulas(self, title):
        figure = rate_distortion_figure([attrs.evolve(RESULT, title=title)])
        figure.draw_without_rendering()
        assert legend_texts(figure) == [title]

    def test_distortion_that_is_no_power(self):
        stages = attrs.evolve(RESULT.stages, distortion_db=None, gap_db=None, errors={})
        bounds = {n: attrs.evolve(b, distortion_db=None) for n, b in RESULT.bounds.items()}
        result = attrs.evolve(RESULT, stages=stages, bounds=bounds, distortion_unit="errors/sample")
        (axes,) = rate_distortion_figure([result]).axes
        assert axes.get_ylabel() == "distortion $D$ [errors/sample]"
        with pytest.raises(InputError, match=r"no common axis: errors/sample .*dB \(gauss_44\)"):
            rate_distortion_figure([result, OTHER])

    def test_nothing_to_draw(self):
        with pytest.raises(InputError, match="no result"):
            rate_distortion_figure([])

    def test_collapsed_and_broken_numbers_still_give_a_picture(self):
        collapsed = with_points(RESULT, [0.0, 0.0], [-10.0, -10.0])
        broken = with_points(RESULT, [np.nan, np.nan], [np.nan, np.nan], bounds={})
        for results in ([collapsed], [broken], [collapsed, broken]):
            figure = rate_distortion_figure(results)
            figure.draw_without_rendering()
            left, right = figure.axes[0].get_xlim()
            assert left == 0.0
            assert right >= 0.25


class TestBins:
    def test_axes_have_units(self):
        strips, index, *stages = binning_figure(RESULT).axes
        assert index.get_xlabel() == "source $x$ [units]"
        assert index.get_ylabel() == "message index"
        assert [axes.get_xlabel() for axes in stages] == ["side information $y$ [units]"] * 3
        assert stages[0].get_ylabel() == r"reconstruction $\hat x_k$ [units]"
        assert [tick.get_text() for tick in strips.get_yticklabels()] == [
            "$m_{1}$",
            "$m_{2}$",
            "$m_{3}$",
        ]

    def test_unit_follows_the_distortion(self):
        _, index, *_ = binning_figure(attrs.evolve(RESULT, distortion_unit="V^2")).axes
        assert index.get_xlabel() == "source $x$ [V]"

    def test_strips_cover_the_line_in_the_colour_of_their_symbol(self):
        strips = binning_figure(RESULT).axes[0]
        assert len(strips.collections) == 3
        for symbols, strip in zip(RESULT.binning.stage_symbols, strips.collections, strict=True):
            boxes = strip.get_paths()
            edges = [box.get_extents() for box in boxes]
            assert edges[0].x0 == RESULT.binning.x[0]
            assert edges[-1].x1 == RESULT.binning.x[-1]
            colors = fills(2)
            for box, color in zip(edges, strip.get_facecolors(), strict=True):
                inside = (RESULT.binning.x > box.x0) & (RESULT.binning.x < box.x1)
                (symbol,) = set(symbols[inside].tolist())
                assert tuple(color) == pytest.approx(colors[symbol])

    def test_message_index_is_drawn_where_it_is(self):
        index = binning_figure(RESULT).axes[1]
        (lines,) = index.collections
        for (start, level), (stop, _) in lines.get_segments():
            inside = (RESULT.binning.x > start) & (RESULT.binning.x < stop)
            assert set(RESULT.binning.message_index[inside].tolist()) == {int(level)}

    def test_a_curve_for_each_prefix_of_each_stage(self):
        _, _, *stages = binning_figure(RESULT).axes
        for axes, x_hat in zip(stages, RESULT.reconstruction.x_hat, strict=True):
            identity, *curves = axes.lines
            np.testing.assert_array_equal(identity.get_xdata(), identity.get_ydata())
            np.testing.assert_array_equal([curve.get_ydata() for curve in curves], x_hat)
        names = [text.get_text() for text in stages[2].get_legend().get_texts()]
        assert names == ["000", "001", "010", "011", "100", "101", "110", "111"]

    def test_prefixes_that_no_x_has_are_grey_and_nameless(self):
        index = np.minimum(RESULT.binning.message_index, 5)  # never 110 nor 111
        binning = attrs.evolve(RESULT.binning, message_index=index)
        _, _, *stages = binning_figure(attrs.evolve(RESULT, binning=binning)).axes
        names = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in stages]
        assert names[1] == ["00", "01", "10"]
        assert names[2] == ["000", "001", "010", "011", "100", "101"]
        assert [len(axes.lines) for axes in stages] == [3, 5, 9]
        assert {line.get_color() for line in stages[2].lines[-2:]} == {"#bbbbbb"}

    def test_many_curves_are_named_by_first_and_last(self):
        _, _, _, last = binning_figure(OTHER).axes
        names = [text.get_text() for text in last.get_legend().get_texts()]
        assert names == ["00", "... 33"]

    def test_bins_alone_and_reconstructions_alone(self):
        assert len(binning_figure(attrs.evolve(RESULT, reconstruction=None)).axes) == 2
        assert len(binning_figure(attrs.evolve(RESULT, binning=None)).axes) == 3

    def test_result_without_either(self):
        with pytest.raises(InputError, match="gauss_222 has no bins to draw"):
            binning_figure(attrs.evolve(RESULT, binning=None, reconstruction=None))

    @pytest.mark.parametrize("sizes", [(2,), (16,), (2, 2, 2, 2), (2, 2, 2, 2, 2)])
    def test_any_number_of_stages(self, sizes):
        figure = binning_figure(example_result(alphabet_sizes=sizes))
        figure.draw_without_rendering()
        shown = [axes for axes in figure.axes if axes.get_visible()]
        assert len(shown) == 2 + len(sizes)

    def test_constant_code(self):
        starts, stops, values = runs(np.arange(3.0), np.zeros(3, np.int64))
        assert (starts.tolist(), stops.tolist(), values.tolist()) == ([0.0], [2.0], [0])


class TestTraining:
    def test_a_line_for_each_stage_and_schedule(self):
        loss, rate, distortion, schedule = training_figure(RESULT).axes
        np.testing.assert_array_equal(loss.lines[0].get_ydata(), RESULT.training.loss)
        assert loss.get_ylabel() == "loss [nat]"
        assert rate.get_ylabel() == "stage rate, relaxed [bit/sample]"
        assert distortion.get_ylabel() == "distortion, relaxed [dB]"
        assert distortion.get_xlabel() == schedule.get_xlabel() == "epoch"
        np.testing.assert_array_equal(
            [line.get_ydata() for line in rate.lines], RESULT.training.stage_rate.T
        )
        assert len(distortion.lines) == 3
        assert len(schedule.lines) == 2

    def test_a_single_report_is_a_point(self):
        first = {name: getattr(RESULT.training, name)[:1] for name in HISTORY}
        history = attrs.evolve(RESULT.training, **first)
        for axes in training_figure(attrs.evolve(RESULT, training=history)).axes:
            for line in axes.lines:
                assert line.get_marker() not in ("", "None", None)
                start, _ = line.get_markevery() or (0, 1)
                assert start == 0

    def test_result_without_training(self):
        with pytest.raises(InputError, match="gauss_222 was not trained"):
            training_figure(attrs.evolve(RESULT, training=None))


class TestSaving:
    @pytest.mark.parametrize("ending", ["png", "pdf", "svg", "PNG"])
    def test_same_figure_same_bytes(self, ending, tmp_path):
        for name in ("a", "b"):
            save_figure(binning_figure(RESULT), tmp_path / f"{name}.{ending}")
        first, second = ((tmp_path / f"{name}.{ending}").read_bytes() for name in ("a", "b"))
        assert first == second
        assert first[:4] in (b"\x89PNG", b"%PDF", b"<?xm")

    @pytest.mark.parametrize("name", ["figure.jpg", "figure", "figure.png.bak"])
    def test_other_endings_are_refused(self, name, tmp_path):
        with pytest.raises(InputError, match=r"ends in one of \.png, \.pdf, \.svg"):
            save_figure(Figure(), tmp_path / name)
        assert list(tmp_path.iterdir()) == []

    def test_directory_that_is_not_there(self, tmp_path):
        with pytest.raises(InputError, match=r"cannot write .* lies in no directory that exists"):
            save_figure(Figure(), tmp_path / "nowhere" / "figure.png")

    def test_settings_of_the_caller_stay(self, tmp_path):
        import matplotlib as mpl

        before = dict(mpl.rcParams)
        save_figure(training_figure(RESULT), tmp_path / "figure.pdf")
        assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("wzsim.reporting.plots", "matplotlib.pyplot"),
        ("wzsim.reporting.plots", "torch"),
        ("wzsim.reporting.tables", "matplotlib"),
        ("wzsim.reporting.tables", "h5py"),
        ("wzsim.storage", "torch"),
    ],
)
def test_imports_stay_light(module, forbidden):
    code = f"import {module}, sys; sys.exit({forbidden!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_colours_get_lighter_or_darker_one_way_only():
    # What makes them tell an order in grey, too.
    for colors, sign in ((fills(8), -1), (strokes(8), 1)):
        lightness = [0.299 * r + 0.587 * g + 0.114 * b for r, g, b, _ in colors]
        assert np.all(sign * np.diff(lightness) > 0.01)
    grey = [np.dot(to_rgb(color), (0.299, 0.587, 0.114)) for color in COLORS]
    assert max(grey) < 0.75
