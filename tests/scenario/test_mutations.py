"""Random damage to a right scenario: it stays right or it becomes problems with places."""

from __future__ import annotations

import copy
import datetime as dt
import tomllib
from collections.abc import Sequence
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from tests.scenario.test_malformed import GAUSS
from wzsim.registry import Registry
from wzsim.scenario import (
    LoadedScenario,
    Problem,
    ScenarioError,
    parse_mapping,
    parse_scenario,
)
from wzsim.scenario.keypath import KeyPath, from_text

LINES = GAUSS.splitlines()

KEYS = st.sampled_from(
    ["name", "seed", "base", "source", "channel", "pair", "encoder", "decoder", "bounds", "epochs"]
) | st.text(max_size=4)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["gaussian", "rnn-layered", "odd", "fussy", "crashing", "broken", "marginal"]),
    st.sampled_from([dt.date(2001, 2, 3), dt.time(4, 5), dt.datetime(2001, 2, 3, tzinfo=dt.UTC)]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def tables(node: Any) -> list[Any]:
    """Every table and array of the data, the root first."""
    inner = list(node.values() if isinstance(node, dict) else node)
    return [node, *(t for n in inner if isinstance(n, dict | list) for t in tables(n))]


@st.composite
def damaged_data(draw: st.DrawFn) -> dict[str, Any]:
    """The scenario's data with keys deleted, renamed, retyped, moved or added."""
    data = copy.deepcopy(tomllib.loads(GAUSS))
    for _ in range(draw(st.integers(1, 4))):
        node = draw(st.sampled_from(tables(data)))
        places = sorted(node) if isinstance(node, dict) else list(range(len(node)))
        action = draw(st.sampled_from(["delete", "rename", "retype", "copy", "add"]))
        if isinstance(node, dict) and (action == "add" or not places):
            node[draw(KEYS)] = draw(VALUES)
        elif places:
            place = draw(st.sampled_from(places))
            if action == "delete":
                del node[place]
            elif action == "rename" and isinstance(node, dict):
                node[draw(KEYS) if draw(st.booleans()) else place[1:]] = node.pop(place)
            elif action == "copy":
                node[place] = copy.deepcopy(draw(st.sampled_from(tables(data))))
            else:
                node[place] = draw(VALUES)
    return data


@st.composite
def damaged_text(draw: st.DrawFn) -> str:
    """The scenario's text with lines deleted, doubled, swapped, cut or scribbled over."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(lines) - 1))
        other = draw(st.integers(0, len(lines) - 1))
        action = draw(st.sampled_from(["delete", "double", "swap", "cut", "scribble"]))
        if action == "delete":
            lines[index] = ""
        elif action == "double":
            lines.insert(other, lines[index])
        elif action == "swap":
            lines[index], lines[other] = lines[other], lines[index]
        else:
            at = draw(st.integers(0, len(lines[index])))
            more = draw(st.text("a1.=[]{}'\"#, \\", max_size=3)) if action == "scribble" else ""
            lines[index] = lines[index][:at] + more + lines[index][at + len(more) :] * (more != "")
    return "\n".join(lines)


def present(text: str, path: KeyPath) -> bool:
    """Whether the first key of a path is in the text, so that some line can be named."""
    try:
        return path[:1] == () or path[0] in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return True


def read(
    text: str, registry: Registry, overrides: Sequence[str] = ()
) -> LoadedScenario | tuple[Problem, ...]:
    """The scenario, or what is wrong with it; any other error fails the test."""
    try:
        return parse_scenario(text, registry, file_name="f.toml", overrides=overrides)
    except ScenarioError as error:
        return error.problems


def check(text: str, registry: Registry) -> None:
    outcome = read(text, registry)
    if isinstance(outcome, LoadedScenario):
        assert parse_mapping(outcome.resolved, registry).scenario == outcome.scenario
        return
    assert len(set(outcome)) == len(outcome) > 0
    for problem in outcome:
        path = from_text(problem.path)
        assert problem.file == "f.toml"
        if problem.line is None:
            assert not present(text, path) or "thousands of digits" in problem.message
        else:
            assert 1 <= problem.line <= text.count("\n") + 1
        assert problem.message
        assert "\n" not in str(problem)


@given(data=damaged_data())
def test_damaged_data(data: dict[str, Any], odd_registry: Registry) -> None:
    check(tomli_w.dumps(data), odd_registry)


@given(text=damaged_text())
def test_damaged_text(text: str, odd_registry: Registry) -> None:
    check(text, odd_registry)


@given(
    typed=st.lists(
        st.builds(
            "{}={}".format,
            st.sampled_from(
                ["seed", "code.encoder.name", "code.alphabet_sizes[1]", "evaluation.bounds", "x.y"]
            ),
            VALUES.map(lambda value: tomli_w.dumps({"a": value}).removeprefix("a = ").strip()),
        )
        | st.text(max_size=20),
        max_size=3,
    )
)
def test_random_overrides(typed: list[str], odd_registry: Registry) -> None:
    outcome = read(GAUSS, odd_registry, typed)
    if isinstance(outcome, LoadedScenario):
        assert parse_mapping(outcome.resolved, odd_registry).scenario == outcome.scenario
    else:
        assert outcome
        assert all(from_text(problem.path) is not None for problem in outcome)
        assert all((problem.file or "").startswith(("f.toml", "--set ")) for problem in outcome)
