"""Records of many files, and the index that knows them from the last time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import attrs
import pytest

from wzsim.errors import ResultFileError
from wzsim.storage import collect_records, collecting, write_result
from wzsim.storage.index import FILE, SCHEMA
from wzsim.storage.writer import file_image
from wzsim.testing.example import example_coding, example_result
from wzsim.testing.results import assert_same

RESULTS = [example_result(name) for name in ("a", "b", "c")]
RESULTS[2] = attrs.evolve(RESULTS[2], coding=example_coding(RESULTS[2]))

Reads = list[str]


@pytest.fixture(scope="module")
def images() -> dict[str, bytes]:
    """The bytes of three result files."""
    return {result.name: file_image(result)[0] for result in RESULTS}


@pytest.fixture
def folder(tmp_path: Path, images: dict[str, bytes]) -> Path:
    """A directory of three results."""
    (tmp_path / "in").mkdir()
    for name, image in images.items():
        (tmp_path / "in" / f"{name}.h5").write_bytes(image)
    return tmp_path / "in"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """The names of the files that are opened from now on."""
    names: Reads = []
    read = collecting.read_record

    def noted(path: str, *, whole: bool) -> object:
        names.append(Path(path).name)
        return read(path, whole=whole)

    monkeypatch.setattr(collecting, "read_record", noted)
    return names


def test_the_second_time_nothing_is_opened(folder: Path, tmp_path: Path, reads: Reads) -> None:
    first = collect_records([folder], cache=tmp_path)
    assert reads == ["a.h5", "b.h5", "c.h5"]
    again = collect_records([folder], cache=tmp_path)
    assert len(reads) == 3
    for one, other in zip(first.records, again.records, strict=True):
        assert_same(one, other)


def test_a_file_that_changed_is_read_again(folder: Path, tmp_path: Path, reads: Reads) -> None:
    collect_records([folder], cache=tmp_path)
    changed = attrs.evolve(RESULTS[1], title="changed")
    before = (folder / "b.h5").stat()
    write_result(changed, folder / "b.h5")
    os.utime(folder / "b.h5", ns=(before.st_atime_ns, before.st_mtime_ns))  # as `cp -p` does
    reads.clear()
    records = collect_records([folder], cache=tmp_path).records
    assert reads == ["b.h5"]
    assert [record.title for record in records][1] == "changed"


def test_the_index_is_believed_where_a_file_has_not_changed(
    folder: Path, tmp_path: Path, reads: Reads
) -> None:
    """What it says comes out: the test above would pass for nothing if it were not asked."""
    collect_records([folder], cache=tmp_path)
    with sqlite3.connect(tmp_path / FILE) as index:
        index.execute('UPDATE results SET about = replace(about, \'"name": "b"\', \'"name": "x"\')')
    index.close()
    names = [record.name for record in collect_records([folder], cache=tmp_path).records]
    assert names == ["a", "x", "c"]
    assert [r.name for r in collect_records([folder], cache=None).records] == ["a", "b", "c"]
    assert len(reads) == 6


def _garbage(file: Path) -> None:
    file.write_bytes(b"garbage" * 1000)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:5000])


def _rows_of_garbage(file: Path) -> None:
    with sqlite3.connect(file) as index:
        index.execute("UPDATE results SET about = '[1, 2', figures = x'0102'")
    index.close()


def _no_bounds(file: Path) -> None:
    with sqlite3.connect(file) as index:
        index.execute("DELETE FROM bounds")
    index.close()


def _other_schema(file: Path) -> None:
    with sqlite3.connect(file) as index:
        index.execute("DROP TABLE results")
        index.execute("CREATE TABLE results (something TEXT)")
        index.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    index.close()


def _other_program(file: Path) -> None:
    with sqlite3.connect(file) as index:
        index.execute("UPDATE program SET version = '0.0.0'")
    index.close()


@pytest.mark.parametrize(
    "damage",
    [_garbage, _empty, _cut, _rows_of_garbage, _no_bounds, _other_schema, _other_program],
)
def test_an_index_that_is_no_good_is_made_anew(
    folder: Path, tmp_path: Path, reads: Reads, damage: Callable[[Path], None]
) -> None:
    first = collect_records([folder], cache=tmp_path)
    damage(tmp_path / FILE)
    second = collect_records([folder], cache=tmp_path)
    third = collect_records([folder], cache=tmp_path)
    assert len(reads) == 6
    for others in (second, third):
        for one, other in zip(first.records, others.records, strict=True):
            assert_same(one, other)


def test_a_locked_index_costs_time_alone(
    folder: Path, tmp_path: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wzsim.storage.index.PATIENCE", 0.01)
    collect_records([folder], cache=tmp_path)
    index = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    index.execute("BEGIN EXCLUSIVE")
    assert len(collect_records([folder], cache=tmp_path).records) == 3
    assert len(reads) == 6
    index.execute("COMMIT")
    index.close()
    collect_records([folder], cache=tmp_path)
    assert len(reads) == 6


def test_a_cache_that_cannot_be_written(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for cache in (tmp_path / "file", tmp_path / "file" / "cache"):
        assert len(collect_records([folder], cache=cache).records) == 3


def test_files_that_are_gone_are_forgotten(folder: Path, tmp_path: Path) -> None:
    collect_records([folder], cache=tmp_path)
    (folder / "a.h5").unlink()
    write_result(example_result("d"), folder / "d.h5")
    collect_records([folder], cache=tmp_path)
    with sqlite3.connect(tmp_path / FILE) as index:
        places = index.execute("SELECT place FROM results").fetchall()
    index.close()
    assert {os.fsdecode(place) for (place,) in places} == {
        str(folder.resolve() / f"{name}.h5") for name in "bcd"
    }


def test_verified_files_are_not_verified_again(folder: Path, tmp_path: Path, reads: Reads) -> None:
    collect_records([folder], cache=tmp_path, whole=False)
    collect_records([folder], cache=tmp_path, whole=True)
    assert len(reads) == 6
    collect_records([folder], cache=tmp_path, whole=True)
    assert len(reads) == 6


def test_a_few_files_that_were_never_checked_as_a_whole_are(
    folder: Path, tmp_path: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "FEW", 2)
    collect_records([folder], cache=tmp_path)
    collect_records([folder], cache=tmp_path)
    assert len(reads) == 3
    collect_records([folder / "a.h5"], cache=tmp_path)
    collect_records([folder / "a.h5"], cache=tmp_path)
    assert reads[3:] == ["a.h5"]


def test_many_new_files_are_not_checked_as_a_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = []
    read = collecting.read_record

    def noted(path: str, *, whole: bool) -> object:
        kinds.append(whole)
        return read(path, whole=whole)

    monkeypatch.setattr(collecting, "read_record", noted)
    collect_records([folder])
    monkeypatch.setattr(collecting, "FEW", 2)
    collect_records([folder])
    collect_records([folder], whole=True)
    assert kinds == [True] * 3 + [False] * 3 + [True] * 3


def test_damaged_files_in_a_directory_are_skipped_and_named(folder: Path) -> None:
    content = (folder / "b.h5").read_bytes()
    (folder / "b.h5").write_bytes(content[: len(content) // 2])
    for place in (folder, folder / "*.h5"):
        collection = collect_records([place])
        assert [record.name for record in collection.records] == ["a", "c"]
        (reason,) = collection.skipped
        assert reason.startswith(f"{folder / 'b.h5'} is truncated")
    with pytest.raises(ResultFileError, match=r"b\.h5 is truncated"):
        collect_records([folder, folder / "b.h5"])
    for name in "ac":
        (folder / f"{name}.h5").write_text("no result")
    with pytest.raises(ResultFileError) as error:
        collect_records([folder])
    assert len(str(error.value).splitlines()) == 3


def test_files_are_told_as_they_are_read(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    collect_records([folder], progress=lambda *counts: told.append(counts))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_a_file_goes_by_the_name_that_the_user_gave_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect_records([folder], cache=tmp_path)
    monkeypatch.chdir(tmp_path)
    (record, *_) = collect_records(["in"], cache=tmp_path).records
    assert record.file == "in/a.h5"


def test_several_processes_read_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "d.h5").write_text("no result")
    alone = collect_records([folder])
    monkeypatch.setattr(collecting, "CHUNK", 2)
    together = collect_records([folder], processes=2)
    assert alone.skipped == together.skipped
    for one, other in zip(alone.records, together.records, strict=True):
        assert_same(one, other)


def test_what_a_dead_process_left_is_read_here(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "CHUNK", 1)
    monkeypatch.setattr(collecting, "_settle", partial(os._exit, 1))  # what they do first
    assert len(collect_records([folder], processes=2).records) == 3


def test_a_directory_that_a_link_no_longer_means_is_not_believed(
    folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    write_result(attrs.evolve(RESULTS[0], title="other"), tmp_path / "other" / "a.h5")
    link = tmp_path / "latest"
    for target, title in ((folder, RESULTS[0].title), (tmp_path / "other", "other")):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        for _ in range(2):
            assert collect_records([link / "a.h5"], cache=tmp_path).records[0].title == title
