"""A comparison as columns: what its CSV file, its Parquet file and its data frame have."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from wzsim.reporting.coded import ERRING
from wzsim.reporting.compare import Comparison
from wzsim.reporting.compare_groups import Group
from wzsim.reporting.compare_labels import ABSENT, text
from wzsim.reporting.compare_replicates import STATISTICS, replicate_columns
from wzsim.reporting.compare_table import FIGURES

MISSING: Final = ABSENT
"""What stands for a value that a result does not have."""


def comparison_columns(comparison: Comparison) -> dict[str, list[Any]]:
    """A value for each stage of each result, by the name of the column.

    Figures in full precision and their standard errors, the scenario keys that
    differ, and where the numbers came from. What a result does not have is `MISSING`.
    """
    rows = comparison.rows
    columns: dict[str, list[Any]] = {
        "label": [row.label for row in rows],
        "stage": [row.stage for row in rows],
    }
    for name in (*FIGURES, *comparison.coded):
        values = (row.figure(name) for row in rows)
        columns[name] = [MISSING if value is None else value for value in values]
        if name in ERRING or (name in FIGURES and name != "loss"):  # whose error is not known
            columns[f"{name}_errors"] = [row.errors.get(name, MISSING) for row in rows]
    results = [one for one in comparison.results for _ in one.record.stage_numbers]
    for key in comparison.keys:
        columns[key] = [one.differing.get(key, MISSING) for one in results]
    origin: dict[str, list[Any]] = {
        "distortion_unit": [one.record.distortion_unit for one in results],
        "status": [one.record.status for one in results],
        "flags": [" ".join(one.record.flags) for one in results],
        "name": [one.record.name for one in results],
        "file": [one.record.file for one in results],
        "content_sha256": [one.record.content_sha256 for one in results],
    }
    return columns | {name: column for name, column in origin.items() if name not in columns}


def columns_of(comparison: Comparison, replicates: Sequence[Group] = ()) -> dict[str, list[Any]]:
    """The columns of results, or of the statistics of replicates where there are groups."""
    if replicates:
        return replicate_columns(comparison, replicates)
    return comparison_columns(comparison)


def comparison_csv(comparison: Comparison, replicates: Sequence[Group] = ()) -> str:
    """A line for each stage of each result; what a result does not have is empty.

    replicates: groups of which to write the statistics, in place of their results.
    Lines end in a line feed.
    """
    columns = columns_of(comparison, replicates)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    names = (*FIGURES, *comparison.coded)
    figures = {f"{name}{suffix}" for name in names for suffix in ("_errors", *STATISTICS)}
    writer.writerows(
        zip(
            *(
                [_cell(value, figure=name in figures) for value in column]
                for name, column in columns.items()
            ),
            strict=True,
        )
    )
    return stream.getvalue()


def _cell(value: Any, *, figure: bool) -> str:
    if value is MISSING:
        return ""
    return repr(value) if figure else text(value)
