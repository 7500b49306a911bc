"""Sweeps: the points that a `[sweep]` table makes of its scenario.

A point is a document like any other: what a value sets knows the line of that
value, so that problems of a point are placed there.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, final

import attrs

from wzsim.errors import Problem, ScenarioError, did_you_mean
from wzsim.registry import Registry
from wzsim.scenario.build import converter_of
from wzsim.scenario.document import Document
from wzsim.scenario.faults import faults_of, without_echoes
from wzsim.scenario.keypath import KeyPath
from wzsim.scenario.model import PLAIN_NAME
from wzsim.scenario.overrides import parse_key
from wzsim.scenario.sweep_tables import SweepAxis, SweepPoint, SweepTable

MAX_POINTS = 10_000
"""A larger sweep is refused: all points are checked, and in memory, before the first one runs."""

NOT_SWEPT = ("schema", "name", "extends", "sweep", "replicates")
"""Keys that belong to the file as a whole."""


@final
@attrs.frozen
class Value:
    """One value of an axis, or one rule: what it sets, and where it stands in the file."""

    at: KeyPath
    label: str
    key: KeyPath | None = None
    """The one key that it sets; None where it sets a part of a scenario."""


@final
@attrs.frozen
class Axis:
    """A label and the values of an axis."""

    label: str
    values: tuple[Value, ...]


@final
@attrs.frozen
class PointDocument:
    """A point before it is read: its name, its document, and the values that made it."""

    name: str
    document: Document
    values: tuple[Value, ...]


def point_documents(document: Document, registry: Registry) -> tuple[PointDocument, ...]:
    """The points of a document with a `[sweep]` table, in order.

    Raises ScenarioError with everything that is wrong with the table itself.
    """
    table = _read_table(document, registry)
    axes = [_axis(axis, ("sweep", "axis", index)) for index, axis in enumerate(table.axis)]
    problems = [
        *_problems_of_axes(document, table, axes),
        *_problems_of_rules(document, table, axes),
    ]
    if problems:
        raise ScenarioError(problems)
    combine = itertools.product if table.mode == "product" else zip
    combinations: list[tuple[Value, ...]] = list(combine(*(axis.values for axis in axes)))
    names = ["-".join(value.label for value in values) for values in combinations]
    problems = [
        *_problems_of_names(document, names),
        *_idle_rules(document, table, axes, combinations),
    ]
    if problems:
        raise ScenarioError(problems)
    base = document.without("sweep")
    points = []
    for name, values in zip(names, combinations, strict=True):
        labels = {axis.label: value.label for axis, value in zip(axes, values, strict=True)}
        applied = (*values, *_rules_of(table, labels))
        point = _with_title(_applied(base, document, applied), base, labels)
        named = point.with_value(("name",), name, document.place(("sweep",)))
        points.append(PointDocument(name, named, applied))
    return tuple(points)


def _read_table(document: Document, registry: Registry) -> SweepTable:
    try:
        return converter_of(registry).structure(document.data["sweep"], SweepTable)
    except Exception as error:  # of the validators
        faults = without_echoes(faults_of(error, ("sweep",)))
        # A table with an unknown key is not asked what it says as a whole.
        unsure = {fault.path[:-1] for fault in faults if fault.unknown_key}
        raise ScenarioError(
            document.problem(fault.path, fault.message, fault.hint)
            for fault in faults
            if fault.path not in unsure
        ) from error


def _axis(axis: SweepAxis, at: KeyPath) -> Axis:
    """The axis with its labels; a key that cannot be parsed is reported by `_problems_of_axes`."""
    if axis.point is not None:
        points = enumerate(axis.point)
        values = tuple(Value((*at, "point", i, "set"), point.label) for i, point in points)
        return Axis(axis.label or "", values)
    assert axis.key is not None
    assert axis.values is not None
    key = _parsed(axis.key)
    names = [str(part) for part in key if isinstance(part, str)]
    return Axis(
        axis.label or (names[-1] if names else axis.key),
        tuple(Value((*at, "values", i), label_of(v), key) for i, v in enumerate(axis.values)),
    )


def _parsed(key: str) -> KeyPath:
    try:
        return parse_key(key)
    except ValueError:
        return ()


def label_of(value: object) -> str:
    """A value as a part of a file name; empty for a table, which has no short text.

    >>> [label_of(value) for value in (0.01, True, -1, [2, 2, 2], [4, 16], "a/b", {})]
    ['0.01', 'true', 'minus1', '222', '4-16', 'a_b', '']
    """
    if isinstance(value, dict):
        return ""
    if isinstance(value, list | tuple):
        parts = [label_of(part) for part in value]
        return ("" if all(len(part) == 1 for part in parts) else "-").join(parts)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, int | float) and text.startswith("-"):
        text = f"minus{text[1:]}"
    return re.sub(r"[^A-Za-z0-9._+-]", "_", text).replace("+", "")


def _problems_of_axes(
    document: Document, table: SweepTable, axes: Sequence[Axis]
) -> Iterator[Problem]:
    for index, (axis, made) in enumerate(zip(table.axis, axes, strict=True)):
        at: KeyPath = ("sweep", "axis", index)
        if made.label in [other.label for other in axes[:index]]:
            message = f"two axes have the label {made.label!r}"
            yield document.problem(at, message, "give one a 'label' of its own")
        if axis.key is not None:
            yield from _problems_of_key(document, axis.key, (*at, "key"))
        yield from _problems_of_points(document, axis.point or (), (*at, "point"))
        yield from _problems_of_labels(document, made)
    lengths = [len(axis.values) for axis in axes]
    if table.mode == "zip" and len(set(lengths)) > 1:
        counts = ", ".join(map(str, lengths))
        message = f"axes of a 'zip' sweep need equally many values, found {counts}"
        yield document.problem(("sweep", "axis"), message, "mode = 'product' takes any")
    points = math.prod(lengths) if table.mode == "product" else max(lengths)
    if points > MAX_POINTS:
        message = f"the sweep has {points} points, more than {MAX_POINTS}"
        yield document.problem(("sweep",), message, "split it into several files")


def _problems_of_key(document: Document, key: str, at: KeyPath) -> Iterator[Problem]:
    try:
        first = parse_key(key)[0]
    except ValueError as error:
        yield document.problem(at, str(error))
    else:
        if first in NOT_SWEPT:
            yield document.problem(at, f"{first!r} is of the whole file and cannot be swept")


def _problems_of_points(
    document: Document, points: Sequence[SweepPoint], at: KeyPath
) -> Iterator[Problem]:
    for index, point in enumerate(points):
        yield from _problems_of_changes(document, point.changes, (*at, index, "set"))


def _problems_of_changes(
    document: Document, changes: dict[str, Any], at: KeyPath
) -> Iterator[Problem]:
    for key in NOT_SWEPT:
        if key in changes:
            message = f"{key!r} is of the whole file and cannot be swept"
            yield document.problem((*at, key), message)


def _problems_of_labels(document: Document, axis: Axis) -> Iterator[Problem]:
    """Labels that are no part of a file name, or stand for two values."""
    again = Counter(value.label.casefold() for value in axis.values)
    for index, value in enumerate(axis.values):
        if not value.label:
            message = "this value has no short text to name the point"
            hint = "use [[sweep.axis.point]] with a label, in place of key and values"
            yield document.problem(value.at, message, hint)
        elif not re.fullmatch(PLAIN_NAME, value.label):
            message = (
                f"the label {value.label!r} names files: it must be at most 100 letters a-z, "
                "digits, '.', '_' or '-' and begin with a letter or digit"
            )
            yield document.problem(_label_place(value), message)
        elif again[value.label.casefold()] > 1:
            earlier = [other.label.casefold() for other in axis.values[:index]]
            if value.label.casefold() in earlier:
                message = f"two values of the axis have the label {value.label!r}"
                yield document.problem(_label_place(value), message)


def _label_place(value: Value) -> KeyPath:
    """Where the label of a value stands."""
    return value.at if value.key is not None else (*value.at[:-1], "label")


def _problems_of_rules(
    document: Document, table: SweepTable, axes: Sequence[Axis]
) -> Iterator[Problem]:
    labels = {axis.label: [value.label for value in axis.values] for axis in axes}
    for index, rule in enumerate(table.rule):
        at: KeyPath = ("sweep", "rule", index)
        yield from _problems_of_changes(document, rule.changes, (*at, "set"))
        if not rule.where:
            message = "a rule needs the label of at least one axis"
            yield document.problem((*at, "where"), message, "what all points share needs no rule")
        for axis, label in rule.where.items():
            path = (*at, "where", axis)
            if axis not in labels:
                hint = did_you_mean(axis, labels)
                yield document.problem(path, f"no axis has the label {axis!r}", hint)
            elif label not in labels[axis]:
                hint = did_you_mean(label, labels[axis])
                message = f"axis {axis!r} has no value with the label {label!r}"
                yield document.problem(path, message, hint)


def _idle_rules(
    document: Document,
    table: SweepTable,
    axes: Sequence[Axis],
    combinations: Sequence[tuple[Value, ...]],
) -> Iterator[Problem]:
    """Rules for combinations of labels that no point has, which 'zip' makes possible."""
    names = [axis.label for axis in axes]
    points = [
        {*zip(names, (value.label for value in values), strict=True)} for values in combinations
    ]
    for index, rule in enumerate(table.rule):
        if not any(rule.where.items() <= point for point in points):
            yield document.problem(("sweep", "rule", index, "where"), "no point has these labels")


def _problems_of_names(document: Document, names: Sequence[str]) -> Iterator[Problem]:
    folded = Counter(name.casefold() for name in names)
    for name, count in folded.items():
        if count > 1:
            message = f"{count} points have the name {name!r}"
            yield document.problem(("sweep",), message, "give the values other labels")
    longest = max(names, key=len)
    if not re.fullmatch(PLAIN_NAME, longest):
        message = f"the name {longest!r} of a point has {len(longest)} characters, more than 100"
        yield document.problem(("sweep",), message, "give the values shorter labels")


def _rules_of(table: SweepTable, labels: dict[str, str]) -> Iterator[Value]:
    for index, rule in enumerate(table.rule):
        if rule.where.items() <= labels.items():
            yield Value(("sweep", "rule", index, "set"), "")


def _applied(base: Document, sweep: Document, values: Sequence[Value]) -> Document:
    """The base with all values set in order."""
    point = base
    for value in values:
        if value.key is None:
            point = attrs.evolve(sweep.below(value.at).over(point), origin=base.origin)
            continue
        content: Any = sweep.data
        for key in value.at:
            content = content[key]
        try:
            point = point.with_value(value.key, content, sweep.place(value.at))
        except LookupError as error:
            at = (*value.at[:3], "key")
            problem = sweep.problem(at, f"cannot be set: {error}")
            raise ScenarioError([problem]) from error
    return point


def _with_title(point: Document, base: Document, labels: dict[str, str]) -> Document:
    """The title of the file and what is special about the point, unless the point has its own."""
    title = base.data.get("title", "")
    if point.data.get("title", "") != title or not isinstance(title, str):
        return point
    special = ", ".join(f"{axis} {label}" for axis, label in labels.items())
    place = base.place(("title",))
    return point.with_value(("title",), f"{title}: {special}" if title else special, place)


def is_sweep(document: Document) -> bool:
    """Whether a document has a `[sweep]` table, or something else under that key."""
    return "sweep" in document.data


def refuse_sweep(document: Document) -> None:
    """Raise for a sweep where one scenario is wanted."""
    if is_sweep(document):
        message = "this file is a sweep of many scenarios, and one is wanted here"
        hint = "take the [sweep] out, or use a command that runs sweeps"
        raise ScenarioError([document.problem(("sweep",), message, hint=hint)])
