"""Two hashes of a file: one says which result it is, the other that it is whole.

The content hash is the same for two runs of one scenario and seed: it leaves
out what differs between them, times, durations and the host. The checksum
covers all there is. `docs/file-format.md` defines both, so that other programs
can compute them.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from wzsim.storage.getting import MalformedError, children, path_in, raw_attribute
from wzsim.storage.layout import CHECKSUM_ATTRIBUTE, HASH_ATTRIBUTE
from wzsim.storage.opening import open_file
from wzsim.storage.putting import put_attribute

TIMES = frozenset(
    {
        ("/run/start_time", None),
        ("/run/end_time", None),
        ("/run/training", "seconds"),
        ("/run/coding", "encode_seconds"),
        ("/run/coding", "decode_seconds"),
    }
)
"""Datasets, and attributes with their owner, that two equal runs do not share."""

FREE_TABLES = ("/run/provenance/", "/run/evaluation/")
"""Where any key may stand: there `host` and keys that end in `seconds` are times and host."""

Record = tuple[str, str | None, bytes]
"""Path, attribute or None, and the bytes that are hashed."""


def content_hash(path: str | os.PathLike[str]) -> str:
    """The content hash of a result file, computed from what is in it now.

    Raises ResultFileError for a file that is no result.
    """
    with open_file(path) as file:
        return content_hash_of(file)


def content_hash_of(file: Any) -> str:
    """SHA-256 of what makes an open file this very result, in hexadecimal."""
    return _content_hash(_records(file))


def seal(file: Any) -> str:
    """Write both hashes into a file that is complete otherwise; returns the content hash."""
    records = list(_records(file))  # reading them is most of the work, and done once
    content_sha256 = _content_hash(records)
    put_attribute(file, HASH_ATTRIBUTE, content_sha256)
    record = _record(["attribute", "/", HASH_ATTRIBUTE], raw_attribute(file, HASH_ATTRIBUTE))
    records.append(("/", HASH_ATTRIBUTE, record))
    records.sort(key=lambda item: (item[0], item[1] or ""))
    put_attribute(file, CHECKSUM_ATTRIBUTE, _checksum(records))
    return content_sha256


def _content_hash(records: Iterable[Record]) -> str:
    digest = hashlib.sha256()
    for path, attribute, record in records:
        hash_itself = path == "/" and attribute in (HASH_ATTRIBUTE, CHECKSUM_ATTRIBUTE)
        if not hash_itself and not _is_time_or_host(path, attribute):
            digest.update(record)
    return digest.hexdigest()


def checksum_of(file: Any) -> str:
    """SHA-256 of all there is in an open file but the checksum itself, in hexadecimal.

    Raises MalformedError for anything that no result may hold, so that a file
    that has a checksum is safe to read.
    """
    return _checksum(_records(file))


def _checksum(records: Iterable[Record]) -> str:
    digest = hashlib.sha256()
    for path, attribute, record in records:
        if (path, attribute) != ("/", CHECKSUM_ATTRIBUTE):
            digest.update(record)
    return digest.hexdigest()


def _is_time_or_host(path: str, attribute: str | None) -> bool:
    for table in FREE_TABLES:
        if path.startswith(table):
            key = path.removeprefix(table).split("/")[0]
            return key == "host" or key.endswith("seconds")
    return (path, attribute) in TIMES


def _records(file: Any) -> Iterator[Record]:
    """A record for each group and dataset, by path, each followed by those of its attributes."""
    for path, member in sorted(_walk(file, set()), key=lambda item: item[0]):
        if isinstance(member, h5py.Dataset):
            yield path, None, _record(["dataset", path], np.asarray(member[()]))
        else:
            yield path, None, _line(["group", path])
        for name in sorted(member.attrs):
            yield path, name, _record(["attribute", path, name], raw_attribute(member, name))


def _walk(group: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Every group and dataset with its path; a group within itself would have no end."""
    yield str(group.name), group
    for name, member in children(group):
        address = h5py.h5o.get_info(member.id).addr
        if address in seen:
            raise MalformedError(f"{path_in(group, name)} has a second name")
        seen.add(address)
        if isinstance(member, h5py.Group):
            yield from _walk(member, seen)
        else:
            yield path_in(group, name), member


def _record(where: list[str], array: NDArray[Any]) -> bytes:
    shape = list(array.shape)
    if array.dtype.kind == "S":
        texts = [text + b"\0" for text in array.flatten()]
        return _line([*where, "text", shape]) + b"".join(texts)
    little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
    number = f"{array.dtype.kind}{array.dtype.itemsize}"
    return _line([*where, number, shape]) + little_endian.tobytes(order="C")


def _line(fields: list[Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"
