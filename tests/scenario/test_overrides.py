"""`--set KEY=VALUE`."""

from __future__ import annotations

import pytest

from tests.scenario.test_malformed import GAUSS
from wzsim.registry import Registry
from wzsim.scenario import LoadedScenario, ScenarioError, parse_scenario
from wzsim.scenario.overrides import Override


def load(registry: Registry, *overrides: str) -> LoadedScenario:
    return parse_scenario(GAUSS, registry, file_name="gauss.toml", overrides=overrides)


def problems(registry: Registry, *overrides: str) -> list[str]:
    with pytest.raises(ScenarioError) as raised:
        load(registry, *overrides)
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("typed", "path", "value"),
    [
        ("seed=1", ("seed",), 1),
        ("a.b-c.1 = [1_000, {x = 'y'}]", ("a", "b-c", "1"), [1000, {"x": "y"}]),
        ('"a.b" . \'c d\'.e="x"', ("a.b", "c d", "e"), "x"),
        ('"\\u0041"=true', ("A",), True),
        ("a[0][1].b=1979-05-27T07:32:00", ("a", 0, 1, "b"), ...),
        ("a=gumbel-softmax", ("a",), "gumbel-softmax"),
        ("a= two words ", ("a",), "two words"),
        ("a=", ("a",), ""),
        ("a=b=c", ("a",), "b=c"),
        ("a=1\nb = 2", ("a",), "1\nb = 2"),
        ("a=1 # comment", ("a",), 1),
        ("a=[1", ("a",), "[1"),
        ("a=" + "9" * 10_000, ("a",), "9" * 10_000),
        ("a=" + "[" * 10_000, ("a",), "[" * 10_000),
    ],
)
def test_keys_and_values(typed: str, path: tuple[str | int, ...], value: object) -> None:
    override = Override.parse(typed)
    assert override.path == path
    assert value is ... or override.value == value
    assert type(override.value) is type(value) or value is ...


@pytest.mark.parametrize("typed", ["", "seed", "=1", ".seed=1", "seed.=1", "se ed=1", "[0]=1"])
@pytest.mark.parametrize("tail", ["", " "])
def test_what_is_no_key_and_value(typed: str, tail: str) -> None:
    with pytest.raises(ValueError, match=r"expected KEY=VALUE with a key such as training.epochs"):
        Override.parse(typed + tail)


def test_values_are_set_and_the_text_is_kept(registry: Registry) -> None:
    loaded = load(
        registry,
        "training.epochs=5",
        "training.temperature.stop=1",
        "training.rate_weights=[0,0,1]",
        "training.rate_weights[0]=0.5",
        'title="5"',
        "evaluation.bounds[1]=conditional",
        "code.rate_estimator=marginal",
        "training.epochs=6",
    )
    assert loaded.scenario.training.epochs == 6  # the later one wins
    assert loaded.scenario.training.temperature.stop == 1.0
    assert loaded.scenario.training.rate_weights == (0.5, 0.0, 1.0)
    assert loaded.scenario.title == "5"
    assert [bound.name for bound in loaded.scenario.evaluation.bounds or ()] == [
        "wyner-ziv",
        "conditional",
    ]
    assert loaded.scenario.code.rate_estimator.name == "marginal"
    assert loaded.toml == GAUSS


@pytest.mark.parametrize("order", [1, -1])
def test_a_component_changes_with_its_name_in_any_order(order: int, odd_registry: Registry) -> None:
    overrides = ["correlation.channel.name=odd", "correlation.channel.high=3"][::order]
    loaded = load(odd_registry, *overrides, "evaluation.bounds=[]")
    channel = loaded.resolved["correlation"]["channel"]
    assert (channel["name"], channel["high"]) == ("odd", 3.0)


def test_the_same_name_keeps_the_other_keys(registry: Registry) -> None:
    loaded = load(registry, "correlation.channel.name=gaussian")
    assert loaded.scenario == parse_scenario(GAUSS, registry).scenario


