"""A comparison as text on a screen, and as CSV for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from wzsim.reporting.compare import Comparison, Row
from wzsim.reporting.compare_labels import ABSENT, text
from wzsim.reporting.numbers import EXACT_DIGITS, EXACT_LOSS_DIGITS, rounded

HEADS: Final = {
    "stage_rate": ("rate", "bit"),
    "sum_rate": ("sum rate", "bit"),
    "distortion": ("D", None),
    "distortion_db": ("D", "dB"),
    "gap_db": ("gap", "dB"),
    "gap_bits": ("gap", "bit"),
    "refinement_loss_db": ("ref. loss", "dB"),
    "loss": ("loss", "nat"),
}
"""Head and unit of each column on the screen; None is the unit of the distortion."""

FIGURES: Final = tuple(HEADS)


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print the label of each result and, below it, its stages with their standard errors.

    Columns that no result has are left out. The loss of a code stands at its
    last stage, where all results have one price and one set of rate weights.
    console: standard output by default.
    """
    console = console or Console(highlight=False)
    plus_minus = "+-" if console.options.ascii_only else "±"
    rows = comparison.rows
    present = [name for name in FIGURES if any(getattr(row, name) is not None for row in rows)]
    units = {one.record.distortion_unit for one in comparison.results}
    own = units.pop() if len(units) == 1 else "own unit"
    heads = ["stage", *(HEADS[name][0] for name in present)]
    below = ["", *(HEADS[name][1] or own for name in present)]
    lines = {id(row): _cells(row, present, plus_minus) for row in rows}
    every = [heads, below, *(cells for pair in lines.values() for cells in pair)]
    widths = [max(len(cells[column]) for cells in every) for column in range(len(heads))]
    for cells in (heads, below):
        console.print(Text(_line(cells, widths)), soft_wrap=True)
    label = None
    for row in rows:
        if row.label != label:
            label = row.label
            console.print(Text(label, style="bold"), soft_wrap=True)
        values, errors = lines[id(row)]
        console.print(Text(_line(values, widths)), soft_wrap=True)
        if any(errors):
            console.print(Text(_line(errors, widths), style="dim"), soft_wrap=True)


def comparison_csv(comparison: Comparison) -> str:
    """A line for each stage of each result: figures in full precision and their standard errors,
    the scenario keys that differ, and where the numbers came from.

    What a result does not have is empty. Lines end in a line feed.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [column for name in FIGURES for column in _columns(name)]
    origin = ["distortion_unit", "status", "flags", "name", "file", "content_sha256"]
    origin = [column for column in origin if column not in comparison.keys]
    writer.writerow(["label", "stage", *columns, *comparison.keys, *origin])
    by_label = {one.label: one for one in comparison.results}
    for row in comparison.rows:
        one = by_label[row.label]
        about = {
            "distortion_unit": one.record.distortion_unit,
            "status": one.record.status,
            "flags": " ".join(one.record.flags),
            "name": one.record.name,
            "file": one.record.file,
            "content_sha256": one.record.content_sha256,
        }
        figures = [
            number
            for name in FIGURES
            for number in (getattr(row, name), row.errors.get(name))[: len(_columns(name))]
        ]
        keys = [one.differing.get(key, ABSENT) for key in comparison.keys]
        writer.writerow(
            [
                row.label,
                row.stage,
                *("" if number is None else repr(number) for number in figures),
                *("" if value is ABSENT else text(value) for value in keys),
                *(about[column] for column in origin),
            ]
        )
    return stream.getvalue()


def _columns(name: str) -> tuple[str, ...]:
    """A figure and its standard error; that of the loss is not known."""
    return (name,) if name == "loss" else (name, f"{name}_errors")


def _cells(row: Row, names: Sequence[str], plus_minus: str) -> tuple[list[str], list[str]]:
    """The numbers of a row and, to stand below them, their standard errors."""
    values, errors = [str(row.stage)], [""]
    for name in names:
        number = getattr(row, name)
        value, error = ("", "") if number is None else _rounded(row, name, number)
        values.append(value)
        errors.append(f"{plus_minus}{error}" if error else "")
    return values, errors


def _rounded(row: Row, name: str, number: float) -> tuple[str, str]:
    digits = EXACT_LOSS_DIGITS if name == "loss" and not row.errors else EXACT_DIGITS
    return rounded(number, row.errors.get(name), digits)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    return ("  " + "  ".join(padded)).rstrip()
