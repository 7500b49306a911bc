"""Streams that were damaged on purpose, and what a decoder may make of them.

Whatever a stream holds, decoding raises a `WzsimError` or gives symbols of which each is
the encoder's own or named as missing.
"""

from __future__ import annotations

import io
import json
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.app.decoding import DecodeOptions, Decoding
from wzsim.app.encoding import EncodeOptions, Encoding
from wzsim.errors import WzsimError
from wzsim.simulation.result import Result
from wzsim.storage.bitstream import CRC, FIXED, LAYER, chunk_checksum, read_varint

SLOW = 20.0
"""Seconds that a decoding may take at most."""

VALUES = (
    None,
    True,
    -1,
    0,
    1,
    2,
    7,
    2**31,
    2**63,
    2**70,
    1e300,
    "",
    "x",
    "pieces",
    "range",
    [],
    {},
)
"""What takes the place of a value in a header."""


@final
@attrs.frozen(eq=False)
class Case:
    """A stream, its result and side information, and what is right."""

    result: Result
    stream: bytes
    y: NDArray[Any]
    symbols: NDArray[np.int32]
    """Shape (N, K)."""
    x_hat: tuple[NDArray[Any], ...]
    """After 1 .. K layers."""
    plugins: tuple[str, ...]

    @classmethod
    def of(
        cls, result: Result, x: NDArray[Any], y: NDArray[Any], coder: str, plugins: tuple[str, ...]
    ) -> Case:
        chosen = EncodeOptions(
            coder=coder, frame_length=-(-x.size // 3), extra_rate=99.0 * (coder == "pieces")
        )
        encoding, file = Encoding(result, x, chosen, plugins), io.BytesIO()
        kept: list[NDArray[np.int32]] = []
        spools = [io.BytesIO() for _ in encoding.coder.stages]
        encoding.write(file, spools, lambda _done, _all: None, kept.append)
        stream, x_hat = file.getvalue(), []
        for layers in range(1, len(encoding.coder.stages) + 1):
            parts: list[NDArray[Any]] = []
            decoding = Decoding(
                result, io.BytesIO(stream), y, DecodeOptions(layers=layers), plugins
            )
            assert decoding.run(parts.append, None, lambda _done, _all: None).whole
            x_hat.append(np.concatenate(parts))
        return cls(result, stream, y, np.concatenate(kept), tuple(x_hat), plugins)

    @property
    def header(self) -> bytes:
        """What makes a stream this one."""
        return self.stream[: FIXED.size + FIXED.unpack(self.stream[: FIXED.size])[2] + CRC.size]

    def outcome(self, stream: bytes, *, forged: bool) -> str:
        """What became of a damaged stream; AssertionError for anything wrong.

        forged: all checksums were made anew, so that a header may say what it likes of x_hat.
        """
        parts: list[NDArray[Any]] = []
        kept: list[NDArray[np.int32]] = []
        started = time.perf_counter()
        try:
            decoding = Decoding(
                self.result, io.BytesIO(stream), self.y, DecodeOptions(), self.plugins
            )
            decoded = decoding.run(parts.append, kept.append, lambda _done, _all: None)
        except WzsimError as error:
            return type(error).__name__ if str(error) else "an error without words"
        finally:
            assert time.perf_counter() - started < SLOW
        symbols, x_hat = np.concatenate(kept), np.concatenate(parts)
        known = symbols >= 0
        assert np.array_equal(symbols[known], self.symbols[known]), "a wrong symbol"
        layers = known.sum(axis=1)
        if not forged:
            assert decoded.layers == 0 or len(x_hat) == len(self.y.reshape(-1))
            for count, right in enumerate(self.x_hat, start=1):
                here = layers == count
                assert np.array_equal(x_hat[here], right[here]), "a wrong reconstruction"
        if decoded.whole:
            assert (layers == decoded.layers).all(), "symbols that are missing and not named"
            return "whole" if decoded.layers == decoded.of_layers else "fewer layers"
        named = sum(failure.stop - failure.start for failure in decoded.failures)
        assert (layers < decoded.layers).sum() == named, "frames that are missing and not named"
        assert decoded.complaints()
        return "some blocks named"


def mutated(stream: bytes, others: list[bytes], rng: random.Random) -> tuple[bytes, bool]:
    """A damaged stream, and whether it was forged: all its checksums made anew."""
    kinds: list[Callable[[bytes, list[bytes], random.Random], bytes]] = [
        _flipped, _cut, _inserted, _deleted, _spliced, _shuffled,
    ]  # fmt: skip
    if rng.random() < 0.2:
        return forged(_other_header(stream, rng)), True
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        stream = rng.choice(kinds)(stream, others, rng)
    mending = rng.random()
    if mending < 0.3:
        return forged(stream), True
    if mending < 0.5:
        return _header_mended(stream), False
    return stream, False


def _place(stream: bytes, rng: random.Random) -> int:
    """Anywhere, but mostly after the header, which is most of a small stream."""
    least = max(0, stream.find(b"LAYR")) if rng.random() < 0.9 else 0
    return rng.randrange(least, len(stream) + 1)


def _flipped(stream: bytes, _others: list[bytes], rng: random.Random) -> bytes:
    wrong = bytearray(stream)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if wrong:
            wrong[min(_place(stream, rng), len(wrong) - 1)] ^= 1 << rng.randrange(8)
    return bytes(wrong)


def _cut(stream: bytes, _others: list[bytes], rng: random.Random) -> bytes:
    return stream[: _place(stream, rng)]


def _inserted(stream: bytes, _others: list[bytes], rng: random.Random) -> bytes:
    at = _place(stream, rng)
    return stream[:at] + rng.randbytes(rng.choice((1, 2, 4, 8, 100))) + stream[at:]


def _deleted(stream: bytes, _others: list[bytes], rng: random.Random) -> bytes:
    at = _place(stream, rng)
    return stream[:at] + stream[at + rng.choice((1, 2, 4, 8, 100)) :]


def _spliced(stream: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """A part of another stream, or of this one, in the same place or another."""
    other = rng.choice([*others, stream])
    at, length = _place(stream, rng), rng.choice((4, 20, 100, 10_000))
    begin = at if rng.random() < 0.5 else _place(other, rng)
    return stream[:at] + other[begin : begin + length] + stream[at + length :]


def _shuffled(stream: bytes, _others: list[bytes], rng: random.Random) -> bytes:
    """Two parts of equal length change places."""
    length = rng.choice((1, 4, 30))
    one, other = sorted((_place(stream, rng), _place(stream, rng)))
    if other < one + length:
        return stream
    a, b = stream[one : one + length], stream[other : other + length]
    return stream[:one] + b + stream[one + length : other] + a + stream[other + length :]


def _other_header(stream: bytes, rng: random.Random) -> bytes:
    """One value of the header's text becomes another."""
    _, _, length = FIXED.unpack(stream[: FIXED.size])
    data = json.loads(stream[FIXED.size : FIXED.size + length])
    owner: Any = data
    while True:
        keys = list(owner) if isinstance(owner, dict) else list(range(len(owner)))
        key = rng.choice(keys)
        if isinstance(owner[key], dict | list) and owner[key] and rng.random() < 0.8:
            owner = owner[key]
            continue
        break
    if rng.random() < 0.2 and isinstance(owner, dict):
        del owner[key]
    elif type(owner[key]) is int and rng.random() < 0.5:
        owner[key] += rng.choice((-1, 1, 100))
    else:
        owner[key] = rng.choice(VALUES)
    text = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    head = stream[: FIXED.size - 4] + CRC.pack(len(text)) + text
    return head + CRC.pack(0) + stream[FIXED.size + length + CRC.size :]


def _header_mended(stream: bytes) -> bytes:
    """With the right checksum of the header."""
    if len(stream) < FIXED.size:
        return stream
    _, _, length = FIXED.unpack(stream[: FIXED.size])
    end = FIXED.size + length
    return stream[:end] + CRC.pack(zlib.crc32(stream[:end])) + stream[end + CRC.size :]


def forged(stream: bytes) -> bytes:
    """With all checksums made anew, as far as it can be read."""
    stream = _header_mended(stream)
    if len(stream) < FIXED.size:
        return stream
    content = bytearray(stream)
    place = FIXED.size + FIXED.unpack(content[: FIXED.size])[2] + CRC.size
    salt = zlib.crc32(content[: place - CRC.size])
    while place + LAYER.size <= len(content):
        _, stage, length = LAYER.unpack(content[place : place + LAYER.size])
        end = place + LAYER.size + length
        if end + CRC.size > len(content):
            break
        content[end : end + CRC.size] = CRC.pack(zlib.crc32(content[place:end], salt))
        index, at, place = bytes(content[place + LAYER.size : end]), 0, end + CRC.size
        frame = 0
        try:
            while at < length:
                size, at = read_varint(index, at)
                if place + size + CRC.size > len(content):
                    return bytes(content)
                checksum = chunk_checksum(salt, stage, frame, bytes(content[place : place + size]))
                content[place + size : place + size + CRC.size] = CRC.pack(checksum)
                place += size + CRC.size
                frame += 1
        except ValueError:
            break
    return bytes(content)


def fuzzed(cases: list[Case], count: int, seed: int) -> Counter[str]:
    """Damage streams and count what becomes of them; AssertionError names the one that is wrong."""
    outcomes: Counter[str] = Counter()
    for number in range(count):
        rng = random.Random(f"{seed}/{number}")
        case = rng.choice(cases)
        others = [other.stream for other in cases]
        stream, is_forged = mutated(case.stream, others, rng)
        if stream == case.stream or stream in others:
            continue
        try:
            # Spliced with a header of another stream it is that one, damaged.
            judge = next((one for one in cases if stream.startswith(one.header)), case)
            outcomes[judge.outcome(stream, forged=is_forged)] += 1
        except Exception as error:
            raise AssertionError(
                f"mutation {seed}/{number}: {type(error).__name__}: {error}"
            ) from error
    return outcomes
