"""Which rows of which results: what a condition and a group can name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from wzsim.errors import InputError
from wzsim.reporting.compare_labels import ABSENT, flat, text
from wzsim.reporting.expression import parse
from wzsim.storage import Record

FIGURES: Final = (
    "stage_rate",
    "sum_rate",
    "distortion",
    "distortion_db",
    "gap_db",
    "gap_bits",
    "refinement_loss_db",
)
"""Of a stage."""

OF_A_ROW: Final = ("stage", *FIGURES, "loss")
"""What differs between the rows of one result; the loss is that of the last stage."""

OF_A_RESULT: Final = ("name", "title", "file", "status", "flags", "content_sha256")


def values_of(record: Record) -> dict[str, Any]:
    """What can be said of a result by name: the keys of its scenario, and where it came from."""
    own = {name: getattr(record, name) for name in OF_A_RESULT}
    return flat(record.scenario) | own | {"flags": list(record.flags)}


def select(records: Sequence[Record], condition: str) -> list[Record]:
    """The results with those of their stages that meet a condition; others are left out.

    A value that a row does not have meets no comparison. Raises InputError, with its
    place, for a condition that is none, and for a name that no result has.
    """
    expression = parse(condition)
    tables = [values_of(record) for record in records]
    known = {name for table in tables for name in table} | set(OF_A_ROW)
    expression.require_names(sorted(known))
    changing = [name for name in OF_A_ROW if name in expression.names]
    selected = []
    for record, table in zip(records, tables, strict=True):
        if not changing:
            if expression(table):
                selected.append(record)
            continue
        rows = _rows(record, changing)
        numbers = [
            number
            for number, row in zip(record.stage_numbers, rows, strict=True)
            if expression(table | row)
        ]
        if numbers:
            selected.append(record.only(numbers))
    return selected


def group_values(records: Sequence[Record], keys: Sequence[str]) -> list[tuple[str, ...]]:
    """For each result its values of some keys, as text.

    Raises InputError for a key that no result has.
    """
    tables = [values_of(record) for record in records]
    known = sorted({name for table in tables for name in table})
    for key in keys:
        if key in OF_A_ROW:
            raise InputError(f"'{key}' differs between the stages of one result; name another key")
        parse(key).require_names(known)
    return [tuple(text(table.get(key, ABSENT)) for key in keys) for table in tables]


def _rows(record: Record, names: Sequence[str]) -> list[dict[str, Any]]:
    """The values of each stage under these names."""
    arrays = record.stages.arrays()
    figures = {name: arrays[name].tolist() for name in names if name in arrays}
    rows: list[dict[str, Any]] = []
    for place, number in enumerate(record.stage_numbers):
        row: dict[str, Any] = {name: array[place] for name, array in figures.items()}
        if "stage" in names:
            row["stage"] = number
        if "loss" in names:
            row["loss"] = record.loss if number == record.layers else None
        rows.append(row)
    return rows
