"""One member of a file at a time, read with distrust.

Nothing in a file can execute code or reach outside it: links out of the file,
virtual and external data, references and compression are refused, and no array
may be larger than the file it comes in.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from wzsim.storage.layout import is_plain_number


class MalformedError(Exception):
    """Something that schema 1 does not allow; whoever knows the file's name adds it."""


def child(group: Any, name: str) -> Any:
    """A member that lies in this very file: no link out of it is followed."""
    link = group.get(name, getlink=True)
    if link is None:
        raise MalformedError(f"{path_in(group, name)} is missing")
    if not isinstance(link, h5py.HardLink):
        raise MalformedError(f"{path_in(group, name)} is a link to another place")
    member = group[name]
    if isinstance(member, h5py.Dataset):
        _require_honest(member)
    elif not isinstance(member, h5py.Group):
        raise MalformedError(f"{path_in(group, name)} is neither a group nor a dataset")
    return member


def subgroup(group: Any, name: str) -> Any:
    """A member that is a group."""
    member = child(group, name)
    if not isinstance(member, h5py.Group):
        raise MalformedError(f"{path_in(group, name)} is no group")
    return member


def children(group: Any) -> Iterator[tuple[str, Any]]:
    """All members by name, in the order in which they were written."""
    for name in group:
        yield name, child(group, name)


def get_array(group: Any, name: str, dtype: Any) -> NDArray[Any]:
    """An array of numbers of a type."""
    dataset = child(group, name)
    if not isinstance(dataset, h5py.Dataset) or dataset.dtype != np.dtype(dtype):
        raise MalformedError(f"{path_in(group, name)} is no array of {np.dtype(dtype)}")
    return np.asarray(dataset[()], dtype=dataset.dtype)  # a scalar would lose its byte order


def get_text(group: Any, name: str) -> str:
    """What `put_text` wrote."""
    value = get_value(child(group, name))
    if not isinstance(value, str):
        raise MalformedError(f"{path_in(group, name)} is no text")
    return value


def get_value(dataset: Any) -> Any:
    """A plain value: text, number, truth value, or what its JSON says."""
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != ():
        raise MalformedError(f"{dataset.name} is no single value")
    value = dataset[()]
    if not isinstance(value, bytes):
        return value.item()
    text = value.decode()
    if "encoding" not in dataset.attrs:
        return text
    if get_attribute(dataset, "encoding") != "json":
        raise MalformedError(f"{dataset.name} has an @encoding other than json")
    return json.loads(text)


def get_texts(dataset: Any) -> list[str]:
    """What `put_texts` wrote."""
    if not isinstance(dataset, h5py.Dataset) or dataset.ndim != 1 or dataset.dtype.kind != "S":
        raise MalformedError(f"{dataset.name} is no column of texts")
    return [text.decode() for text in dataset[()]]


def get_attribute(owner: Any, name: str) -> Any:
    """An attribute as Python value: a text, a number, or a list of them."""
    if name not in owner.attrs:
        raise MalformedError(f"{owner.name} has no attribute {name!r}")
    value = raw_attribute(owner, name)
    if value.dtype.kind != "S":
        return value.tolist()
    texts = [text.decode() for text in value.flatten()]
    return texts if value.ndim else texts[0]


def raw_attribute(owner: Any, name: str) -> NDArray[Any]:
    """An attribute as numpy array of numbers or of byte strings."""
    attribute = owner.attrs.get_id(name)
    _require_plain(attribute.dtype, attribute.shape, f"{owner.name}@{name}", owner.file)
    return np.asarray(owner.attrs[name])


def path_in(group: Any, name: str) -> str:
    """Full path of a member.

    >>> from types import SimpleNamespace
    >>> path_in(SimpleNamespace(name="/run"), "rd")
    '/run/rd'
    """
    return f"{str(group.name).rstrip('/')}/{name}"


def _require_plain(
    dtype: np.dtype[Any], shape: tuple[int, ...] | None, path: str, file: Any
) -> None:
    """Refuse references, opaque data and strings of variable length, and sizes beyond the file's.

    Nothing is compressed, so that no honest array is larger than its file; a
    dishonest one would fill the memory.
    """
    if shape is None or not (dtype.kind == "S" or is_plain_number(dtype)):
        raise MalformedError(f"{path} is of a type that no result has")
    if math.prod(shape) * dtype.itemsize > file.id.get_filesize():
        raise MalformedError(f"{path} claims more data than the file holds")


def _require_honest(dataset: Any) -> None:
    _require_plain(dataset.dtype, dataset.shape, dataset.name, dataset.file)
    pipeline = dataset.id.get_create_plist()
    filters = {pipeline.get_filter(i)[0] for i in range(pipeline.get_nfilters())}
    if dataset.is_virtual or dataset.external is not None or filters - {h5py.h5z.FILTER_FLETCHER32}:
        raise MalformedError(f"{dataset.name} keeps its data elsewhere, or compressed")
