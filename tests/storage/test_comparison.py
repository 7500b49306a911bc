"""Comparison files: what is copied, where from, and how viewers show it."""

import re
from pathlib import Path

import attrs
import h5py
import numpy as np
import pytest

from wzsim.errors import ResultFileError
from wzsim.reporting.compare import compare_results
from wzsim.storage import (
    Record,
    content_hash,
    find_results,
    hash_of_content,
    is_comparison,
    read_result,
    write_comparison,
    write_result,
)
from wzsim.testing.example import example_result

NAMES = ("gauss_222", "gauss_44", "gauss_8")
RESULTS = [
    example_result(name, alphabet_sizes=sizes)
    for name, sizes in zip(NAMES, ((2, 2, 2), (4, 4), (8,)), strict=True)
]


def sources(directory):
    """The results as files, to compare."""
    found = []
    for result in RESULTS:
        file = directory / f"{result.name}.h5"
        found.append(Record.of(result, file=str(file), content_sha256=write_result(result, file)))
    return found


@pytest.fixture
def file(tmp_path):
    comparison = compare_results(sources(tmp_path))
    write_comparison(comparison.results, comparison.bounds, tmp_path / "cmp.h5")
    return tmp_path / "cmp.h5"


def test_curves_are_copied_with_the_hashes_of_their_sources(file):
    with h5py.File(file) as comparison:
        copied = comparison["comparison/results"]
        assert list(copied) == list(NAMES)
        for name in NAMES:
            source = copied[name].attrs["source"].decode()
            assert source == str(file.parent / f"{name}.h5")
            assert copied[name].attrs["source_content_hash"].decode() == content_hash(source)
            stages = read_result(source).stages
            for figure, array in stages.arrays().items():
                np.testing.assert_array_equal(copied[name][figure], array)
            for figure, array in stages.errors.items():
                np.testing.assert_array_equal(copied[name][f"{figure}_errors"], array)
            np.testing.assert_array_equal(copied[name]["stage"], np.arange(stages.stages) + 1)
        label = copied["gauss_44"].attrs["label"].decode()
        assert label == "alphabet_sizes=[4,4]" == copied["gauss_44/title"].asstr()[()]
        assert copied["gauss_44/differing/code.alphabet_sizes"].asstr()[()] == "[4, 4]"


def test_bounds_are_there_once_from_the_result_in_which_they_reach_farthest(file):
    farthest = max(RESULTS, key=lambda result: result.bounds["wyner-ziv"].rate[-1])
    with h5py.File(file) as comparison:
        bounds = comparison["comparison/bounds"]
        assert list(bounds) == ["wyner-ziv", "rate-distortion"]
        for name, bound in bounds.items():
            curve = farthest.bounds[name]
            np.testing.assert_array_equal(bound["rate"], curve.rate)
            np.testing.assert_array_equal(bound["distortion_db"], curve.distortion_db)
            assert bound.attrs["source"].decode() == str(file.parent / f"{farthest.name}.h5")
            assert bound.attrs["source_content_hash"].decode() == hash_of_content(farthest)


def test_same_names_and_other_bounds_of_a_mixed_comparison_are_numbered(tmp_path):
    low = example_result("gauss_222", noise_variance=0.01)
    comparison = compare_results([Record.of(RESULTS[0]), Record.of(low)], mixed=True)
    write_comparison(comparison.results, comparison.bounds, tmp_path / "cmp.h5")
    with h5py.File(tmp_path / "cmp.h5") as file:
        assert list(file["comparison/results"]) == ["gauss_222", "gauss_222_2"]
        assert list(file["comparison/bounds"]) == [
            "wyner-ziv", "rate-distortion", "wyner-ziv_2", "rate-distortion_2",
        ]  # fmt: skip


def test_viewers_plot_all_points_and_every_curve(file):
    nxdata = pytest.importorskip("silx.io.nxdata")
    with h5py.File(file) as comparison:
        plot = nxdata.get_default(comparison)
        assert plot.group.name == "/comparison/points"
        assert plot.is_valid
        assert plot.is_scatter
        assert plot.axes_dataset_names == ["sum_rate", "distortion_db"]
        rates = np.concatenate([result.stages.sum_rate for result in RESULTS])
        np.testing.assert_array_equal(plot.axes[0][()], rates)
        np.testing.assert_array_equal(plot.signal[()], [1, 1, 1, 2, 2, 3])
        groups = [*comparison["comparison/results"].values()]
        groups += comparison["comparison/bounds"].values()
        assert len(groups) == 5
        for group in groups:
            curve = nxdata.NXdata(group)
            assert curve.is_valid, (group.name, curve.issues)
            assert curve.is_curve
        errors = nxdata.NXdata(comparison["comparison/results/gauss_222"]).errors
        np.testing.assert_array_equal(errors[()], RESULTS[0].stages.errors["distortion_db"])


