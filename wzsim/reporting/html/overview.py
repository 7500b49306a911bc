"""What the page knows of all runs at once: their figures, keys and bounds, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from wzsim.reporting.coded import CODED, ERRING, coded_columns
from wzsim.reporting.compare_labels import (
    ABSENT,
    IDENTITIES,
    PAIRS,
    Keys,
    differing_keys,
    label_parts,
    labels_of,
    short_names,
    text,
)
from wzsim.reporting.compare_table import HEADS
from wzsim.reporting.curves import Curve, bound_curves
from wzsim.reporting.flags import meaning
from wzsim.reporting.html.runs import Run, groups
from wzsim.simulation.result import Array

BOUND_DIGITS = 7
"""Significant digits of bounds, which are drawn and never listed."""


def overview(runs: Sequence[Run]) -> dict[str, Any]:
    """Plain data; `data.js` reads it.

    `runs` and `replicates` are tables of one shape: a list for each property with
    an entry a run, figures as lists by stage. The value of a key is a number
    into the key's values.
    """
    scenarios = [run.record.scenario for run in runs]
    differing = differing_keys(scenarios)
    parts = label_parts(differing, scenarios)
    labels = labels_of(parts, [run.record.name for run in runs])
    names = list(dict.fromkeys(name for keys in differing for name in keys))
    short = short_names(names)
    values = {name: _values(name, differing) for name in names}
    pairs = {pair: number for number, pair in enumerate(dict.fromkeys(run.pair for run in runs))}
    single = {
        "label": labels,
        "name": [run.record.name for run in runs],
        "title": [run.record.title for run in runs],
        "file": [run.record.file for run in runs],
        "sha": [run.record.content_sha256 for run in runs],
        "status": [run.record.status for run in runs],
        "flags": [list(run.record.flags) for run in runs],
        "unit": [run.record.distortion_unit for run in runs],
        "axis": [run.axis for run in runs],
        "pair": [pairs[run.pair] for run in runs],
        "bounded": [bool(run.record.bounds) for run in runs],
        "members": [[number] for number in range(len(runs))],
        "keys": _numbered(names, values, differing),
        "figures": _by_name([run.figures() for run in runs]),
        "errors": _by_name([run.errors() for run in runs]),
    }
    columns = coded_columns(run.record.coding for run in runs)
    coded = {name: CODED[name] for name in columns}
    flags = {flag: meaning(flag) for run in runs for flag in run.record.flags}
    return {
        "columns": [[name, head, unit] for name, (head, unit) in (HEADS | coded).items()],
        "coded": list(coded),
        "errorless": ["loss", *(name for name in coded if name not in ERRING)],
        "keys": [
            {"path": name, "short": short[name], **_described(values[name])} for name in names
        ],
        "identities": list(IDENTITIES),
        "flags": flags,
        "bounds": _bounds(runs, pairs, parts),
        "runs": single,
        "replicates": _replicates(runs, single, names, values, differing),
    }


def _values(name: str, differing: Sequence[Keys]) -> dict[str, Any]:
    """The values of a key by their texts, in their order, absence last."""
    found = {text(value): value for value in (keys.get(name, ABSENT) for keys in differing)}
    return dict(sorted(found.items(), key=lambda entry: _order(*entry)))


def _order(written: str, value: Any) -> tuple[int, Any, str]:
    """What to sort values by: numbers, then lists of numbers, short ones first, then texts."""
    if value is ABSENT:
        return 3, 0, ""
    if _is_number(value):
        return 0, value, ""
    if isinstance(value, list) and all(map(_is_number, value)):
        return 1, (len(value), value), ""
    return 2, 0, written


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _described(values: Mapping[str, Any]) -> dict[str, Any]:
    """The texts of a key's values, the numbers where they are some, and which means absence."""
    present = [value for value in values.values() if value is not ABSENT]
    numeric = bool(present) and all(map(_is_number, present))
    numbers = [None if value is ABSENT else value for value in values.values()]
    absent = next((at for at, value in enumerate(values.values()) if value is ABSENT), None)
    return {"texts": list(values), "numbers": numbers if numeric else None, "absent": absent}


