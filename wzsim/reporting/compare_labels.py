"""The scenario keys in which results differ, and short labels made of them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, final

import attrs
import numpy as np
from numpy.typing import NDArray

IDENTITIES: Final = ("seed", "name", "title")
"""Keys that say which run it was and not what was simulated: in a label only as a last resort."""

ALWAYS: Final = (
    "code.alphabet_sizes",
    "code.encoder.name",
    "code.rate_estimator.name",
    "coding.slepian_wolf_coder.name",
    "coding.entropy_coder.name",
)
"""Keys that stand in every label where they differ; so do those of the pair and distortion."""

MET: Final = "evaluation.correlation"
"""The pair that a code was measured with, where it is not the one of its design."""

PAIRS: Final = ("correlation", MET, "distortion")

RANK: Final = (
    *ALWAYS,
    *PAIRS,
    "code.encoder",
    "code.decoder.name",
    "training.lagrange_multiplier",
    "code",
    "training",
    "evaluation",
)
"""Which keys stand first in a label, and are taken first where fewer would do."""

ABSENT: Final = object()

Keys = Mapping[str, Any]
"""Values by key path, such as `code.alphabet_sizes`."""


def flat(table: Mapping[str, Any]) -> dict[str, Any]:
    """The values of nested tables by key path; a list is one value.

    >>> flat({"code": {"alphabet_sizes": [4, 4], "encoder": {"name": "nsq"}}})
    {'code.alphabet_sizes': [4, 4], 'code.encoder.name': 'nsq'}
    """
    values: dict[str, Any] = {}
    _flatten(table, "", values)
    return values


def _flatten(table: Mapping[str, Any], prefix: str, values: dict[str, Any]) -> None:
    for key, value in table.items():
        # The first test is for speed: that for any mapping takes ten times as long.
        if type(value) is dict or isinstance(value, Mapping):
            _flatten(value, f"{prefix}{key}.", values)
        else:
            values[f"{prefix}{key}"] = value


def differing_keys(scenarios: Sequence[Mapping[str, Any]]) -> list[Keys]:
    """What each resolved scenario has for the keys that are not the same in all of them.

    A key that a scenario does not have differs from any value. In the order of `RANK`.
    """
    tables = [flat(scenario) for scenario in scenarios]
    differing = [name for name, column in _columns(tables).items() if column.values > 1]
    differing.sort(key=_by_rank)
    return [{name: table[name] for name in differing if name in table} for table in tables]


def telling_keys(scenarios: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The keys of `evaluation.correlation` that tell a reader which pair a result met.

    Not those that all results met alike, because their designs have the same
    pair, nor parameters of a joint pair that are the same wherever it stands:
    its name says it.
    """
    met = []
    for scenario in scenarios:
        evaluation = scenario.get("evaluation")
        own = evaluation.get("correlation") if isinstance(evaluation, Mapping) else None
        met.append(flat({"correlation": own or scenario.get("correlation")}))
    telling = set()
    for key, column in _columns(met).items():
        parameter = key.startswith("correlation.pair.") and not key.endswith(".name")
        if column.values - (parameter and column.somewhere_absent) > 1:
            telling.add(f"evaluation.{key}")
    return frozenset(telling)


def label_parts(
    differing: Sequence[Keys], scenarios: Sequence[Mapping[str, Any]]
) -> list[dict[str, str]]:
    """For each result the keys of its label, with their values as text.

    Alphabets, encoder, rate estimator, pair and distortion stand in it wherever
    they differ, other keys only where they tell apart what these do not.
    scenarios: those of the results.
    """
    columns = _columns(differing)
    names = sorted(columns, key=_by_rank)
    met = any(name.startswith(f"{MET}.") for name in names)
    telling = telling_keys(scenarios) if met else frozenset()
    chosen = {
        name
        for name in names
        if (name in telling if name.startswith(f"{MET}.") else _stands_always(name))
    }
    told = np.zeros(len(differing), np.int64)
    for name in chosen:
        told = _refined(told, columns[name])
    for name in names:
        refined = told if name in chosen else _refined(told, columns[name])
        if refined.max(initial=0) > told.max(initial=0):
            chosen.add(name)
            told = refined
    label = [name for name in names if name in chosen]
    return [{name: text(keys[name]) for name in label if name in keys} for keys in differing]