def test_distortions_that_are_no_powers_are_plotted_as_they_are(tmp_path):
    stages = attrs.evolve(RESULTS[0].stages, distortion_db=None, gap_db=None, errors={})
    hamming = attrs.evolve(RESULTS[0], stages=stages, distortion_unit="errors/sample")
    mixed = [Record.of(hamming), Record.of(RESULTS[1])]
    for sources, unit in ((mixed[:1], b"errors/sample"), (mixed, b"own unit")):
        comparison = compare_results(sources, mixed=True)
        write_comparison(comparison.results, comparison.bounds, tmp_path / "cmp.h5")
        with h5py.File(tmp_path / "cmp.h5") as file:
            points = file["comparison/points"]
            assert "distortion_db" not in points
            assert points["distortion"].attrs["units"] == unit


def test_same_results_same_bytes(file):
    comparison = compare_results(sources(file.parent))
    write_comparison(comparison.results, comparison.bounds, file.parent / "again.h5")
    assert file.read_bytes() == (file.parent / "again.h5").read_bytes()
    assert not list(file.parent.glob("*.part"))


def test_a_comparison_is_no_result(file):
    assert is_comparison(file)
    assert not is_comparison(file.parent / "gauss_44.h5")
    assert not is_comparison(file.parent)
    assert not is_comparison(file.parent / "missing.h5")
    with pytest.raises(ResultFileError) as error:
        read_result(file)
    assert str(error.value) == (
        f"{file} is a comparison of results, no result; name the results that it was made of"
    )


def test_every_member_and_attribute_is_documented(file):
    page = (Path(__file__).parents[2] / "docs" / "file-format.md").read_text()
    section = page.split("## A comparison")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(/\S*)` \|[^|]*\|[^|]*\|([^|]*)\|", section, re.MULTILINE)
    documented = {path: set(re.findall(r"`@(\w+)`", attributes)) for path, attributes in rows}
    assert len(documented) == len(rows)
    copied = {"/comparison/results/NAME", "/comparison/bounds/NAME"}
    written = {}

    def note(name, member):
        path = re.sub(r"^/comparison/(results|bounds)/[^/]+", r"/comparison/\1/NAME", f"/{name}")
        path = re.sub(r"/differing/.+", "/differing/KEY", path)
        if path in documented or path.rpartition("/")[0] not in copied:  # else as in a result
            written[path] = set(member.attrs)

    with h5py.File(file) as comparison:
        written["/"] = set(comparison.attrs)
        comparison.visititems(note)
    assert set(written) == set(documented)
    for path, attributes in written.items():
        own = {"NX_class", "signal", "axes"} if path in copied else set()
        free = {"encoding"} if path.endswith("/KEY") else set()
        assert attributes - own - free == documented[path], path


class TestFinding:
    def test_directory_means_the_results_in_it_in_the_order_of_numbers(self, tmp_path):
        names = ["rate_2.h5", "rate_16.h5", "sweep/point.h5"]
        (tmp_path / "sweep").mkdir()
        for name in names:
            write_result(RESULTS[0], tmp_path / name)
        (tmp_path / "rate_2.progress.jsonl").touch()
        (tmp_path / "rate_3.h5.0123.part").touch()
        found = find_results([tmp_path])
        assert found == [tmp_path / name for name in names]

    def test_comparisons_in_a_directory_are_left_out(self, file):
        assert [path.name for path in find_results([file.parent])] == [
            "gauss_8.h5", "gauss_44.h5", "gauss_222.h5",
        ]  # fmt: skip
        assert find_results([file]) == [file]

    def test_a_file_named_twice_is_there_once(self, file):
        one = file.parent / "gauss_44.h5"
        found = find_results([one, file.parent, one])
        assert [path.name for path in found] == ["gauss_44.h5", "gauss_8.h5", "gauss_222.h5"]

    def test_patterns(self, tmp_path):
        names = ["rate_2.h5", "rate_16.h5", "sweep/point.h5", "sweep/[1].h5"]
        (tmp_path / "sweep").mkdir()
        for name in names:
            write_result(RESULTS[0], tmp_path / name)
        (tmp_path / "sweep/note.txt").touch()

        def found(pattern):
            return [str(path.relative_to(tmp_path)) for path in find_results([tmp_path / pattern])]

        assert found("**/*.h5") == ["rate_2.h5", "rate_16.h5", "sweep/[1].h5", "sweep/point.h5"]
        assert found("rate_?.h5") == ["rate_2.h5"]
        assert found("s*") == found("sweep/*") == ["sweep/[1].h5", "sweep/point.h5"]
        assert found("sweep/[1].h5") == ["sweep/[1].h5"]  # a file of that name comes first
        with pytest.raises(ResultFileError, match=r"no result \(\*\.h5\) that fits .*x\*\.h5"):
            found("x*.h5")

    def test_directory_without_results(self, tmp_path):
        with pytest.raises(ResultFileError) as error:
            find_results([tmp_path])
        assert str(error.value) == f"there is no result (*.h5) in {tmp_path}"
