"""NeXus viewers plot a result as it should be plotted, without being told how."""

import h5py
import numpy as np
import pytest

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
    import attrs

    stages = attrs.evolve(RESULT.stages, distortion_db=None, gap_db=None, errors={})
    result = attrs.evolve(RESULT, stages=stages, distortion_unit="errors/sample")
    write_result(result, tmp_path / "hamming.h5")
    with h5py.File(tmp_path / "hamming.h5") as file:
        plot = nxdata.get_default(file)
        assert plot.signal_dataset_name == "distortion"
        assert plot.signal_name == "distortion D_k [errors/sample]"
        assert "distortion_db" not in plot.group
