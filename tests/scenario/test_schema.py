"""The JSON Schema: valid itself, and of one mind with the loader where it can be."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator

from tests.scenario import odd_plugin
from tests.scenario.test_load import SCENARIOS, SHORTEST, registry_with
from tests.scenario.test_malformed import GAUSS
from wzsim.registry import Registry, load_registry
from wzsim.scenario import json_schema, parse_scenario


@pytest.fixture(scope="module")
def schema(odd_registry: Registry) -> dict[str, Any]:
    return json_schema(odd_registry)


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Draft202012Validator:
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


CHANNEL = 'name = "gaussian"\nnoise_variance = 0.1'


def edited(old: str, new: str) -> dict[str, Any]:
    assert old in GAUSS
    return tomllib.loads(GAUSS.replace(old, new, 1))


@pytest.mark.parametrize("path", SCENARIOS, ids=str)
def test_shipped_scenarios_are_valid(path: Path, builtin_registry: Registry) -> None:
    validator = Draft202012Validator(json_schema(builtin_registry))
    validator.validate(tomllib.loads(path.read_text("utf-8")))


def test_resolved_scenarios_are_valid(
    validator: Draft202012Validator, odd_registry: Registry
) -> None:
    for text in (GAUSS, SHORTEST):
        validator.validate(parse_scenario(text, odd_registry).resolved)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("= 160.0", "= 160"),
        ("= 160.0", "= [160, 1.5, 2]"),
        ('[code.decoder]\nname = "rnn-layered"', "[code.decoder]\nname = 'odd'"),
        ('[code.decoder]\nname = "rnn-layered"', ""),
        (CHANNEL, 'name = "odd"'),
        (CHANNEL, 'name = "odd"\ncount = 3\ninterval = [1, 2.5]'),
        (CHANNEL, 'name = "odd"\nfade = { shape = "rice" }'),
        (CHANNEL, 'name = "odd"\ngains = { a = 1.5 }'),
        ("bounds = [", "bounds = [{ name = 'scaled', factor = 1.5 }, "),
    ],
)
def test_right_scenarios_are_valid(
    old: str, new: str, validator: Draft202012Validator, odd_registry: Registry
) -> None:
    validator.validate(edited(old, new))


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("schema = 1", "", []),
        ("schema = 1", "schema = 2", ["schema"]),
        ("seed = 2023", "seed = 0.5", ["seed"]),
        ("seed = 2023", "seed = -1", ["seed"]),
        ("seed = 2023", "sede = 2023", []),
        ('"gauss_222"', '"two words"', ["name"]),
        ('base = "y"', 'base = "z"', ["correlation", "base"]),
        ("noise_variance = 0.1", "noise_variance = 0", ["correlation", "channel"]),
        ("noise_variance = 0.1", "noise_variance = '0.1'", ["correlation", "channel"]),
        ("noise_variance = 0.1", "", ["correlation", "channel"]),
        ('name = "gaussian"\nnoise', "noise", ["correlation", "channel"]),
        ('name = "gaussian"\nnoise', "name = 'cauchy'\nnoise", ["correlation", "channel"]),
        ("[2, 2, 2]", "[]", ["code", "alphabet_sizes"]),
        ("[2, 2, 2]", "[2, 1, 2]", ["code", "alphabet_sizes", 1]),
        ("[2, 2, 2]", "2", ["code", "alphabet_sizes"]),
        ("alphabet_sizes = [2, 2, 2]", "", ["code"]),
        ("lagrange_multiplier = 160.0", "", ["training"]),
        ("= 160.0", "= [1, '2', 3]", ["training", "lagrange_multiplier"]),
        ("= 160.0", "= -1", ["training", "lagrange_multiplier"]),
        ("gumbel-softmax", "gumbel", ["training", "method"]),
        ("start = 1.0", "begin = 1.0", ["training", "temperature"]),
        (CHANNEL, "name='odd'\nratio=0", ["correlation", "channel"]),
        ('"wyner-ziv"', '"wyner"', ["evaluation", "bounds", 0]),
        ('"wyner-ziv"', '"scaled"', ["evaluation", "bounds", 0]),
        (CHANNEL, "name='odd'\ncount='x'", ["correlation", "channel"]),
        (CHANNEL, "name='odd'\nmode='x'", ["correlation", "channel"]),
        (CHANNEL, "name='odd'\ninterval=[1]", ["correlation", "channel"]),
        (CHANNEL, "name='odd'\nburst={}", ["correlation", "channel"]),
        (CHANNEL, "name='odd'\ninner='odd'", ["correlation", "channel"]),
    ],
)
def test_wrong_scenarios_are_not(
    old: str, new: str, where: list[str | int], validator: Draft202012Validator
) -> None:
    errors = list(validator.iter_errors(edited(old, new)))
    assert where in [list(error.absolute_path) for error in errors]


def test_an_extension_may_leave_out_what_its_base_has(validator: Draft202012Validator) -> None:
    validator.validate({"extends": "a.toml", "training": {"epochs": 3}})
    validator.validate({"extends": "a.toml", "correlation": {"channel": {"noise_variance": 3}}})
    assert not validator.is_valid({"extends": "a.toml", "training": {"epoch": 3}})
    assert not validator.is_valid({"extends": "a.toml", "training": {"epochs": 0}})
    assert not validator.is_valid({"training": {"epochs": 3}})


def test_descriptions_limits_and_defaults(schema: dict[str, Any]) -> None:
    channel = schema["$defs"]["channel.gaussian"]
    assert channel["description"].startswith("Additive white Gaussian noise")
    assert channel["properties"] == {
        "name": {"const": "gaussian"},
        "noise_variance": {
            "type": "number",
            "minimum": 1e-12,
            "maximum": 1e12,
            "description": "variance of N [units^2]",
        },
    }
    assert channel["required"] == ["name", "noise_variance"]
    assert channel["additionalProperties"] is False
    training = schema["$defs"]["GumbelSoftmaxTraining"]["properties"]
    assert training["epochs"]["default"] == 180
    assert training["temperature"]["default"] == {"start": 1.0, "stop": 0.2}
    assert schema["$defs"]["CodeTable"]["required"] == ["alphabet_sizes", "encoder"]
    json.dumps(schema, allow_nan=False)


@attrs.frozen(kw_only=True)
class Burst:
    """Not the one of the odd plugin."""

    start: int = 0


@attrs.frozen(kw_only=True)
class OtherOddChannel(odd_plugin.OddChannel):
    name = "other"
    burst: Burst | None = None  # type: ignore[assignment]


def test_tables_of_two_plugins_may_have_one_class_name() -> None:
    registry = registry_with(channel=OtherOddChannel)
    validator = Draft202012Validator(json_schema(registry))
    for name, key in (("odd", "length"), ("other", "start")):
        channel = f'name = "{name}"\nburst = {{ {key} = 2 }}'
        validator.validate(edited(CHANNEL, channel))
        assert not validator.is_valid(edited(CHANNEL, channel.replace("= 2", "= 0.5")))


def test_every_key_and_table_of_wzsim_is_described(builtin_registry: Registry) -> None:
    definitions = json_schema(builtin_registry)["$defs"]
    for name, table in definitions.items():
        assert table["description"], name
        for key, value in table["properties"].items():
            assert key == "name" or value.get("description"), f"{name}.{key}"


def test_a_kind_without_components_takes_nothing(registry: Registry) -> None:
    schema = json_schema(load_registry({}, entry_points=False))
    Draft202012Validator.check_schema(schema)
    assert not Draft202012Validator(schema).is_valid(tomllib.loads(GAUSS))
