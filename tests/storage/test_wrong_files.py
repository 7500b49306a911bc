"""Whatever is given instead of a result: one clear sentence, never a traceback."""

import os

import attrs
import h5py
import numpy as np
import pytest

from wzsim.errors import ResultFileError
from wzsim.storage import content_hash, read_identity, read_result, write_result
from wzsim.storage.content import checksum_of
from wzsim.storage.layout import CHECKSUM_ATTRIBUTE, REQUIRED, VERSION_ATTRIBUTE
from wzsim.storage.putting import put_attribute, put_text
from wzsim.storage.writer import file_image
from wzsim.testing.example import example_coding, example_result
from wzsim.testing.results import assert_same

READERS = (read_result, read_identity, content_hash)


@pytest.fixture(scope="module")
def image():
    return file_image(example_result())[0]


@pytest.fixture
def path(tmp_path, image):
    (tmp_path / "good.h5").write_bytes(image)
    return tmp_path / "good.h5"


def reseal(path):
    """Give a changed file the checksum of its new content, as a program that may write it would."""
    with h5py.File(path, "r+") as file:
        del file.attrs[CHECKSUM_ATTRIBUTE]
        put_attribute(file, CHECKSUM_ATTRIBUTE, checksum_of(file))


def complaint(path, reader=read_result):
    with pytest.raises(ResultFileError) as caught:
        reader(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("reader", READERS)
class TestAllReaders:
    def test_missing_file_names_those_that_are_there(self, reader, path):
        message = complaint(path.parent / "gone.h5", reader)
        assert "no such file" in message
        assert "good.h5" in message

    def test_missing_directory(self, reader, tmp_path):
        assert "no such file" in complaint(tmp_path / "nowhere" / "gone.h5", reader)

    def test_directory(self, reader, path):
        message = complaint(path.parent, reader)
        assert "is a directory" in message
        assert "good.h5" in message

    def test_empty_file(self, reader, tmp_path):
        (tmp_path / "empty.h5").touch()
        assert "is empty" in complaint(tmp_path / "empty.h5", reader)

    def test_text_file(self, reader, tmp_path):
        (tmp_path / "notes.h5").write_text("rates and distortions")
        assert "no HDF5 file (it begins with b'rates an')" in complaint(
            tmp_path / "notes.h5", reader
        )

    def test_foreign_hdf5(self, reader, tmp_path):
        with h5py.File(tmp_path / "other.h5", "w") as file:
            file["data"] = np.arange(3)
        message = complaint(tmp_path / "other.h5", reader)
        assert "an HDF5 file but no wzsim result" in message
        assert VERSION_ATTRIBUTE in message

    @pytest.mark.parametrize("version", [2, 2**40])
    def test_newer_schema(self, reader, path, version):
        with h5py.File(path, "r+") as file:
            file.attrs[VERSION_ATTRIBUTE] = np.int64(version)
        assert f"has schema {version}, and this wzsim reads schema 1" in complaint(path, reader)

    @pytest.mark.parametrize("version", [0, -1, 1.5, "1", [1, 1], np.nan])
    def test_schema_that_never_was(self, reader, path, version):
        with h5py.File(path, "r+") as file:
            file.attrs[VERSION_ATTRIBUTE] = version
        assert "no proper wzsim result" in complaint(path, reader)

    def test_truncated(self, reader, path):
        path.write_bytes(path.read_bytes()[:-1000])
        assert "is truncated" in complaint(path, reader)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_unreadable(self, reader, path):
        path.chmod(0)
        assert "cannot be read: Permission denied" in complaint(path, reader)

    def test_pipe_is_not_waited_for(self, reader, tmp_path):
        os.mkfifo(tmp_path / "pipe.h5")
        assert "no file on a disk" in complaint(tmp_path / "pipe.h5", reader)

    def test_name_that_no_file_can_have(self, reader):
        assert "cannot be read" in complaint("a\0b.h5", reader)

    def test_link_out_of_the_file_is_not_followed(self, reader, path, tmp_path):
        with h5py.File(tmp_path / "elsewhere.h5", "w") as file:
            file.create_group("provenance")
        with h5py.File(path, "r+") as file:
            del file["run/provenance"]
            file["run/provenance"] = h5py.ExternalLink("elsewhere.h5", "/provenance")
        assert "/run/provenance is a link to another place" in complaint(path, reader)


@pytest.mark.parametrize("name", REQUIRED)
def test_required_member_that_is_missing_is_named(path, name):
    with h5py.File(path, "r+") as file:
        del file[name]
    reseal(path)
    assert f"/{name} is missing" in complaint(path) or f"/{name}/" in complaint(path)


def test_all_missing_members_are_named_at_once(path):
    with h5py.File(path, "r+") as file:
        del file["run/rd"], file["run/title"]
    assert "/run/title, /run/rd, /run/rd/stage_rate, " in complaint(path)


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("run", "status"),
        ("run", "flags"),
        ("run/rd/distortion", "units"),
        ("run/training", "seconds"),
    ],
)
def test_attribute_that_is_missing_is_named(path, group, name):
    with h5py.File(path, "r+") as file:
        del file[group].attrs[name]
    reseal(path)
    assert f"has no attribute '{name}'" in complaint(path)


