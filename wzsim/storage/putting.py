"""One member of a file at a time, written: groups, attributes, texts and arrays.

Strings have a fixed length. Strings of variable length would live in HDF5's
global heap, which has no checksum: one flipped bit there can make the HDF5
library loop for ever. All other metadata (format of HDF5 1.10) is checksummed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from wzsim.storage.layout import is_plain_number

Attribute = str | bool | int | float | Sequence[str]

LARGEST_CHUNK = 2**24
"""Arrays up to this many bytes are one chunk."""


def put_attribute(owner: Any, name: str, value: Attribute) -> None:
    """Write an attribute: one text, number or truth value, or a sequence of texts."""
    if isinstance(value, str):
        owner.attrs.create(name, _fixed([value]), shape=(), dtype=_fixed([value]).dtype)
    elif isinstance(value, Sequence):
        owner.attrs.create(name, _fixed(value), dtype=_fixed(value).dtype)
    else:
        owner.attrs.create(name, np.asarray(value))


def put_group(parent: Any, name: str, nx_class: str, **attributes: Attribute) -> Any:
    """Make a group of a NeXus class; its members keep the order in which they are written."""
    group = parent.create_group(name, track_order=True)
    put_attribute(group, "NX_class", nx_class)
    for key, value in attributes.items():
        put_attribute(group, key, value)
    return group


def put_text(group: Any, name: str, text: str) -> None:
    """Write text as it is, or as JSON where HDF5 cannot hold it (NUL, half a surrogate pair)."""
    if is_storable(text):
        group.create_dataset(name, data=_fixed([text]), shape=())
    else:
        put_json(group, name, text)


def put_json(group: Any, name: str, value: Any) -> None:
    """Write a value as JSON text, with `@encoding` to tell it from a text."""
    put_text(group, name, plain_json(value))
    put_attribute(group[name], "encoding", "json")


def put_texts(group: Any, name: str, texts: Sequence[str]) -> None:
    """Write a column of texts."""
    group.create_dataset(name, data=_fixed(texts))


def put_array(group: Any, name: str, array: NDArray[Any], **attributes: Attribute) -> None:
    """Write numbers in their own type and shape, with a checksum.

    The checksum needs chunks, which numbers without axes and arrays without
    elements cannot have; those the content hash guards alone.
    """
    if not is_plain_number(array.dtype):
        raise TypeError(f"{name}: a result file holds no arrays of type {array.dtype}")
    checked: dict[str, Any] = {}
    if array.size and array.ndim:
        whole = array.nbytes <= LARGEST_CHUNK
        checked = {"fletcher32": True, "chunks": array.shape if whole else True}
    dataset = group.create_dataset(name, data=array, **checked)
    for key, value in attributes.items():
        put_attribute(dataset, key, value)


def is_storable(text: str) -> bool:
    """Whether HDF5 can hold a text as it is."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def plain_json(value: Any, *, indent: int | None = None, sort_keys: bool = False) -> str:
    """Plain data as JSON; numpy numbers count as plain, anything else raises TypeError."""
    return json.dumps(value, indent=indent, sort_keys=sort_keys, default=_python_number)


def _fixed(texts: Sequence[str]) -> NDArray[np.bytes_]:
    """UTF-8 strings of the length of the longest; HDF5 has none of length zero."""
    encoded = [text.encode() for text in texts]
    length = max(map(len, encoded), default=0) or 1
    return np.array(encoded, dtype=h5py.string_dtype("utf-8", length))


def _python_number(value: object) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is not plain JSON data")