def test_tables_are_made_where_there_are_none(registry: Registry) -> None:
    loaded = load(registry, "training.learning_rate_decay.every=7", "distortion.name=squared-error")
    assert loaded.scenario.training.learning_rate_decay.every == 7


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (
            "training.epochs=abc",
            (
                "expected an integer, found the string 'abc' @ $.training.epochs "
                "(--set training.epochs=abc)"
            ),
        ),
        (
            "training.epoch=3",
            (
                "unknown key 'epoch' @ $.training.epoch (--set training.epoch=3); "
                "did you mean 'epochs'?"
            ),
        ),
        (
            "code.alphabet_sizes[1]=1",
            (
                "alphabet_sizes must be >= 2 and <= 65536, not 1 @ $.code.alphabet_sizes "
                "(gauss.toml:16)"
            ),
        ),
        (
            "code.alphabet_sizes[1]=a",
            (
                "expected an integer, found the string 'a' @ $.code.alphabet_sizes[1] "
                "(--set code.alphabet_sizes[1]=a)"
            ),
        ),
        (
            "code.alphabet_sizes[3]=2",
            (
                "cannot be set: $.code.alphabet_sizes has 3 elements, the first is [0] "
                "@ $.code.alphabet_sizes[3] (--set code.alphabet_sizes[3]=2)"
            ),
        ),
        (
            "seed.x=1",
            "cannot be set: $.seed is not a table @ $.seed.x (--set seed.x=1)",
        ),
        (
            "code[0]=1",
            "cannot be set: $.code is not an array @ $.code[0] (--set code[0]=1)",
        ),
        (
            "seed",
            "expected KEY=VALUE with a key such as training.epochs @ $ (--set seed)",
        ),
        (
            "x=1\n2",
            (
                "unknown key 'x' @ $.x (--set x=1\\n2); valid: code, coding, correlation, "
                "distortion, evaluation, name, schema, seed, title, training"
            ),
        ),
        (
            "title=\udce9",
            "the override is not a text in UTF-8 @ $ (--set title=\\udce9)",
        ),
        (
            "a=" + "[" * 65 + "]" * 65,
            f"the value is nested too deeply @ $ (--set a={'[' * 65 + ']' * 65})",
        ),
        (
            "schema=2",
            (
                "this wzsim reads schema 1, found the integer 2 @ $.schema (--set schema=2); "
                "install a newer wzsim to run it"
            ),
        ),
        (
            "extends=other.toml",
            (
                "unknown key 'extends' @ $.extends (--set extends=other.toml); valid: code, "
                "coding, correlation, distortion, evaluation, name, schema, seed, title, training"
            ),
        ),
        (
            "correlation.channel.name=odd",
            (
                "unknown channel 'odd' @ $.correlation.channel.name "
                "(--set correlation.channel.name=odd); valid: gaussian"
            ),
        ),
        (
            "training.rate_weights=[0, 1]",
            (
                "rate_weights has 2 numbers for 3 stages of the code @ $.training.rate_weights "
                "(--set training.rate_weights=[0, 1])"
            ),
        ),
    ],
)
def test_problems_are_placed_at_the_override(typed: str, message: str, registry: Registry) -> None:
    assert problems(registry, typed) == [message]


def test_what_a_new_component_lacks_is_placed_at_its_name(odd_registry: Registry) -> None:
    typed = "evaluation.bounds[0].name=scaled"
    assert problems(odd_registry, 'evaluation.bounds=[{name="wyner-ziv"}]', typed) == [
        f"missing required key 'factor' @ $.evaluation.bounds[0].factor (--set {typed})"
    ]


def test_problems_of_overrides_and_file_come_together(registry: Registry) -> None:
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(
            GAUSS.replace("= 0.1", "= 0"), registry, file_name="f", overrides=["x", "seed=-1"]
        )
    assert [(p.file, p.line) for p in raised.value.problems] == [
        ("f", 13),
        ("--set seed=-1", None),
        ("--set x", None),
    ]
