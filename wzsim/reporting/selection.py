"""Which rows of which results: what a condition and a group can name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from wzsim.errors import InputError
from wzsim.reporting.coded import CODED, coded_figures
from wzsim.reporting.compare_labels import ABSENT, flat, text
from wzsim.reporting.expression import Expression, parse
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

OF_A_ROW: Final = ("stage", *FIGURES, *CODED, "loss")
"""What differs between the rows of one result; the loss is that of the last stage."""

OF_A_RESULT: Final = ("name", "title", "file", "status", "flags", "content_sha256")


def value_of(record: Record, name: str) -> Any:
    """What a result has under a name: a key of its scenario, or where it came from.

    `ABSENT` for what it does not have.
    """
    if name in OF_A_RESULT:
        value = getattr(record, name)
        return list(value) if name == "flags" else value
    found: Any = record.scenario
    for word in name.split("."):
        if not isinstance(found, Mapping) or word not in found:
            return ABSENT
        found = found[word]
    return ABSENT if isinstance(found, Mapping) else found


def select(records: Sequence[Record], condition: str) -> list[Record]:
    """The results with those of their stages that meet a condition; others are left out.

    A value that a row does not have meets no comparison. Raises InputError, with its
    place, for a condition that is none, and for a name that no result has.
    """
    expression = parse(condition)
    changing = [name for name in OF_A_ROW if name in expression.names]
    fixed = [name for name in expression.names if name not in changing]
    tables = _tables(records, expression, fixed)
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
    for key in keys:
        if key in OF_A_ROW:
            raise InputError(f"'{key}' differs between the stages of one result; name another key")
        _tables(records, parse(key), [key])
    return [tuple(text(value_of(record, key)) for key in keys) for record in records]


def _tables(
    records: Sequence[Record], expression: Expression, names: Sequence[str]
) -> list[dict[str, Any]]:
    """For each result its values under some names.

    Raises InputError, with its place, for a name of the expression that no result has.
    """
    tables = []
    found: set[str] = set()
    for record in records:
        values = {name: value for name in names if (value := value_of(record, name)) is not ABSENT}
        found.update(values)
        tables.append(values)
    if len(found) < len(names):
        known = {name for record in records for name in flat(record.scenario)}
        expression.require_names(sorted(known | {*OF_A_ROW, *OF_A_RESULT}))
    return tables


def _rows(record: Record, names: Sequence[str]) -> list[dict[str, Any]]:
    """The values of each stage under these names."""
    arrays = record.stages.arrays()
    if any(name in CODED for name in names):
        arrays |= coded_figures(record.coding)
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