def test_checksum_that_is_missing(path):
    with h5py.File(path, "r+") as file:
        del file.attrs[CHECKSUM_ATTRIBUTE]
    assert f"has no attribute '{CHECKSUM_ATTRIBUTE}'" in complaint(path)


def test_changed_content_is_noticed(path):
    with h5py.File(path, "r+") as file:
        file["run/rd/distortion"][0] *= 0.5
    assert "is damaged, or was changed after it was written" in complaint(path)


def test_status_is_one_of_two(path):
    with h5py.File(path, "r+") as file:
        put_attribute(file["run"], "status", "excellent")
    reseal(path)
    assert "/run@status is 'excellent'" in complaint(path)


def test_unknown_members_are_ignored(path):
    with h5py.File(path, "r+") as file:
        file["run/later/bytes"] = np.arange(3.0)
        put_text(file["run"], "remark", "of a later version")
        put_attribute(file["run/rd"], "remark", "of a later version")
    reseal(path)
    assert_same(example_result(), read_result(path))


def test_real_bits_of_unequal_length_and_without_their_coder(path):
    result = example_result()
    write_result(attrs.evolve(result, coding=example_coding(result)), path)
    with h5py.File(path, "r+") as file:
        del file["run/coding/frame_errors"]
        file["run/coding/frame_errors"] = np.zeros(2, np.int64)
    reseal(path)
    assert "frame_errors has shape (2,), not (3,)" in complaint(path)
    with h5py.File(path, "r+") as file:
        del file["run/coding"].attrs["coder"]
    reseal(path)
    assert "/run/coding has no attribute 'coder'" in complaint(path)


def test_figures_of_unequal_length(path):
    with h5py.File(path, "r+") as file:
        del file["run/rd/gap_db"]
        file["run/rd/gap_db"] = np.zeros(2)
    reseal(path)
    assert "gap_db has shape (2,), not (3,)" in complaint(path)


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("run/rd/distortion", np.zeros(3, np.float32), "no array of float64"),
        ("run/rd/distortion", b"text", "no array of float64"),
        ("run/title", np.float64(3), "no text"),
        ("run/title", np.array([b"a", b"b"]), "no single value"),
        ("run/provenance/device", np.array([1, 2]), "no single value"),
        ("run/rd", np.zeros(3), "is missing"),
        ("run/bounds", np.zeros(3), "no group"),
        ("run/scenario/data", b"[1]", "no JSON object"),
        ("run/scenario/data", b"{", "damaged"),
        ("run/scenario/data", b"[" * 100_000, "damaged"),
        ("run/title", b"\xff", "damaged"),
    ],
)
def test_member_of_another_kind(path, name, value, found):
    with h5py.File(path, "r+") as file:
        del file[name]
        file[name] = np.array(value)  # bytes alone would get a variable length
    reseal(path)
    assert found in complaint(path)


class TestDishonestFiles:
    """Made to do harm, not by accident."""

    @staticmethod
    def change(path, change):
        with h5py.File(path, "r+") as file:
            change(file)
        return complaint(path)

    def test_array_larger_than_the_file(self, path):
        def change(file):
            file.create_dataset("run/model/encoder/huge", shape=(2**40,), dtype="f8")

        assert "claims more data than the file holds" in self.change(path, change)

    def test_compression(self, path):
        def change(file):
            file.create_dataset("run/model/encoder/bomb", data=np.zeros(9999), compression="gzip")

        assert "elsewhere, or compressed" in self.change(path, change)

    def test_external_data(self, path):
        def change(file):
            file.create_dataset(
                "run/model/encoder/passwords", (10,), "u1", external=[("/etc/passwd", 0, 10)]
            )

        assert "elsewhere, or compressed" in self.change(path, change)

    def test_virtual_data(self, path):
        def change(file):
            layout = h5py.VirtualLayout((3,), "f8")
            layout[:] = h5py.VirtualSource(path, "run/rd/distortion", (3,))
            file.create_virtual_dataset("run/model/encoder/virtual", layout)

        assert "elsewhere, or compressed" in self.change(path, change)

    def test_group_that_contains_itself(self, path):
        def change(file):
            file["run/model/encoder/again"] = file["run/model"]

        assert "has a second name" in self.change(path, change)

    @pytest.mark.parametrize("value", ["text of any length", h5py.Empty("f8")])
    def test_types_that_no_result_has(self, path, value):
        def change(file):
            file["run/model/encoder/odd"] = value

        assert "of a type that no result has" in self.change(path, change)

    def test_reference(self, path):
        def change(file):
            file["run"].attrs["odd"] = file["run/rd"].ref

        assert "/run@odd is of a type that no result has" in self.change(path, change)

    def test_named_type(self, path):
        def change(file):
            file["run/odd"] = np.dtype("f8")

        assert "neither a group nor a dataset" in self.change(path, change)
