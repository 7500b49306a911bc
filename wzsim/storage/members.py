"""Members of a file by the lowest level of h5py: several times as fast as `getting`.

For thousands of files. The distrust is that of `getting`: no link is followed, no data
that lie elsewhere are read, and nothing claims more memory than the file has. Whatever is
not as wzsim writes it raises one exception or another; `getting` then says in words what
is wrong.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5i, h5l, h5p, h5s, h5t
from numpy.typing import NDArray

from wzsim.storage.getting import MalformedError

SMALL = 2**16
"""Bytes that any array may claim: too few to fill a memory."""

_ACCESS = h5p.create(h5p.FILE_ACCESS)
_ACCESS.set_fclose_degree(h5f.CLOSE_STRONG)
_ACCESS.set_file_locking(False, True)  # a finished file never changes


@contextmanager
def open_root(path: str | os.PathLike[str]) -> Iterator[Any]:
    """The root group of a file."""
    file = h5f.open(os.fsencode(path), h5f.ACC_RDONLY, _ACCESS)
    try:
        yield h5g.open(file, b"/")
    finally:
        file.close()


def names(owner: Any) -> list[bytes]:
    """The names of all members, in the order in which they were written."""
    return list(owner)


def group(parent: Any, name: bytes) -> Any:
    """A member that is a group of this very file."""
    _require_hard_link(parent, name)
    return h5g.open(parent, name)


def numbers(parent: Any, name: bytes) -> NDArray[np.float64]:
    """An array of numbers, with a checksum that fits."""
    found: NDArray[np.float64] = _array(parent, name, np.float64, h5t.NATIVE_DOUBLE)
    return found


def counts(parent: Any, name: bytes) -> NDArray[np.int64]:
    """The same of whole numbers."""
    found: NDArray[np.int64] = _array(parent, name, np.int64, h5t.NATIVE_INT64)
    return found


def _array(parent: Any, name: bytes, dtype: Any, native: Any) -> NDArray[Any]:
    _require_hard_link(parent, name)
    dataset = h5d.open(parent, name)
    array = np.empty(_shape(dataset, 8), dtype)
    # Of one chunk in this file, with the four bytes of its checksum; else this raises, or differs.
    if dataset.get_chunk_info(0).size != array.nbytes + 4:
        raise MalformedError(f"{name!r} is no array as wzsim writes it")
    dataset.read(h5s.ALL, h5s.ALL, array, native)
    return array


def text(parent: Any, name: bytes) -> str:
    """A text that HDF5 could hold as it is."""
    dataset = _unchunked(parent, name)
    if h5a.get_num_attrs(dataset):  # it has an encoding
        raise MalformedError(f"{name!r} is no plain text")
    kind = dataset.get_type()
    size = _text_size(kind)
    value = np.empty(_shape(dataset, size), f"S{size}")
    dataset.read(h5s.ALL, h5s.ALL, value, kind)
    return bytes(value[()]).decode()


def scalar(parent: Any, name: bytes) -> Any:
    """A number or truth value without axes; None where there is no such member."""
    if not parent.links.exists(name):
        return None
    dataset = _unchunked(parent, name)
    kind = dataset.dtype
    if kind.kind not in "bif" or _shape(dataset, kind.itemsize) != ():
        return None
    value = np.empty((), kind)
    dataset.read(h5s.ALL, h5s.ALL, value)
    return value.item()


def unit(parent: Any, name: bytes) -> str:
    """The unit of an array."""
    _require_hard_link(parent, name)
    found: str = attribute(h5d.open(parent, name), b"units")
    return found


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


def _unchunked(parent: Any, name: bytes) -> Any:
    """A dataset in one piece of this file."""
    _require_hard_link(parent, name)
    dataset = h5d.open(parent, name)
    if dataset.get_offset() is None:  # in chunks, virtual, or in another file
        raise MalformedError(f"{name!r} is not in one piece")
    return dataset


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
