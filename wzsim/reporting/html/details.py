"""All that the page shows of one result when it is selected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from wzsim.reporting.coding_table import coding_lines
from wzsim.reporting.header import header
from wzsim.reporting.html.pictures import pictures
from wzsim.scenario import to_toml
from wzsim.simulation.result import Result


def details(result: Result, file: str) -> dict[str, Any]:
    """Plain data: lines about the result, its gap by cause, pictures, origin and scenario."""
    decomposition = result.decomposition
    return {
        "about": header(result, file or None),
        "coding": None
        if result.coding is None
        else coding_lines(result.coding, result.distortion_unit),
        "bounds": [[curve.title, curve.certificate] for curve in result.bounds.values()],
        "decomposition": None
        if decomposition is None
        else {name: array.tolist() for name, array in decomposition.arrays().items()},
        "provenance": _provenance(result),
        "scenario": _resolved(result.scenario),
        "toml": result.scenario_toml,
        **pictures(result),
    }


def _provenance(result: Result) -> list[tuple[str, str]]:
    """When and with what it was made, as lines."""
    lines = [("started", result.start_time), ("ended", result.end_time)]
    for key, value in _lines(result.provenance):
        lines.append((key, value if isinstance(value, str) else json.dumps(value)))
    return lines


def _lines(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested tables by key path; records as they are written in one line."""
    lines: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += _lines(value, f"{prefix}{key}.")
        elif isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            lines += [(f"{prefix}{key}", " ".join(map(str, one.values()))) for one in value]
        else:
            lines.append((f"{prefix}{key}", value))
    return lines


def _resolved(scenario: Mapping[str, Any]) -> str:
    """The scenario with every key, as TOML: running it gives the result again."""
    try:
        return to_toml(scenario)
    except TypeError:  # null, which only a file of strangers has
        return json.dumps(scenario, indent=2)
