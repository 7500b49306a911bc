"""The numbers of results as text on a screen and as plain data for programs."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from wzsim.reporting.coding_table import coding_as_json, coding_lines, coding_table, frame_table
from wzsim.reporting.flags import meaning
from wzsim.reporting.header import header
from wzsim.reporting.numbers import DIGITS, EXACT_DIGITS, rounded
from wzsim.simulation.result import Decomposition, Result

StrPath = str | os.PathLike[str]

COLUMNS = {
    "stage_rate": ("rate", "bit/sample"),
    "sum_rate": ("sum rate", "bit/sample"),
    "distortion": ("distortion", None),
    "distortion_db": ("distortion", "dB"),
    "gap_db": ("gap", "dB"),
    "gap_bits": ("gap", "bit/sample"),
    "refinement_loss_db": ("refinement loss", "dB"),
}
"""Head and unit of each column; None is the unit of the distortion."""


def print_result(
    result: Result, file: StrPath | None = None, console: Console | None = None
) -> None:
    """Print what a result is, its findings, and its numbers by stage.

    file: where it was read from. console: standard output by default.
    """
    console = console or Console(highlight=False)
    title = f": {result.title}" if result.title else ""
    console.print(Text(f"{result.name}{title}", style="bold"))
    print_lines(console, header(result, file))
    plus_minus = "+-" if console.options.ascii_only else "±"
    console.print(Padding(stage_table(result, plus_minus), (1, 0, 1, 2), expand=False))
    if result.decomposition is not None:
        console.print(Padding(cause_table(result.decomposition), (0, 0, 1, 2), expand=False))
    if result.coding is not None:
        console.print(Text("real bits", style="bold"))
        print_lines(console, coding_lines(result.coding, result.distortion_unit))
        table = coding_table(result, result.coding, plus_minus)
        console.print(Padding(table, (1, 0, 1, 2), expand=False))
        console.print(Padding(frame_table(result.coding), (0, 0, 1, 2), expand=False))


def print_lines(console: Console, lines: Sequence[tuple[str, str]]) -> None:
    """Print labels and texts side by side; findings stand out."""
    for label, text in lines:
        style = "yellow" if label in ("flag", "failed") else ""
        entry = Table.grid(padding=(0, 2))
        entry.add_column(width=8, style="dim")
        entry.add_column(style=style)
        entry.add_row(label, Text(text))
        console.print(Padding(entry, (0, 0, 0, 2), expand=False))


def stage_table(result: Result, plus_minus: str = "±") -> Table:
    """Each stage with its figures and, below them, their standard errors."""
    figures = result.stages.arrays()
    digits = EXACT_DIGITS if result.evaluation.get("method") == "quadrature" else DIGITS
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column(Text("stage"), justify="right")
    for name in figures:
        head, unit = COLUMNS[name]
        table.add_column(Text(f"{head}\n{unit or result.distortion_unit}"), justify="right")
    for stage in range(result.stages.stages):
        values, errors = [], []
        for name, array in figures.items():
            error = result.stages.errors.get(name)
            value, uncertainty = rounded(
                float(array[stage]), None if error is None else float(error[stage]), digits
            )
            values.append(Text(value))
            errors.append(Text(f"{plus_minus}{uncertainty}" if uncertainty else "", style="dim"))
        table.add_row(Text(str(stage + 1)), *values)
        if any(error.plain for error in errors):
            table.add_row(Text(), *errors)
    return table


def cause_table(decomposition: Decomposition) -> Table:
    """What each part of the code adds to the gap."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    heads = ("stage", "gap by cause:\nrate estimator", "\ndecoder", "\nencoder [dB]")
    for head in heads:
        table.add_column(Text(head), justify="right")
    causes = (
        decomposition.prior_mismatch_db,
        decomposition.decoder_mismatch_db,
        decomposition.quantizer_gap_db,
    )
    for stage, losses in enumerate(zip(*causes, strict=True), start=1):
        table.add_row(Text(str(stage)), *(Text(f"{loss:z.3f}") for loss in losses))
    return table


def as_json(result: Result, file: StrPath | None = None) -> dict[str, Any]:
    """The figures of a result as plain data; numbers that are not finite are None."""
    stages = result.stages
    plain: dict[str, Any] = {
        "file": None if file is None else os.fspath(file),
        "name": result.name,
        "title": result.title,
        "status": result.status,
        "error": result.error,
        "flags": {flag: meaning(flag) for flag in result.flags},
        "scenario": result.scenario,
        "evaluation": result.evaluation,
        "distortion_unit": result.distortion_unit,
        "stages": [
            {
                "stage": stage + 1,
                **{name: float(array[stage]) for name, array in stages.arrays().items()},
                "standard_errors": {
                    name: float(error[stage]) for name, error in stages.errors.items()
                },
            }
            for stage in range(stages.stages)
        ],
        "decomposition": None
        if result.decomposition is None
        else {name: array.tolist() for name, array in result.decomposition.arrays().items()},
        "coding": None if result.coding is None else coding_as_json(result.coding),
        "bounds": {name: curve.title for name, curve in result.bounds.items()},
        "provenance": result.provenance,
        "start_time": result.start_time,
        "end_time": result.end_time,
    }
    return dict(finite(plain))


def finite(value: Any) -> Any:
    """Plain data without numbers that JSON does not know: None in their place."""
    if isinstance(value, Mapping):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
