"""NeXus viewers plot a result as it should be plotted, without being told how."""

import attrs
import h5py
import numpy as np
import pytest

from wzsim import app
from wzsim.storage import write_result
from wzsim.testing.example import example_result

nxdata = pytest.importorskip("silx.io.nxdata")

RESULT = example_result()


@pytest.fixture
def file(tmp_path):
    write_result(RESULT, tmp_path / "result.h5")
    with h5py.File(tmp_path / "result.h5") as file:
        yield file


def test_default_plot_is_the_rate_distortion_curve(file):
    plot = nxdata.get_default(file)
    assert plot.group.name == "/run/rd"
    assert plot.is_valid
    assert plot.is_curve
    assert plot.title == RESULT.title
    assert plot.signal_dataset_name == "distortion_db"
    assert plot.signal_name == "distortion D_k [dB]"
    assert plot.axes_dataset_names == ["sum_rate"]
    assert plot.axes_names == ["sum rate R_1 + ... + R_k [bit/sample]"]
    np.testing.assert_array_equal(plot.signal[()], RESULT.stages.distortion_db)
    np.testing.assert_array_equal(plot.axes[0][()], RESULT.stages.sum_rate)
    np.testing.assert_array_equal(plot.errors[()], RESULT.stages.errors["distortion_db"])
    errors = plot.get_axis_errors("sum_rate")
    np.testing.assert_array_equal(errors[()], RESULT.stages.errors["sum_rate"])


def test_every_plot_is_a_valid_curve_with_labels(file):
    groups = []
    file.visititems(
        lambda _name, item: groups.append(item) if item.attrs.get("NX_class") == b"NXdata" else None
    )
    names = {group.name for group in groups}
    assert names == {
        "/run/rd",
        "/run/bounds/wyner-ziv",
        "/run/bounds/rate-distortion",
        "/run/training",
        "/run/binning",
        "/run/reconstruction",
    }
    for group in groups:
        plot = nxdata.NXdata(group)
        assert plot.is_valid, (group.name, plot.issues)
        assert plot.is_curve, group.name
        assert "long_name" in plot.signal.attrs, group.name


def test_distortion_without_decibels_is_plotted_as_it_is(tmp_path):
    stages = attrs.evolve(RESULT.stages, distortion_db=None, gap_db=None, errors={})
    result = attrs.evolve(RESULT, stages=stages, distortion_unit="errors/sample")
    write_result(result, tmp_path / "hamming.h5")
    with h5py.File(tmp_path / "hamming.h5") as file:
        plot = nxdata.get_default(file)
        assert plot.signal_dataset_name == "distortion"
        assert plot.signal_name == "distortion D_k [errors/sample]"
        assert "distortion_db" not in plot.group


def test_other_curves_stand_beside_the_default_one(file):
    """What a viewer opens on a click: bounds by rate, training by epoch, the code by x and y."""
    axes = {
        "/run/bounds/wyner-ziv": ("distortion_db", ["rate"]),
        "/run/training": ("loss", ["epoch"]),
        "/run/binning": ("message_index", ["x"]),
        "/run/reconstruction": ("x_hat_3", [None, "y"]),
    }
    for name, (signal, expected) in axes.items():
        plot = nxdata.NXdata(file[name])
        assert plot.signal_dataset_name == signal
        assert plot.axes_dataset_names == expected
    bound = RESULT.bounds["wyner-ziv"]
    plot = nxdata.NXdata(file["/run/bounds/wyner-ziv"])
    np.testing.assert_array_equal(plot.axes[0][()], bound.rate)
    np.testing.assert_array_equal(plot.signal[()], bound.distortion_db)


@pytest.fixture
def comparison(tmp_path):
    results = [example_result(name, step=step) for name, step in (("a", 1.2), ("b", 1.66))]
    app.save_comparison(app.compare(results), output=tmp_path / "comparison.h5")
    with h5py.File(tmp_path / "comparison.h5") as file:
        yield file, results


def test_a_comparison_opens_as_all_points_by_result(comparison):
    file, results = comparison
    plot = nxdata.get_default(file)
    assert plot.group.name == "/comparison/points"
    assert plot.is_valid, plot.issues
    assert plot.is_scatter
    assert plot.title == "comparison of results"
    assert plot.axes_dataset_names == ["sum_rate", "distortion_db"]
    assert plot.axes_names == [
        "sum rate R_1 + ... + R_k [bit/sample]",
        "distortion D_k [dB]",
    ]
    assert plot.signal_name == "number of the result"
    np.testing.assert_array_equal(plot.signal[()], [1, 1, 1, 2, 2, 2])
    for axis, name in zip(plot.axes, ("sum_rate", "distortion_db"), strict=True):
        expected = np.concatenate([getattr(result.stages, name) for result in results])
        np.testing.assert_array_equal(axis[()], expected)


def test_every_curve_of_a_comparison_is_a_plot_with_errors(comparison):
    file, results = comparison
    groups = [*file["comparison/results"].values(), *file["comparison/bounds"].values()]
    assert len(groups) == 2 + 2
    for group in groups:
        plot = nxdata.NXdata(group)
        assert plot.is_valid, (group.name, plot.issues)
        assert plot.is_curve, group.name
        assert plot.signal_dataset_name == "distortion_db"
    for group, result in zip(groups, results, strict=False):
        plot = nxdata.NXdata(group)
        assert plot.title == group.attrs["label"].decode()
        np.testing.assert_array_equal(plot.errors[()], result.stages.errors["distortion_db"])
        errors = plot.get_axis_errors("sum_rate")
        np.testing.assert_array_equal(errors[()], result.stages.errors["sum_rate"])
