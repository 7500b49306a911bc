"""Records: read in a fraction of the time, the same as from the whole result."""

from __future__ import annotations

from pathlib import Path

import attrs
import h5py
import numpy as np
import pytest
from hypothesis import given, settings

from wzsim.errors import ResultFileError
from wzsim.simulation.result import Result
from wzsim.storage import Record, read_record, write_result
from wzsim.storage.getting import MalformedError
from wzsim.storage.recording import quick_record
from wzsim.testing.example import example_coding, example_result
from wzsim.testing.results import assert_same, results

RESULT = attrs.evolve(
    example_result(),
    evaluation={"loss": 1.25, "uses_side_information": True, "method": "quadrature"},
    flags=("collapsed",),
)


CODED = attrs.evolve(RESULT, coding=example_coding(RESULT))


def record_of(path: Path, result: Result) -> Record:
    return Record.of(result, file=str(path), content_sha256=write_result(result, path))


def test_quick_and_whole_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    record = record_of(path, RESULT)
    assert (record.loss, record.uses_side_information) == (1.25, True)
    assert_same(quick_record(path), record)
    assert_same(read_record(path, whole=True), record)
    assert_same(read_record(path, whole=False), record)


def test_real_bits_are_part_of_a_record_and_of_its_stages(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    record = record_of(path, CODED)
    assert_same(quick_record(path), record)
    some = record.only([1, 3])
    assert some.coding is not None
    assert CODED.coding is not None
    np.testing.assert_array_equal(some.coding.bytes, CODED.coding.bytes[[0, 2]])
    error = CODED.coding.errors["distortion"][[0, 2]]
    np.testing.assert_array_equal(some.coding.errors["distortion"], error)


@settings(max_examples=15)
@given(result=results())
def test_so_are_those_of_any_result(
    result: Result, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("record") / "a.h5"
    record = record_of(path, result)
    assert_same(read_record(path, whole=False), record)
    assert_same(read_record(path, whole=True), record)


def test_texts_are_safe_to_show(tmp_path: Path) -> None:
    hostile = "a\x1b[2Jb\nc"
    result = attrs.evolve(
        RESULT,
        name=hostile,
        title=hostile,
        scenario={**RESULT.scenario, hostile: [hostile]},
        bounds={
            hostile: attrs.evolve(RESULT.bounds["wyner-ziv"], title=hostile, certificate=hostile)
        },
    )
    write_result(result, tmp_path / "a.h5")
    for record in (quick_record(tmp_path / "a.h5"), read_record(tmp_path / "a.h5", whole=True)):
        said = repr((record.name, record.title, record.scenario, list(record.bounds.items())))
        assert "\x1b" not in said
        assert r"a\x1b[2Jb\nc" in record.scenario
        assert record.name == record.title == r"a\x1b[2Jb\nc"


def test_bounds_of_equal_content_are_one(tmp_path: Path) -> None:
    for name in "ab":
        write_result(attrs.evolve(RESULT, name=name), tmp_path / f"{name}.h5")
    first, second = (quick_record(tmp_path / f"{name}.h5") for name in "ab")
    assert first.bounds["wyner-ziv"] is second.bounds["wyner-ziv"]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("where", ["run/rd/sum_rate", "run/bounds/wyner-ziv/distortion"])
def test_a_flipped_bit_in_what_is_read_is_found(tmp_path: Path, where: str, whole: bool) -> None:
    path = tmp_path / "a.h5"
    write_result(RESULT, path)
    with h5py.File(path) as file:
        place = file[where].id.get_chunk_info(0).byte_offset
    content = bytearray(path.read_bytes())
    content[place + 3] ^= 1
    path.write_bytes(content)
    with pytest.raises(ResultFileError, match=r"a\.h5 is damaged"):
        read_record(path, whole=whole)


@pytest.mark.parametrize("whole", [True, False])
def test_so_is_one_in_the_scenario(tmp_path: Path, whole: bool) -> None:
    path = tmp_path / "a.h5"
    write_result(RESULT, path)
    content = path.read_bytes()
    assert content.count(b'"noise_variance": 0.1') == 1
    path.write_bytes(content.replace(b'"noise_variance": 0.1', b'"noise_variance": 0.2'))
    with pytest.raises(ResultFileError, match=r"a\.h5 is damaged"):
        read_record(path, whole=whole)


def test_what_is_not_read_is_checked_as_a_whole_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    write_result(RESULT, path)
    with h5py.File(path) as file:
        place = file["run/binning/x"].id.get_chunk_info(0).byte_offset
    content = bytearray(path.read_bytes())
    content[place + 3] ^= 1
    path.write_bytes(content)
    assert read_record(path, whole=False).name == "example"
    with pytest.raises(ResultFileError):
        read_record(path, whole=True)


def forged(path: Path, change: object) -> None:
    """A result file in which something was put that wzsim never writes."""
    write_result(RESULT, path)
    with h5py.File(path, "r+") as file:
        assert callable(change)
        change(file)


def _link(file: h5py.File) -> None:
    del file["run/rd"]
    file["run/rd"] = h5py.SoftLink("/run/bounds/wyner-ziv")


def _outside(file: h5py.File) -> None:
    del file["run/rd/sum_rate"]
    external = [("/etc/passwd", 0, 24)]
    file.create_dataset("run/rd/sum_rate", (3,), np.float64, external=external)


def _compressed(file: h5py.File) -> None:
    del file["run/rd/sum_rate"]
    file.create_dataset("run/rd/sum_rate", data=np.zeros(2**20), compression="gzip")


def _larger_than_the_file(file: h5py.File) -> None:
    del file["run/rd/sum_rate"]
    file.create_dataset("run/rd/sum_rate", (2**40,), np.float64, chunks=(1024,))


@pytest.mark.parametrize("change", [_link, _outside, _compressed, _larger_than_the_file])
@pytest.mark.filterwarnings("ignore")
def test_nothing_is_followed_unpacked_or_allocated(tmp_path: Path, change: object) -> None:
    forged(tmp_path / "a.h5", change)
    with pytest.raises((MalformedError, KeyError, RuntimeError)):
        quick_record(tmp_path / "a.h5")
    with pytest.raises(ResultFileError):
        read_record(tmp_path / "a.h5", whole=False)
