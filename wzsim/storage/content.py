"""The content hash: two runs of one scenario and seed have the same.

It covers every group, dataset and attribute, but what differs between two
equal runs: times, durations and the host. `docs/file-format.md` defines it so
that other programs can compute it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from wzsim.storage.getting import MalformedError, children, path_in, raw_attribute
from wzsim.storage.layout import HASH_ATTRIBUTE
from wzsim.storage.opening import open_file

EXCLUDED_MEMBERS = frozenset({"/run/start_time", "/run/end_time"})
EXCLUDED_ATTRIBUTES = frozenset({("/", HASH_ATTRIBUTE), ("/run/training", "seconds")})
FREE_TABLES = ("/run/provenance", "/run/evaluation")
"""Where any key may stand; `host` and those that end in `seconds` are excluded there."""


def hash_of(file: Any) -> str:
    """SHA-256 of an open file's content, in hexadecimal.

    Raises MalformedError for anything that no result may hold, so that a file
    that has a hash is safe to read.
    """
    digest = hashlib.sha256()
    for path, member in sorted(_walk(file, set()), key=lambda item: item[0]):
        if isinstance(member, h5py.Dataset):
            _feed(digest, ["dataset", path], np.asarray(member[()]))
        else:
            digest.update(_line(["group", path]))
        for name in sorted(member.attrs):
            if (path, name) not in EXCLUDED_ATTRIBUTES:
                _feed(digest, ["attribute", path, name], raw_attribute(member, name))
    return digest.hexdigest()


def _walk(group: Any, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Every group and dataset that counts; a group that contains itself would have no end."""
    yield str(group.name), group
    for name, member in children(group):
        address = h5py.h5o.get_info(member.id).addr
        if address in seen:
            raise MalformedError(f"{path_in(group, name)} has a second name")
        seen.add(address)
        if _is_excluded(str(group.name), name):
            continue
        if isinstance(member, h5py.Group):
            yield from _walk(member, seen)
        else:
            yield path_in(group, name), member


def _is_excluded(parent: str, name: str) -> bool:
    if parent in FREE_TABLES:
        return name == "host" or name.endswith("seconds")
    return f"{parent}/{name}" in EXCLUDED_MEMBERS


def _feed(digest: hashlib._Hash, where: list[str], array: NDArray[Any]) -> None:
    if array.dtype.kind == "S":
        digest.update(_line([*where, "text", list(array.shape)]))
        for text in array.flatten():
            digest.update(text + b"\0")
    else:
        little_endian = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        kind = f"{array.dtype.kind}{array.dtype.itemsize}"
        digest.update(_line([*where, kind, list(array.shape)]))
        digest.update(little_endian.tobytes())


def _line(fields: list[Any]) -> bytes:
    return json.dumps(fields).encode() + b"\n"


def content_hash(path: str | os.PathLike[str]) -> str:
    """The content hash of a result file, computed from what is in it now.

    Raises ResultFileError for a file that is no result.
    """
    with open_file(path) as file:
        return hash_of(file)
