"""Average gaps between the curves of a comparison, and to the bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, final

import attrs
import numpy as np
from rich.console import Console
from rich.text import Text

from wzsim.errors import InputError, did_you_mean
from wzsim.reporting.average_gap import (
    Average,
    RateDistortionCurve,
    distortion_gap,
    rate_gap,
    relative_rate_gap,
)
from wzsim.reporting.compare import Comparison
from wzsim.reporting.compare_groups import Group
from wzsim.reporting.header import WYNER_ZIV
from wzsim.reporting.replicates import MedianRun, replicate_groups
from wzsim.storage import Record

MOST_REASONS: Final = 3
"""Reasons that are printed for one reference."""

Gap = Callable[[RateDistortionCurve, RateDistortionCurve], Average]


@final
@attrs.frozen
class CurveGap:
    """How far one curve lies above another, on the average."""

    curve: str
    reference: str
    """Another curve, or the title of a bound."""
    distortion: Average | None = None
    """At equal rate, in dB, or in the unit of a distortion that is no power."""
    rate: Average | None = None
    """At equal distortion [bit/sample]."""
    relative_rate: Average | None = None
    """At equal distortion [%], the BD-rate."""
    reason: str = ""
    """Why a number is missing; empty where none is."""


def curves_of(comparison: Comparison, groups: Sequence[Group]) -> list[Group]:
    """What makes a curve: the results of a group, without groups each result."""
    return list(groups) or [Group(one.label, (one,)) for one in comparison.results]


def average_gaps(
    curves: Sequence[Group], reference: str | None = None, *, each: bool = False
) -> list[CurveGap]:
    """The gap of each curve to its Wyner-Ziv bound, and to a curve.

    The points of a curve are the stages of its results that are complete, those of
    replicates at their medians unless `each` is true. reference: name of a curve, the
    first one by default. Raises InputError for a name that no curve has.
    """
    names = [curve.name for curve in curves]
    if reference is not None and reference not in names:
        raise InputError(f"no curve is called '{reference}'; {did_you_mean(reference, names)}")
    other = names[0] if reference is None else reference
    points = {curve.name: _points([one.record for one in curve.results], each) for curve in curves}
    gaps = []
    for curve in curves:
        mine = points[curve.name]
        bound = _bound([one.record for one in curve.results])
        if bound is not None:
            gaps.append(_gap(curve.name, bound[0], mine, bound[1:]))
        if curve.name != other:
            gaps.append(_gap(curve.name, other, mine, points[other]))
    return gaps


Points = tuple[Sequence[float], Sequence[float]]
"""Sum rates and distortions."""


def _points(records: Sequence[Record], each: bool) -> Points:
    """Those of all stages; in dB where all have dB."""
    sound = [record for record in records if record.status == "complete"]
    if not sound:
        return [], []
    places = [[n] for n in range(len(sound))] if each else replicate_groups(sound)
    medians = [MedianRun.of([sound[n] for n in group]).median for group in places]
    name = (
        "distortion_db" if all(one.distortion_db is not None for one in medians) else "distortion"
    )
    rates = np.concatenate([one.sum_rate for one in medians])
    return rates.tolist(), np.concatenate([one.arrays()[name] for one in medians]).tolist()


def _bound(records: Sequence[Record]) -> tuple[str, Sequence[float], Sequence[float]] | None:
    """Title and points of the bound that reaches farthest, at its lower certificate."""
    found = [record.bounds[WYNER_ZIV] for record in records if WYNER_ZIV in record.bounds]
    if not found:
        return None
    curve = max(found, key=lambda one: float(one.rate.max(initial=0.0)))
    level = curve.distortion if curve.distortion_db is None else curve.distortion_db
    return curve.title, curve.rate.tolist(), level.tolist()


def _gap(name: str, other: str, mine: Points, theirs: Points) -> CurveGap:
    """The gap of one curve to another, or why there is none."""
    try:
        curve = RateDistortionCurve.of(f"'{name}'", *mine)
        reference = RateDistortionCurve.of(f"'{other}'", *theirs)
    except InputError as error:
        return CurveGap(name, other, reason=f"{error}, or --group-by KEY to join results")
    found: dict[str, Average] = {}
    reasons = []
    gaps: dict[str, Gap] = {
        "distortion": distortion_gap,
        "rate": rate_gap,
        "relative_rate": relative_rate_gap,
    }
    for part, gap in gaps.items():
        try:
            found[part] = gap(curve, reference)
        except InputError as error:
            reasons.append(str(error))
    return CurveGap(name, other, reason="; ".join(dict.fromkeys(reasons)), **found)


def print_gaps(gaps: Sequence[CurveGap], unit: str, console: Console | None = None) -> None:
    """Print the gaps, those to one reference together, and why some are missing.

    unit: of the distortions. console: standard output by default.
    """
    console = console or Console(highlight=False)
    heads = [("distortion", unit), ("rate", "bit"), ("rate", "%"), ("over rates", "bit")]
    for reference in dict.fromkeys(gap.reference for gap in gaps):
        own = [gap for gap in gaps if gap.reference == reference]
        console.print(Text(f"average gap to {reference}", style="bold"), soft_wrap=True)
        lines = {gap: _cells(gap) for gap in own if gap.distortion or gap.rate}
        columns = zip(*[*lines.values(), *zip(*heads, strict=True)], strict=True)
        widths = [max(map(len, column)) for column in columns]
        for cells in zip(*heads, strict=True):
            console.print(Text(_line(cells, widths)), soft_wrap=True)
        for gap, cells in lines.items():
            line = Text(f"{_line(cells, widths)}  ") + Text(gap.curve, style="bold")
            console.print(line, soft_wrap=True)
        reasons = list(dict.fromkeys(gap.reason for gap in own if gap.reason))
        for reason in reasons[:MOST_REASONS]:
            console.print(Text(f"  {reason}", style="yellow"), soft_wrap=True)
        if len(reasons) > MOST_REASONS:
            more = f"  and {len(reasons) - MOST_REASONS} more without all numbers"
            console.print(Text(more, style="yellow"))


def _cells(gap: CurveGap) -> tuple[str, ...]:
    ranges = (
        "" if gap.distortion is None else f"{gap.distortion.start:.3f} to {gap.distortion.stop:.3f}"
    )
    averages = zip((gap.distortion, gap.rate, gap.relative_rate), (3, 4, 2), strict=True)
    numbers = ("" if one is None else f"{one.value:+z.{digits}f}" for one, digits in averages)
    return (*numbers, ranges)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