def _numbered(
    names: Sequence[str], values: Mapping[str, Mapping[str, Any]], differing: Sequence[Keys]
) -> list[list[int]]:
    """For each key and run, which of the key's values it has."""
    columns = []
    for name in names:
        places = {written: place for place, written in enumerate(values[name])}
        columns.append([places[text(keys.get(name, ABSENT))] for keys in differing])
    return columns


def _by_name(tables: Sequence[Mapping[str, Array]]) -> dict[str, list[list[float] | None]]:
    """Figures of all runs by name; None for a run without it."""
    names = dict.fromkeys(name for table in tables for name in table)
    return {
        name: [table[name].tolist() if name in table else None for table in tables]
        for name in names
    }


def _bounds(
    runs: Sequence[Run], pairs: Mapping[str, int], parts: Sequence[Mapping[str, str]]
) -> list[dict[str, Any]]:
    """Each bound once, with the numbers of the pairs that it holds for."""
    found: list[tuple[str, Curve, list[int], str]] = []
    for pair, number in pairs.items():
        members = [place for place, run in enumerate(runs) if run.pair == pair]
        told = _pair_name(parts[members[0]])
        for curve in bound_curves([runs[place].record for place in members]):
            axis = runs[members[0]].axis
            for its_axis, other, its_pairs, _ in found:
                same = its_axis == axis and other.titles == curve.titles
                if same and other.coincides(curve) and curve.coincides(other):
                    its_pairs.append(number)
                    break
            else:
                found.append((axis, attrs.evolve(curve, owner=None), [number], told))
    return [
        {
            "title": curve.title,
            "pair": told,
            "axis": axis,
            "pairs": its_pairs,
            "rate": _rounded(curve.rate),
            "lower": _rounded(curve.lower),
            "upper": None if np.array_equal(curve.lower, curve.upper) else _rounded(curve.upper),
        }
        for axis, curve, its_pairs, told in found
    ]


def _pair_name(parts: Mapping[str, str]) -> str:
    """What tells the pair of a run from the others, by the keys of its label."""
    short = short_names(parts)
    tables = tuple(f"{table}." for table in PAIRS)
    return " ".join(
        f"{short[name]}={value}" for name, value in parts.items() if name.startswith(tables)
    )


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.{BOUND_DIGITS}g}") for value in values.tolist()]


def _replicates(
    runs: Sequence[Run],
    single: Mapping[str, Any],
    names: Sequence[str],
    values: Mapping[str, Mapping[str, Any]],
    differing: Sequence[Keys],
) -> dict[str, Any] | None:
    """The table of groups of replicates; None where every run is alone."""
    found = groups(runs)
    if not found:
        return None
    first = [group.members[0] for group in found]
    scenarios = [group.scenario for group in found]
    labels = labels_of(
        label_parts(differing_keys(scenarios), scenarios), [single["name"][one] for one in first]
    )
    shared = ("name", "title", "unit", "axis", "pair", "bounded")
    keys = _numbered(names, values, [differing[one] for one in first])
    return {
        **{name: [single[name][one] for one in first] for name in shared},
        "label": labels,
        "file": [""] * len(found),
        "sha": [""] * len(found),
        "status": [_worst([single["status"][one] for one in group.members]) for group in found],
        "flags": [
            sorted({flag for one in group.members for flag in single["flags"][one]})
            for group in found
        ],
        "members": [list(group.members) for group in found],
        "keys": keys,
        "figures": _by_name([group.figures for group in found]),
        "lower": _by_name([group.lower for group in found]),
        "upper": _by_name([group.upper for group in found]),
    }


def _worst(statuses: Sequence[str]) -> str:
    return "failed" if "failed" in statuses else "complete"
