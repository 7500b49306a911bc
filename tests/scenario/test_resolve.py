"""The resolved form: complete, plain, and the same scenario again."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scenario.odd_plugin import Burst, Fade, OddChannel, Shadow
from tests.scenario.test_malformed import GAUSS
from tests.scenarios import paper_scenario
from wzsim.registry import Registry
from wzsim.scenario import Scenario, parse_mapping, parse_scenario, resolve, to_toml
from wzsim.scenario.defaults import complete

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
POSITIVE = st.floats(min_value=1e-300, allow_infinity=False)
WORDS = st.text(st.characters(exclude_categories=["Cs"]))


def canonical(data: Any) -> str:
    """Unlike ==, it tells 1 from 1.0."""
    return json.dumps(data, sort_keys=True)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Right scenarios of all shapes, with a channel that has keys of every type."""
    stages = draw(st.integers(1, 4))
    by_stage = st.lists(POSITIVE, min_size=stages, max_size=stages).map(tuple)
    weights = st.lists(st.floats(0, 1e9), min_size=stages, max_size=stages).map(tuple)
    sizes = st.lists(st.integers(2, 16), min_size=stages, max_size=stages).map(tuple)
    scenario = paper_scenario(
        alphabet_sizes=draw(sizes),
        rate_estimator=draw(st.sampled_from(["marginal", "conditional"])),
        seed=draw(st.integers(0, 2**63 - 1)),
        lagrange_multiplier=draw(POSITIVE | by_stage),
        rate_weights=draw(st.none() | weights.filter(any)),
        epochs=draw(st.integers(1, 10**6)),
    )
    low = draw(FLOATS.filter(lambda value: abs(value) < 1e300))
    channel = OddChannel(
        low=low,
        high=low + abs(low) + 1.0,
        top=low + abs(low) + 1.0,
        interval=draw(st.tuples(FLOATS, FLOATS)),
        matrix=draw(st.lists(st.lists(FLOATS, max_size=2).map(tuple), max_size=2).map(tuple)),
        words=draw(st.lists(WORDS, max_size=2)),
        gains=draw(st.dictionaries(WORDS, FLOATS, max_size=2)),
        burst=draw(st.none() | st.just(Burst(length=2))),
        fade=draw(st.sampled_from([Fade(), Shadow(shape="log-normal", sigma=1.0)])),
        exact=draw(st.booleans()),
        count=draw(st.integers(-(2**63), 2**63 - 1) | st.just("all")),
    )
    return attrs.evolve(
        scenario,
        title=draw(WORDS),
        correlation=attrs.evolve(scenario.correlation, channel=channel),
        evaluation=attrs.evolve(scenario.evaluation, bounds=()),
    )


@given(scenario=scenarios())
def test_reading_the_resolved_form_gives_the_scenario_again(
    scenario: Scenario, odd_registry: Registry
) -> None:
    expected = complete(scenario, odd_registry)
    data = resolve(expected)
    text = to_toml(data)
    assert parse_mapping(data, odd_registry).scenario == expected
    assert parse_scenario(text, odd_registry).scenario == expected
    again = parse_scenario(text, odd_registry)
    assert again.resolved == data == tomllib.loads(text)
    assert again.resolved == json.loads(json.dumps(data))


def test_every_key_is_there(registry: Registry) -> None:
    data = parse_scenario(GAUSS, registry).resolved
    assert data["code"]["encoder"] == {
        "name": "rnn-layered",
        "hidden_size": 100,
        "num_layers": 2,
        "features": "none",
    }
    assert data["training"]["rate_weights"] == [0.0, 0.0, 1.0]
    assert data["training"]["learning_rate_decay"] == {"factor": 0.3, "every": 40}
    assert data["evaluation"]["bounds"] == [{"name": "wyner-ziv"}, {"name": "rate-distortion"}]
    assert "pair" not in data["correlation"]


def test_numbers_written_otherwise_are_the_same_scenario(registry: Registry) -> None:
    first = parse_scenario(GAUSS, registry)
    other = GAUSS.replace("160.0", "160").replace("= 0.1", "= 1e-1").replace("= 1.0", "= 1")
    second = parse_scenario("# other text\n" + other.replace("10_000_000", "10000000"), registry)
    assert second.scenario == first.scenario
    assert canonical(second.resolved) == canonical(first.resolved)
    assert second.toml != first.toml


def test_python_s_integers_for_floats_are_the_same_scenario() -> None:
    whole, exact = paper_scenario(noise_variance=1), paper_scenario(noise_variance=1.0)
    assert whole == exact
    assert canonical(resolve(whole)) == canonical(resolve(exact))
    assert resolve(paper_scenario(lagrange_multiplier=(1, 2, 3))) == resolve(
        paper_scenario(lagrange_multiplier=(1.0, 2.0, 3.0))
    )
    assert isinstance(resolve(whole)["correlation"]["channel"]["noise_variance"], float)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"title": "other"},
        {"name": "other"},
        {"training": {"epochs": 181}},
        {"correlation": {"base": "x"}},
        {"code": {"alphabet_sizes": [2, 4, 2]}},
    ],
    ids=str,
)
def test_another_scenario_resolves_to_another(change: dict[str, Any], registry: Registry) -> None:
    loaded = parse_scenario(GAUSS, registry)
    data = dict(loaded.resolved)
    for key, value in change.items():
        data[key] = data[key] | value if isinstance(value, dict) else value
    assert parse_mapping(data, registry).resolved != loaded.resolved
