"""The container of coded arrays: what is written is read, and damage is found where it is."""

from __future__ import annotations

import io
import json
import re
import zlib
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from wzsim.errors import InputError, StreamError
from wzsim.storage import (
    StreamHeader,
    StreamReader,
    StreamWriter,
    flat_part,
    open_array,
    portable_dtype,
    require_samples,
    written_array,
)
from wzsim.storage.bitstream import CRC, FIXED, LAYER, MAGIC, read_varint, split_increments, varint

HEADER = StreamHeader(
    code="0" * 64,
    scenario="test",
    shape=(2, 5),
    dtype="<f4",
    coders={"frame_length": 4, "stages": [{}, {}]},
)
FRAMES = [[(b"a",), (b"bc", b"d")], [(b"",), ()], [(bytes(300),), (b"e",)]]


def stream(frames: Any = FRAMES, header: StreamHeader = HEADER) -> bytes:
    spools, file = [io.BytesIO(), io.BytesIO()], io.BytesIO()
    writer = StreamWriter(header, spools)
    for increments in frames:
        writer.add(increments)
    sizes = writer.finish(file)
    assert sum(sizes) == len(file.getvalue())
    return file.getvalue()


def read(content: bytes) -> StreamReader:
    return StreamReader.open(io.BytesIO(content), "X.wz")


def test_what_is_written_is_read() -> None:
    reader = read(stream())
    assert reader.header == HEADER
    assert reader.damage is None
    assert len(reader.layers) == 2
    found = [[reader.increments(stage, frame) for stage in range(2)] for frame in range(3)]
    assert found == FRAMES


def test_a_stream_without_samples() -> None:
    reader = read(stream([], attrs.evolve(HEADER, shape=(0, 5))))
    assert (reader.damage, reader.layers) == (None, ((), ()))


def test_every_prefix_holds_what_it_holds() -> None:
    """Cut anywhere: an error within the header, else the chunks before the cut."""
    whole = stream()
    header = len(HEADER.to_bytes())
    second = read(whole).layers[1][0][0] - LAYER.size - 3 - CRC.size
    for size in range(len(whole)):
        if size < header:
            with pytest.raises(StreamError, match=r"X\.wz is (empty|cut off)"):
                read(whole[:size])
            continue
        reader = read(whole[:size])
        assert (reader.damage is None) == (size in (header, second))
        for stage, layer in enumerate(reader.layers):
            for frame, (start, length) in enumerate(layer):
                if start + length + 4 <= size:
                    assert reader.increments(stage, frame) == FRAMES[frame][stage]
                else:
                    with pytest.raises(ValueError, match="cut off"):
                        reader.increments(stage, frame)


def test_every_byte_counts() -> None:
    """One that differs is found: in the header, in an index, or in the one chunk that has it."""
    whole, good = stream(), read(stream())
    for place in range(len(whole)):
        wrong = bytearray(whole)
        wrong[place] ^= 0x20
        try:
            reader = read(bytes(wrong))
        except StreamError:
            assert place < len(HEADER.to_bytes())
            continue
        lost = []
        for stage, layer in enumerate(reader.layers):
            for frame in range(len(layer)):
                try:
                    assert reader.increments(stage, frame) == FRAMES[frame][stage]
                except ValueError:
                    lost.append((stage, frame))
        if reader.damage is None:
            ((stage, frame),) = lost
            start, length = good.layers[stage][frame]
            assert start <= place < start + length + 4
        else:
            assert not lost


def test_a_chunk_passes_in_its_own_place_alone() -> None:
    whole, reader = (
        bytearray(stream([[(b"a",), (b"b",)]] * 3)),
        read(stream([[(b"a",), (b"b",)]] * 3)),
    )
    (one, length), (other, _) = reader.layers[0][:2]
    moved = bytes(whole[one : one + length + 4])
    whole[other : other + length + 4] = moved
    with pytest.raises(ValueError, match="damaged"):
        read(bytes(whole)).increments(0, 1)
    # Nor in a stream with another header.
    header = attrs.evolve(HEADER, scenario="tess")
    foreign = header.to_bytes() + stream()[len(HEADER.to_bytes()) :]
    assert "checksum of its index is wrong" in str(read(foreign).damage)


def test_bytes_after_the_end_are_told() -> None:
    assert read(stream() + b"x").damage == (
        "1 bytes after the last layer, which belong to no stream"
    )


