"""The texts of a result for people: whoever made the file may have written anything there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from wzsim.errors import printable

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
    shown = {name: _readable(getattr(result, name)) for name in SHOWN}
    return attrs.evolve(result, bounds=bounds, **shown)


def _readable(value: Any) -> Any:
    """Plain data with its texts made readable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {_readable(key): _readable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_readable(item) for item in value)
    return value
