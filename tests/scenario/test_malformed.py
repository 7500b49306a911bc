"""Malformed scenarios, one change each: exactly these problems, word by word, in this place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from wzsim.errors import Problem
from wzsim.registry import Registry
from wzsim.scenario import ScenarioError, parse_scenario

HERE = Path(__file__).parent
GAUSS = (HERE / "gauss.toml").read_text("utf-8")


def cases(name: str) -> Iterator[object]:
    """The changed text and the expected problems of each block of a file."""
    for block in (HERE / name).read_text("utf-8").split("\n\n"):
        lines = block.strip("\n").split("\n")
        old, new, problems = (
            [line[2:] for line in lines if line.startswith(mark)] for mark in "-+!"
        )
        if not problems:
            assert all(line.startswith("#") for line in lines)
            continue
        before = "".join(f"{line}\n" for line in old)
        assert GAUSS.count(before) == 1, f"{before!r} does not say where to change the scenario"
        after = "".join(f"{line}\n" for line in new)
        text = GAUSS.replace(before, after)
        yield pytest.param(text, problems, id=" | ".join(new) or f"without {old[0]}")


def problems_of(text: str, registry: Registry) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(text, registry, file_name="gauss.toml")
    assert raised.value.exit_code == 2
    return raised.value.problems


def test_the_scenario_without_a_change_is_right(registry: Registry) -> None:
    assert parse_scenario(GAUSS, registry).scenario.name == "gauss_222"


@pytest.mark.parametrize(("text", "problems"), list(cases("malformed.txt")))
def test_malformed(text: str, problems: list[str], registry: Registry) -> None:
    assert [str(problem) for problem in problems_of(text, registry)] == problems


@pytest.mark.parametrize(("text", "problems"), list(cases("malformed_components.txt")))
def test_malformed_components(text: str, problems: list[str], odd_registry: Registry) -> None:
    assert [str(problem) for problem in problems_of(text, odd_registry)] == problems


def test_all_problems_come_at_once(odd_registry: Registry) -> None:
    text = """\
name = "two words"
seed = "2023"
extra = 1

[correlation]
source = "gaussian"
[correlation.channel]
name = "odd"
gains = { a = "1", b = true }
burst = { length = 0.5, prob = 1 }

[code]
alphabet_sizes = [2, 2]
encoder = "fussy"
[code.decoder]
name = "rnn-layerd"
hidden_size = "none of these keys can be checked"

[training]
rate_weights = [1, 2, 3]
lagrange_multiplier = 160
epochs = 1.5
optimiser = { name = "adam" }
temperature = { start = 0, stop = inf }

[evaluation]
bounds = ["wyner-ziv", "wyner"]
"""
    assert [(p.line, p.path) for p in problems_of(text, odd_registry)] == [
        (None, "$.schema"),
        (1, "$.name"),
        (2, "$.seed"),
        (3, "$.extra"),
        (9, "$.correlation.channel.gains.a"),
        (9, "$.correlation.channel.gains.b"),
        (10, "$.correlation.channel.burst.length"),
        (10, "$.correlation.channel.burst.prob"),
        (16, "$.code.decoder.name"),
        (20, "$.training.rate_weights"),  # two stages
        (22, "$.training.epochs"),
        (23, "$.training.optimiser"),
        (24, "$.training.temperature.start"),
        (24, "$.training.temperature.stop"),
        (27, "$.evaluation.bounds[1]"),
    ]