def mended(text: bytes) -> bytes:
    head = FIXED.pack(MAGIC, 1, len(text)) + text
    return head + CRC.pack(zlib.crc32(head))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "X.wz is empty; `wzsim encode` writes streams"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "X.wz is no coded stream of wzsim"),
        (MAGIC, "X.wz is cut off in its header: 8 bytes"),
        (FIXED.pack(MAGIC, 2, 0) + bytes(9), "has version 2 of the format, and this wzsim reads"),
        (FIXED.pack(MAGIC, 1, 2**31) + bytes(9), "it claims 2147483648 bytes of 25"),
        (mended(b"{}")[:-1] + b"?", "damaged in its header: the checksum is wrong"),
        (mended(b"{}"), "other keys than those of a header"),
        (mended(b"[" * 100_000), "a header that no stream has"),
        (mended(b"\xff"), "a header that no stream has"),
    ],
)
def test_foreign_files(content: bytes, says: str) -> None:
    with pytest.raises(StreamError, match=re.escape(says)):
        read(content)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("shape", [-1]),
        ("shape", [2**47, 2]),
        ("shape", [1] * 33),
        ("shape", 5),
        ("shape", [True]),
        ("code", 1),
        ("scenario", None),
        ("dtype", "|O"),
        ("dtype", {}),
        ("coders", {"frame_length": 0, "stages": [{}]}),
        ("coders", {"frame_length": 4, "stages": []}),
        ("coders", {"stages": [{}]}),
        ("coders", []),
    ],
)
def test_headers_that_no_stream_has(key: str, value: Any) -> None:
    data = json.loads(json.dumps(attrs.asdict(HEADER))) | {key: value}
    with pytest.raises(StreamError, match="a header that no stream has"):
        read(mended(json.dumps(data).encode()))


def test_an_index_is_no_larger_than_the_file() -> None:
    """A header that claims 2^40 samples has nothing allocated for it."""
    huge = attrs.evolve(HEADER, shape=(2**40,)).to_bytes() + stream()[len(HEADER.to_bytes()) :]
    assert "index of 4 bytes for 274877906944 frames" in str(read(huge).damage)


def test_lengths() -> None:
    for number in (0, 1, 127, 128, 300, 2**35, 2**63 - 1):
        assert read_varint(b"x" + varint(number) + b"y", 1) == (number, 1 + len(varint(number)))
    for wrong in (b"", b"\x80", b"\xff" * 10):
        with pytest.raises(ValueError, match="a length is"):
            read_varint(wrong, 0)
    with pytest.raises(ValueError, match="longer than its chunk"):
        split_increments(b"\x05ab")


def test_arrays(tmp_path: Path) -> None:
    values = np.arange(24, dtype=">f4").reshape(2, 3, 4)
    for order in (np.ascontiguousarray(values), np.asfortranarray(values)):
        np.save(tmp_path / "a.npy", order)
        array = open_array(tmp_path / "a.npy")
        np.testing.assert_array_equal(flat_part(array, 5, 17), np.arange(5, 17))
    np.save(tmp_path / "empty.npy", np.empty((0, 3)))
    assert open_array(tmp_path / "empty.npy").shape == (0, 3)
    with written_array(tmp_path / "b.npy", np.dtype("<f8"), (4, 2)) as append:
        append(np.ones((3, 2)))
        append(np.zeros((1, 2)))
    np.testing.assert_array_equal(np.load(tmp_path / "b.npy"), [[1, 1], [1, 1], [1, 1], [0, 0]])
    assert portable_dtype(np.dtype(">i2")) == "<i2"
    assert portable_dtype(np.dtype("c8")) is None


def test_files_that_are_no_arrays(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return exec, ("raise SystemExit('executed')",)

    np.save(tmp_path / "objects.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "several.npz", a=1)
    (tmp_path / "text.npy").write_text("1, 2, 3")
    (tmp_path / "empty.npy").write_bytes(b"")
    np.save(tmp_path / "cut.npy", np.ones(100))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "cut.npy").read_bytes()[:-1])
    np.save(tmp_path / "head.npy", np.ones(100))
    (tmp_path / "head.npy").write_bytes(b"\x93NUMPY\x01\x00\x76\x00{'descr': __import__('os')}")
    for path in [*sorted(tmp_path.iterdir()), tmp_path / "absent.npy", tmp_path]:
        with pytest.raises(InputError, match=re.escape(str(path))):
            open_array(path)


@pytest.mark.parametrize(
    ("array", "type_", "says"),
    [
        (np.array([1.0, np.nan]), "float32", "Y has nan at sample 1: not a finite float32"),
        (np.array([1e300]), "float32", "Y has 1e+300 at sample 0: not a finite float32"),
        (np.array([[0.0], [0.5]]), "int64", "at sample 1: not a whole number, and the code is one"),
        (np.array([np.inf]), "int64", "Y has inf at sample 0"),
        (np.array([1j]), "float32", "Y is an array of complex128; samples are real numbers"),
        (np.array(["a"]), "float32", "Y is an array of <U1"),
    ],
)
def test_samples_that_no_code_takes(array: Any, type_: str, says: str) -> None:
    with pytest.raises(InputError, match=re.escape(says)):
        require_samples(array, "Y", type_)
    require_samples(np.array([1e300, 2.0]), "Y", "float64")
    require_samples(np.array([1.0, 2.0]), "Y", "int64")
    require_samples(np.array([1, 2]), "Y", "float32")
    require_samples(np.array([0, 3]), "Y", "int64", 4)
    for wrong in (np.array([0, 4]), np.array([0.0, -1.0]), np.array([0, np.nan])):
        with pytest.raises(InputError, match="at sample 1: not one of the code's symbols 0 to 3"):
            require_samples(wrong, "Y", "int64", 4)
