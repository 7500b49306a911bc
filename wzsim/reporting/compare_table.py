"""A comparison as text on a screen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from wzsim.reporting.coded import CODED, ON_SCREEN
from wzsim.reporting.compare import Comparison, Row
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

SURVIVORS: Final = "of decoded frames alone, for which no bound holds"


def print_comparison(comparison: Comparison, console: Console | None = None) -> None:
    """Print the label of each result and, below it, its stages with their standard errors.

    Columns that no result has are left out. The loss of a code stands at its
    last stage, where all results have one price and one set of rate weights.
    console: standard output by default.
    """
    units = {one.record.distortion_unit for one in comparison.results}
    print_rows(comparison.rows, units, console or Console(highlight=False))


def print_rows(
    rows: Sequence[Row], units: Collection[str], console: Console, *, beside: bool = False
) -> None:
    """Print stages below the labels of their results, or with the label beside each.

    units: those of their distortions.
    """
    plus_minus = "+-" if console.options.ascii_only else "±"
    names = [*FIGURES, *ON_SCREEN]
    present = [name for name in names if any(row.figure(name) is not None for row in rows)]
    if not any(row.figure("requests") for row in rows):
        present = [name for name in present if name != "requests"]
    own = next(iter(units)) if len(units) == 1 else "own unit"
    both = {**HEADS, **CODED}
    heads = ["stage", *(both[name][0] for name in present)]
    below = ["", *(own if both[name][1] is None else str(both[name][1]) for name in present)]
    lines = [_cells(row, present, plus_minus) for row in rows]
    every = [heads, below, *(cells for pair in lines for cells in pair)]
    widths = [max(len(cells[column]) for cells in every) for column in range(len(heads))]
    for cells in (heads, below):
        console.print(Text(_line(cells, widths)), soft_wrap=True)
    label = None
    for row, (values, errors) in zip(rows, lines, strict=True):
        if row.label != label and not beside:
            label = row.label
            console.print(Text(label, style="bold"), soft_wrap=True)
        line = Text(_line(values, widths))
        if beside:
            line = Text(_line(values, widths, whole=True)) + Text(f"  {row.label}", style="bold")
        console.print(line, soft_wrap=True)
        if any(errors):
            console.print(Text(_line(errors, widths), style="dim"), soft_wrap=True)
    if any((row.figure("decoded") or 0) < (row.figure("frames") or 0) for row in rows):
        console.print(Text(f"gap sent, with frame errors: {SURVIVORS}"), soft_wrap=True)


def _cells(row: Row, names: Sequence[str], plus_minus: str) -> tuple[list[str], list[str]]:
    """The numbers of a row and, to stand below them, their standard errors."""
    values, errors = [str(row.stage)], [""]
    for name in names:
        number = row.figure(name)
        value, error = ("", "") if number is None else _rounded(row, name, number)
        values.append(value)
        errors.append(f"{plus_minus}{error}" if error else "")
    return values, errors


def _rounded(row: Row, name: str, number: float) -> tuple[str, str]:
    if name == "requests":
        return f"{number:.0f}", ""
    digits = EXACT_LOSS_DIGITS if name == "loss" and not row.errors else EXACT_DIGITS
    return rounded(number, row.errors.get(name), digits)


def _line(cells: Sequence[str], widths: Sequence[int], *, whole: bool = False) -> str:
    padded = (cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    line = "  " + "  ".join(padded)
    return line if whole else line.rstrip()