@final
@attrs.frozen(eq=False)
class _Column:
    """One key in all results."""

    number: NDArray[np.int64]
    """Shape (number of results,): equal texts have equal numbers, from 0."""
    somewhere_absent: bool

    @property
    def values(self) -> int:
        """How many there are; being absent is one."""
        return int(self.number.max(initial=-1)) + 1


def _columns(tables: Sequence[Keys]) -> dict[str, _Column]:
    names = dict.fromkeys(name for table in tables for name in table)
    return {name: _column([table.get(name, ABSENT) for table in tables]) for name in names}


def _column(values: Sequence[Any]) -> _Column:
    """Most keys have one value in all results, which a count finds at once."""
    kinds = set(map(type, values))
    if kinds == {list}:
        same = len(set(map(repr, values))) == 1
    else:  # a truth value equals a number
        same = len(kinds) == 1 and values.count(values[0]) == len(values)
    if same:
        return _Column(np.zeros(len(values), np.int64), values[0] is ABSENT)
    numbers: dict[str, int] = {}
    column = [numbers.setdefault(text(value), len(numbers)) for value in values]
    return _Column(np.array(column, np.int64), text(ABSENT) in numbers)


def _refined(told: NDArray[np.int64], column: _Column) -> NDArray[np.int64]:
    """Classes of results that are told apart by what did so before, and by a column."""
    both = told * column.values + column.number
    classes: NDArray[np.int64] = np.unique(both, return_inverse=True)[1]
    return classes


def labels_of(
    parts: Sequence[Mapping[str, str]], names: Sequence[str], nameless: Sequence[str] = ()
) -> list[str]:
    """A label for each result, no two the same.

    names: what to call results without any key of their own. nameless: keys
    of which the value alone says enough.

    >>> labels_of([{"code.alphabet_sizes": "[4,4]"}, {"code.encoder.name": "nsq"}], ["a", "b"])
    ['alphabet_sizes=[4,4]', 'encoder=nsq']
    """
    short = short_names({name for part in parts for name in part})
    labels = [
        " ".join(
            value if name in nameless else f"{short[name]}={value}" for name, value in part.items()
        )
        or given
        for part, given in zip(parts, names, strict=True)
    ]
    total, so_far = Counter(labels), Counter[str]()
    for index, label in enumerate(labels):
        so_far[label] += 1
        if total[label] > 1:
            labels[index] = f"{label} [{so_far[label]}]"
    return labels


def short_names(paths: Iterable[str]) -> dict[str, str]:
    """The end of each key path, as long as it must be to be the only one with that end.

    The name of a component goes by the key of the component.

    >>> short_names(["code.encoder.name", "training.epochs"])
    {'code.encoder.name': 'encoder', 'training.epochs': 'epochs'}
    >>> sorted(short_names(["a.source.scale", "a.channel.scale"]).values())
    ['channel.scale', 'source.scale']
    """
    words = {path: path.removesuffix(".name").split(".") for path in sorted(paths)}
    short = {}
    for path, mine in words.items():
        length = 1
        while length < len(mine) and any(
            other[-length:] == mine[-length:] for key, other in words.items() if key != path
        ):
            length += 1
        short[path] = ".".join(mine[-length:])
    return short


def text(value: Any) -> str:
    """A value in a label.

    >>> [text(value) for value in ([2, 2], 160.0, "nsq", True)]
    ['[2,2]', '160', 'nsq', 'true']
    """
    if value is ABSENT:
        return "absent"
    if isinstance(value, str):
        return value
    if isinstance(value, float) and float(short := f"{value:g}") == value:
        return short
    return str(value) if type(value) is int else _ENCODE(value)


_ENCODE: Final = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def _stands_always(name: str) -> bool:
    return name in ALWAYS or name.startswith(tuple(f"{table}." for table in PAIRS))


def _by_rank(name: str) -> tuple[int, str]:
    return _rank(name), name


def _rank(name: str) -> int:
    if name in IDENTITIES:
        return len(RANK) + 1 + IDENTITIES.index(name)
    fitting = (rank for rank, key in enumerate(RANK) if name == key or name.startswith(f"{key}."))
    return next(fitting, len(RANK))
