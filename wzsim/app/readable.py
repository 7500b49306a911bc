"""The texts of a result for people: whoever made the file may have written anything there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from wzsim.errors import printable, printable_data

if TYPE_CHECKING:
    from wzsim.simulation.result import Result

SHOWN = (
    "name",
    "title",
    "scenario",
    "provenance",
    "start_time",
    "end_time",
    "flags",
    "error",
    "evaluation",
    "distortion_unit",
)
"""The fields whose texts tables and figures show, beside the names of bounds."""


def readable(result: Result) -> Result:
    """The result with every character escaped that would steer a terminal; most have none."""
    bounds = {
        printable(name): attrs.evolve(
            curve, title=printable(curve.title), certificate=printable(curve.certificate)
        )
        for name, curve in result.bounds.items()
    }
    shown = {name: printable_data(getattr(result, name)) for name in SHOWN}
    coding = result.coding
    if coding is not None:
        coding = attrs.evolve(coding, coder=printable(coding.coder))
    return attrs.evolve(result, bounds=bounds, coding=coding, **shown)
