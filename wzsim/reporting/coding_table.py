"""The real bits of a result as text on a screen and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from rich import box
from rich.table import Table
from rich.text import Text

from wzsim.reporting.numbers import DIGITS, EXACT_DIGITS, rounded
from wzsim.simulation.coding_figures import ABOUT, CodingFigures
from wzsim.simulation.result import Result

ORDER: Final = (
    "ideal_rate",
    "model_rate",
    "coded_rate",
    "coded_sum_rate",
    "distortion",
    "distortion_db",
    "gap_db",
    "coded_gap_db",
)
"""Columns of the table of rates."""

SURVIVORS: Final = "D and gap are of decoded frames alone, for which no bound holds"

SURE: Final = ("ideal_rate", "coded_rate", "coded_sum_rate", "gap_db")
"""Those that are exact, or counted, where they have no standard error."""


def coding_lines(coding: CodingFigures, distortion_unit: str) -> list[tuple[str, str]]:
    """What a reader must know of the real bits: labels and texts."""
    frames = "1 frame" if coding.frames == 1 else f"{coding.frames:,} frames"
    lines = [
        ("coder", f"{coding.coder}, {_feedback(coding)}"),
        ("coded", f"{frames} of {coding.block_length:,} samples; {_speed(coding)}"),
        ("counted", f"the whole stream; its header of {coding.header_bytes:,} byte in stage 1"),
    ]
    failed = np.flatnonzero(coding.survivors_only)
    if len(failed):
        listed = ", ".join(
            f"{rounded(float(coding.distortion_all[stage]))[0]} after stage {stage + 1}"
            for stage in failed
        )
        text = f"survivors-only: {SURVIVORS}; of all frames D is {listed} [{distortion_unit}]"
        lines.append(("flag", text))
    for stage in np.flatnonzero(coding.undetected):
        share = rounded(float(coding.symbol_error_rate[stage]))[0]
        text = (
            f"undetected errors: {coding.undetected[stage]:,} frames were accepted with wrong "
            f"symbols in stage {stage + 1}, {share} of those of accepted frames"
        )
        lines.append(("flag", text))
    return lines


def replicate_lines(codings: Sequence[CodingFigures]) -> list[tuple[str, str]]:
    """The same of replicates, which have one scenario."""
    lines = [("coder", f"{codings[0].coder}, {_feedback(codings[0]).split(':')[0]}")]
    count = sum(bool(coding.survivors_only.any()) for coding in codings)
    if count:
        lines.append(("flag", f"in {count} of {len(codings)} runs {SURVIVORS}"))
    return lines


def coding_table(result: Result, coding: CodingFigures, plus_minus: str = "±") -> Table:
    """Ideal, model and actual rate of each stage, the distortion, and gaps before and after."""
    figures, errors = coding.arrays(), dict(coding.errors)
    columns = {
        "ideal_rate": ("ideal", "bit"),
        "model_rate": ("model", "bit"),
        "coded_rate": ("sent", "bit"),
        "coded_sum_rate": ("sum sent", "bit"),
        "distortion": ("D", result.distortion_unit),
        "gap_db": ("gap before", "dB"),
        "coded_gap_db": ("gap after", "dB"),
    }
    if "distortion_db" in figures:
        del columns["distortion"]
        columns["distortion_db"] = ("D", "dB")
    if result.stages.gap_db is not None:
        figures["gap_db"] = result.stages.gap_db
        if "gap_db" in result.stages.errors:
            errors["gap_db"] = result.stages.errors["gap_db"]
    names = [name for name in ORDER if name in columns and name in figures]
    table = _table()
    for name in names:
        table.add_column(Text("\n".join(columns[name])), justify="right")
    for stage in range(coding.stages):
        cells = [
            _cell(float(figures[name][stage]), errors.get(name), stage, sure=name in SURE)
            for name in names
        ]
        table.add_row(Text(str(stage + 1)), *(Text(value) for value, _ in cells))
        below = [Text(f"{plus_minus}{error}" if error else "", style="dim") for _, error in cells]
        if any(text.plain for text in below):
            table.add_row(Text(), *below)
    return table


def frame_table(coding: CodingFigures) -> Table:
    """What was sent for each stage, and the frames that failed with their interval."""
    table = _table()
    heads = ["sent\nbyte", "not decoded\nor wrong", "share of frames\n95 %"]
    if coding.feedback:
        heads.append("requests\na frame")
    for head in heads:
        table.add_column(Text(head), justify="right")
    for stage in range(coding.stages):
        low, high = coding.frame_error_rate_lower[stage], coding.frame_error_rate_upper[stage]
        cells = [
            str(stage + 1),
            f"{coding.bytes[stage]:,}",
            f"{coding.frame_errors[stage]:,} of {coding.frames:,}",
            f"{low:.2g} to {high:.2g}",
        ]
        if coding.feedback:
            cells.append(f"{coding.requests[stage] / max(coding.frames, 1):.2f}")
        table.add_row(*map(Text, cells))
    return table


def _table() -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column(Text("stage"), justify="right")
    return table


def coding_as_json(coding: CodingFigures) -> dict[str, Any]:
    """Real bits as plain data."""
    arrays = coding.arrays() | coding.counts()
    return {
        **{name: getattr(coding, name) for name in ABOUT},
        "stages": [
            {
                "stage": stage + 1,
                **{name: array[stage].item() for name, array in arrays.items()},
                "survivors_only": bool(coding.survivors_only[stage]),
                "standard_errors": {
                    name: float(error[stage]) for name, error in coding.errors.items()
                },
            }
            for stage in range(coding.stages)
        ],
    }


def _cell(value: float, errors: Any, stage: int, *, sure: bool) -> tuple[str, str]:
    """A number and its standard error, where that is known and not zero."""
    error = None if errors is None else float(errors[stage])
    if error is None or not np.isfinite(error) or error <= 0:
        return rounded(value, None, EXACT_DIGITS if sure else DIGITS)
    return rounded(value, error)


def _feedback(coding: CodingFigures) -> str:
    if not coding.feedback:
        return "no feedback"
    total = int(coding.requests.sum())
    requests = "1 request" if total == 1 else f"{total:,} requests"
    return f"with feedback: {requests} of the decoder for more"


def _speed(coding: CodingFigures) -> str:
    """How fast samples became bits and came back.

    >>> from wzsim.testing.example import example_coding, example_result
    >>> _speed(example_coding(example_result()))
    'encoded at 1.25 Msample/s, decoded at 0.0241 Msample/s'
    """
    speeds = [
        f"{coding.samples / 1e6 / seconds:.3g} Msample/s" if seconds > 0 else "no time"
        for seconds in (coding.encode_seconds, coding.decode_seconds)
    ]
    return f"encoded at {speeds[0]}, decoded at {speeds[1]}"
