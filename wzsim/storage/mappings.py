"""Plain JSON data by key (provenance, evaluation) as members of a group, and back.

A key becomes a dataset: a text, a number or a truth value as such, all else as
JSON. A list of records of texts (the plugins) becomes a group of columns, which
viewers show as a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import h5py
import numpy as np

from wzsim.storage.getting import MalformedError, children, get_texts, get_value
from wzsim.storage.layout import key_of, link_name
from wzsim.storage.putting import (
    is_storable,
    put_array,
    put_group,
    put_json,
    put_text,
    put_texts,
)


def put_mapping(parent: Any, name: str, data: Mapping[str, Any]) -> None:
    """Write plain data by key; anything else raises TypeError."""
    group = put_group(parent, name, "NXcollection")
    for key, value in data.items():
        _put_entry(group, link_name(key), value)


def get_mapping(group: Any) -> dict[str, Any]:
    """What `put_mapping` wrote."""
    return {key_of(name): _entry(member) for name, member in children(group)}


def _put_entry(group: Any, name: str, value: Any) -> None:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        put_text(group, name, value)
    elif isinstance(value, bool | float) or (isinstance(value, int) and -(2**63) <= value < 2**63):
        put_array(group, name, np.asarray(value))
    elif _is_table(value):
        columns = put_group(group, name, "NXcollection")
        for key in value[0]:
            put_texts(columns, link_name(key), [record[key] for record in value])
    else:
        put_json(group, name, value)


def _entry(member: Any) -> Any:
    if not isinstance(member, h5py.Group):
        return get_value(member)
    columns = {key_of(name): get_texts(column) for name, column in children(member)}
    if len({len(column) for column in columns.values()}) != 1:
        raise MalformedError(f"{member.name} has columns of unequal length")
    return [
        dict(zip(columns, record, strict=True)) for record in zip(*columns.values(), strict=True)
    ]


def _is_table(value: Any) -> bool:
    """Whether it is a list of records with the same keys, all texts that HDF5 can hold."""
    return (
        isinstance(value, Sequence)
        and len(value) > 0
        and all(isinstance(record, Mapping) and record for record in value)
        and all(set(record) == set(value[0]) for record in value)
        and all(
            isinstance(text, str) and is_storable(text)
            for record in value
            for text in record.values()
        )
    )
