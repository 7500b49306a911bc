"""Members of a file by the lowest level of h5py: about five times as fast as `getting`.

For thousands of files. The distrust is that of `getting`: no link is followed, no data
that lie elsewhere, are compressed or claim more than the file holds are read. Whatever
is not as wzsim writes it raises one exception or another; `getting` then says in words
what is wrong.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5i, h5l, h5p, h5s, h5t, h5z
from numpy.typing import NDArray

from wzsim.storage.getting import MalformedError

SMALL = 2**16
"""Bytes that any array may claim: too few to fill a memory."""


@contextmanager
def open_root(path: str | os.PathLike[str]) -> Iterator[Any]:
    """The root group of a file."""
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    access.set_file_locking(False, True)  # a finished file never changes
    file = h5f.open(os.fsencode(path), h5f.ACC_RDONLY, access)
    try:
        yield h5g.open(file, b"/")
    finally:
        file.close()


def group(parent: Any, name: bytes) -> Any:
    """A member that is a group of this very file."""
    _require_hard_link(parent, name)
    return h5g.open(parent, name)


def numbers(parent: Any, name: bytes) -> NDArray[np.float64]:
    """An array of float64."""
    found = dataset(parent, name)
    if not found.get_type().equal(h5t.IEEE_F64LE):
        raise MalformedError(f"{name!r} is no array of float64")
    array = np.empty(_shape(found, 8), np.float64)
    found.read(h5s.ALL, h5s.ALL, array, h5t.NATIVE_DOUBLE)
    return array


def text(parent: Any, name: bytes) -> str:
    """A text that HDF5 could hold as it is."""
    found = dataset(parent, name)
    if h5a.get_num_attrs(found):  # it has an encoding
        raise MalformedError(f"{name!r} is no plain text")
    kind = found.get_type()
    size = _text_size(kind)
    value = np.empty(_shape(found, size), f"S{size}")
    found.read(h5s.ALL, h5s.ALL, value, kind)
    return bytes(value[()]).decode()


def scalar(parent: Any, name: bytes) -> Any:
    """A number or truth value without axes; None for another member, or none."""
    if not parent.links.exists(name):
        return None
    found = dataset(parent, name)
    kind = found.dtype
    if kind.kind not in "bif" or _shape(found, kind.itemsize) != ():
        return None
    value = np.empty((), kind)
    found.read(h5s.ALL, h5s.ALL, value)
    return value.item()


def attribute(owner: Any, name: bytes) -> Any:
    """A text, a list of texts, or a number."""
    found = h5a.open(owner, name)
    kind = found.get_type()
    if kind.get_class() == h5t.STRING:
        size = _text_size(kind)
        texts = np.empty(found.shape, f"S{size}")
        found.read(texts, kind)
        words = [word.decode() for word in texts.ravel().tolist()]
        return words if texts.ndim else words[0]
    value = np.empty(found.shape, found.dtype)
    if value.dtype.kind not in "biuf":
        raise MalformedError(f"{name!r} is neither text nor number")
    found.read(value)
    return value.tolist()


def names(owner: Any) -> list[bytes]:
    """The names of all members, in the order in which they were written."""
    return list(owner)


def dataset(parent: Any, name: bytes) -> Any:
    """A member that is a dataset with its data in this very file."""
    _require_hard_link(parent, name)
    found = h5d.open(parent, name)
    created = found.get_create_plist()
    filters = {created.get_filter(i)[0] for i in range(created.get_nfilters())}
    virtual = created.get_layout() == h5d.VIRTUAL
    if virtual or created.get_external_count() or filters - {h5z.FILTER_FLETCHER32}:
        raise MalformedError(f"{name!r} keeps its data elsewhere, or compressed")
    return found


def _require_hard_link(parent: Any, name: bytes) -> None:
    if parent.links.get_info(name).type != h5l.TYPE_HARD:
        raise MalformedError(f"{name!r} is a link to another place")


def _shape(dataset: Any, size: int) -> tuple[int, ...]:
    """The shape, where the file can hold so many values of a size."""
    shape: tuple[int, ...] = dataset.shape
    if (count := math.prod(shape) * size) > SMALL and count > _file_size(dataset):
        raise MalformedError("a member claims more data than the file holds")
    return shape


def _file_size(dataset: Any) -> int:
    size: int = h5i.get_file_id(dataset).get_filesize()
    return size


def _text_size(kind: Any) -> int:
    if kind.get_class() != h5t.STRING or kind.is_variable_str():
        raise MalformedError("a text of variable length")
    size: int = kind.get_size()
    return size
