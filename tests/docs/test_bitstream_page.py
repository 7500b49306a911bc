"""docs/bitstream.md against the live program: a reader that follows the page alone."""

from __future__ import annotations

import hashlib
import json
import re
import struct
import tomllib
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import wzsim

TEXT = (Path(__file__).parents[2] / "docs" / "bitstream.md").read_text()

SCENARIO = """
schema = 1
name = "page"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2, 4]
rate_estimator = "marginal"
encoder = { name = "nsq", step = 0.5 }
"""

X = np.random.default_rng(1).normal(size=(10, 25))


@pytest.fixture(scope="module")
def made() -> tuple[Any, bytes]:
    result = wzsim.run(tomllib.loads(SCENARIO))
    return result, wzsim.encode(result, X, coder="rans", frame_length=100)


def table_keys(after: str) -> set[str]:
    """First column of the first table after some words."""
    rows = TEXT.split(after, 1)[1].split("| --- | --- |\n", 1)[1].split("\n\n", 1)[0]
    return set(re.findall(r"^\| `(\w+)` \|", rows, re.MULTILINE))


def varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place


def u32(data: bytes, place: int) -> int:
    (number,) = struct.unpack_from("<I", data, place)
    return int(number)


def test_the_layout(made: tuple[Any, bytes]) -> None:
    result, data = made
    x = torch.from_numpy(X.reshape(-1, 1)).float()
    message = wzsim.restore_code(result).encoder.encode(x)
    symbols = torch.cat(message.stages, dim=1).numpy()
    assert data[:8].hex(" ").upper() == "89 57 5A 53 0D 0A 1A 0A"
    assert "89 57 5A 53 0D 0A 1A 0A" in TEXT
    assert u32(data, 8) == 1
    place = 16 + u32(data, 12)
    header = json.loads(data[16:place])
    assert json.dumps(header, sort_keys=True, separators=(",", ":")).encode() == data[16:place]
    salt = u32(data, place)
    assert salt == zlib.crc32(data[:place])
    place += 4
    assert header["coders"]["frame_length"] == 84
    frames = -(-250 // header["coders"]["frame_length"])
    for stage in (1, 2):
        begin, size = place, u32(data, place + 8)
        assert data[place : place + 4] == b"LAYR"
        assert u32(data, place + 4) == stage
        lengths, place = [], place + 12
        for _ in range(frames):
            length, place = varint(data, place)
            lengths.append(length)
        assert place == begin + 12 + size
        assert u32(data, place) == zlib.crc32(data[begin:place], salt)
        place += 4
        for frame, length in enumerate(lengths):
            chunk = data[place : place + length]
            start = zlib.crc32(struct.pack("<IIQ", salt, stage, frame))
            assert u32(data, place + length) == zlib.crc32(chunk, start)
            increment, first = varint(chunk, 0)
            assert first + increment == len(chunk)
            block = symbols[frame * 84 : (frame + 1) * 84, stage - 1].astype("<i4")
            where = struct.pack("<QQI", header["coders"]["dither_seed"], frame, stage)
            assert u32(chunk, first) == zlib.crc32(where + block.tobytes())
            place += length + 4
    assert place == len(data)


def test_the_keys(made: tuple[Any, bytes]) -> None:
    _, data = made
    header = json.loads(data[16 : 16 + u32(data, 12)])
    assert table_keys("### The header's text") == set(header)
    assert table_keys("`coders` has") == set(header["coders"])
    assert table_keys("and each stage") == set(header["coders"]["stages"][0])
    assert header["shape"] == [10, 25]


def test_the_identity(made: tuple[Any, bytes]) -> None:
    result, data = made
    tables = {key: result.scenario[key] for key in ("code", "correlation")}
    digest = hashlib.sha256(json.dumps(tables, sort_keys=True).encode() + b"\n")
    arrays = {f"{part}/{name}": a for part, of in result.model.items() for name, a in of.items()}
    for path in sorted(arrays):
        array = arrays[path]
        line = [path, f"{array.dtype.kind}{array.dtype.itemsize}", list(array.shape)]
        digest.update(json.dumps(line).encode() + b"\n" + array.tobytes())
    assert json.loads(data[16 : 16 + u32(data, 12)])["code"] == digest.hexdigest()
