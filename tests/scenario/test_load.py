"""Right scenarios: defaults, strictness that lets through what is right, and the Python side."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest

from tests.scenario import odd_plugin, paper_components
from tests.scenario.odd_plugin import Burst, Fade, OddChannel, Shadow, Wall
from tests.scenario.test_malformed import GAUSS
from tests.scenarios import paper_scenario
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import Bound, DecoderConfig
from wzsim.errors import PluginError
from wzsim.hookspecs import hookimpl
from wzsim.registry import Registry, load_registry
from wzsim.scenario import (
    ScenarioError,
    json_schema,
    load_points,
    parse_mapping,
    parse_scenario,
)
from wzsim.scenario.model import Correlation, Evaluation

SCENARIOS = sorted(Path("scenarios").rglob("*.toml"))

SHORTEST = """\
schema = 1
name = "short"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2]
encoder = "rnn-layered"
[training]
lagrange_multiplier = 160
"""


def with_channel(keys: str) -> str:
    text = GAUSS.replace('name = "gaussian"\nnoise_variance = 0.1', f'name = "odd"\n{keys}')
    return text.replace('bounds = ["wyner-ziv", "rate-distortion"]', "bounds = []")


@pytest.mark.parametrize("path", SCENARIOS, ids=str)
def test_shipped_scenarios_are_right(path: Path, builtin_registry: Registry) -> None:
    assert load_points(path, builtin_registry).name == path.stem


def test_defaults(registry: Registry) -> None:
    scenario = parse_scenario(SHORTEST, registry).scenario
    assert scenario.correlation.base == "y"
    assert scenario.correlation.source == GaussianSource(variance=1.0)
    assert scenario.distortion.name == "squared-error"
    assert scenario.code.rate_estimator.name == "conditional"
    assert scenario.code.decoder.name == "rnn-layered"
    assert scenario.training.lagrange_multiplier == 160.0
    assert scenario.training.rate_weights == (1.0,)
    assert scenario.training.method == "exact"
    features = [
        part.features
        for part in (scenario.code.encoder, scenario.code.rate_estimator, scenario.code.decoder)
    ]
    assert features == ["fourier"] * 3
    bounds = scenario.evaluation.bounds
    assert bounds is not None
    assert [bound.name for bound in bounds] == ["conditional", "rate-distortion", "wyner-ziv"]


@pytest.mark.parametrize("key", ["epochs = 5", "temperature = { start = 2.0 }"])
def test_a_key_of_the_paper_s_recipe_means_that_recipe(key: str, registry: Registry) -> None:
    """And beside it networks are those of the paper."""
    scenario = parse_scenario(f"{SHORTEST}\n{key}\n", registry).scenario
    assert scenario.training.method == "gumbel-softmax"
    assert scenario.training.learning_rate_decay.every == 40
    assert scenario.code.encoder.features == scenario.code.decoder.features == "none"


def test_features_that_are_given_stay(registry: Registry) -> None:
    text = SHORTEST.replace('"rnn-layered"', '{ name = "rnn-layered", features = "none" }')
    given = parse_scenario(text, registry).scenario
    assert given.code.encoder.features == "none"
    assert given.code.decoder.features == "fourier"


@attrs.frozen(kw_only=True)
class MmseDecoder(odd_plugin.OddDecoder):
    name = "mmse"


@attrs.frozen(kw_only=True)
class BrokenBound(odd_plugin.ScaledBound):
    name = "broken"
    factor: float = 1.0

    def applies_to(self, *_: object) -> bool:
        raise RuntimeError("no idea")


def plugin(**components: type) -> SimpleNamespace:
    """A plugin with these components, by kind."""

    def hook(component: type) -> object:
        return lambda: [component]

    hooks = {f"wzsim_{kind}s": hookimpl(hook(c)) for kind, c in components.items()}
    return SimpleNamespace(WZSIM_CONTRACT=1, **hooks)


def registry_with(**components: type) -> Registry:
    modules = {"wzsim": paper_components, "odd": odd_plugin, "more": plugin(**components)}
    return load_registry(modules, entry_points=False)


@attrs.frozen(kw_only=True)
class UselessBound(odd_plugin.ScaledBound):
    name = "useless"
    factor: float = 3.0


def test_only_bounds_that_apply_and_need_no_keys_are_a_default() -> None:
    registry = registry_with(bound=UselessBound)
    bounds = parse_scenario(SHORTEST, registry).scenario.evaluation.bounds
    assert {"useless", "scaled"} < set(registry.names("bound"))
    assert bounds is not None
    assert [bound.name for bound in bounds] == ["conditional", "rate-distortion", "wyner-ziv"]


def test_the_decoder_of_an_encoder_without_a_namesake_is_mmse(odd_registry: Registry) -> None:
    text = SHORTEST.replace('"rnn-layered"', '"fussy"')
    with_mmse = registry_with(decoder=MmseDecoder)
    assert parse_scenario(text, with_mmse).scenario.code.decoder == MmseDecoder()
    with pytest.raises(ScenarioError, match=r"missing required key 'decoder' @ \$\.code\.decoder"):
        parse_scenario(text, odd_registry)


def test_a_broken_bound_is_named_and_can_be_left_out() -> None:
    broken = registry_with(bound=BrokenBound)
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(SHORTEST, broken, file_name="f")
    assert str(raised.value) == (
        "bound 'broken' cannot say whether it applies: RuntimeError: no idea "
        "@ $.evaluation.bounds (f); name the bounds that you want in evaluation.bounds"
    )
    asked = parse_scenario(SHORTEST, broken, overrides=["evaluation.bounds=[]"])
    assert asked.scenario.evaluation.bounds == ()
    with pytest.raises(ScenarioError, match="bound 'broken' cannot be used: RuntimeError: no idea"):
        parse_scenario(SHORTEST, broken, overrides=['evaluation.bounds=["broken"]'])


def test_a_component_whose_annotation_is_missing_is_named() -> None:
    registry = registry_with(channel=odd_plugin.UnresolvedChannel)
    message = "the types of .*UnresolvedChannel cannot be resolved: name 'Nothing' is not defined"
    text = SHORTEST.replace('channel = { name = "gaussian", noise_variance = 0.1 }', "{}")
    with pytest.raises(ScenarioError, match=message + r" @ \$\.correlation\.channel"):
        parse_scenario(text.replace("{}", 'channel = "unresolved"'), registry)
    with pytest.raises(PluginError, match=message):
        json_schema(registry)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("low = -1", {"low": -1.0}),
        ("interval = [1, 2.5]", {"interval": (1.0, 2.5)}),
        ("matrix = [[1, 2], []]", {"matrix": ((1.0, 2.0), ())}),
        ("points = [1, [2]]", {"points": (1, [2])}),
        ("blockage = { shape = 'glass' }", {"blockage": Wall(shape="glass")}),
        ("words = ['a']", {"words": ["a"]}),
        ("gains = { a = 1, b = 2.5 }", {"gains": {"a": 1.0, "b": 2.5}}),
        ("burst.length = 3", {"burst": Burst(length=3)}),
        ("fade = {}", {"fade": Fade()}),
        ("fade = { shape = 'rice', k = 2 }", {"fade": Fade(shape="rice", k=2.0)}),
        (
            "fade = { shape = 'log-normal', sigma = 2 }",
            {"fade": Shadow(shape="log-normal", sigma=2.0)},
        ),
        ("exact = true", {"exact": True}),
        ("count = 3", {"count": 3}),
        ("count = 'all'", {"count": "all"}),
        ("anything = [1, 'a', { b = true }]", {"anything": [1, "a", {"b": True}]}),
        (
            "[correlation.channel.inner]\nname = 'gaussian'\nnoise_variance = 2",
            {"inner": GaussianChannel(noise_variance=2.0)},
        ),
    ],
)
def test_every_type_of_key(keys: str, expected: dict[str, object], odd_registry: Registry) -> None:
    loaded = parse_scenario(with_channel(keys), odd_registry)
    channel = loaded.scenario.correlation.channel
    assert channel == OddChannel(**expected)  # type: ignore[arg-type]
    for key, value in expected.items():
        assert type(getattr(channel, key)) is type(value)  # 1 == 1.0 would hide a wrong type
    assert parse_mapping(loaded.resolved, odd_registry).scenario == loaded.scenario


def test_a_pair_takes_the_place_of_source_and_channel(odd_registry: Registry) -> None:
    start, end = GAUSS.index("[correlation]"), GAUSS.index("[code]")
    pair = '[correlation.pair]\nname = "data"\nfile = "x.npy"\n'
    text = (GAUSS[:start] + pair + GAUSS[end:]).replace("bounds = [", "bounds = [] # ")
    scenario = parse_scenario(text, odd_registry).scenario
    assert scenario.correlation.as_pair() is scenario.correlation.pair


def test_plain_data_is_read_like_a_file(registry: Registry) -> None:
    loaded = parse_scenario(GAUSS, registry)
    again = parse_mapping(loaded.resolved, registry, ["seed=1"])
    assert again.scenario == attrs.evolve(loaded.scenario, seed=1)
    with pytest.raises(ScenarioError) as raised:
        parse_mapping({"schema": 1, "name": "x", "seed": -1}, registry)
    assert all((p.file, p.line) == (None, None) for p in raised.value.problems)
    assert "$.seed" in [p.path for p in raised.value.problems]


@pytest.mark.parametrize(
    "data",
    [{"a": None}, {"a": object()}, {1: 2}, {"a": {2}}],
    ids=["none", "object", "key", "set"],
)
def test_data_that_is_not_plain(data: dict[str, object], registry: Registry) -> None:
    with pytest.raises(ScenarioError, match="not plain data that TOML can hold"):
        parse_mapping(data, registry)


# The model refuses the same things when a program makes one.


def test_the_model_checks_itself() -> None:
    channel = GaussianChannel(noise_variance=0.1)
    with pytest.raises(ScenarioError, match="needs either 'source' and 'channel', or 'pair' @ "):
        Correlation()
    with pytest.raises(ScenarioError, match=r"missing 'source' beside 'channel' @ \$\.source"):
        Correlation(channel=channel)
    with pytest.raises(ScenarioError, match=r"'channel' cannot stand beside 'pair' @ \$\.channel"):
        Correlation(channel=channel, pair=odd_plugin.DataPair(file="x"))
    twice: tuple[Bound, ...] = (odd_plugin.ScaledBound(factor=1), odd_plugin.ScaledBound(factor=0))
    with pytest.raises(ScenarioError, match=r"'scaled' is given twice @ \$\.bounds\[1\]"):
        Evaluation(bounds=twice)
    with pytest.raises(
        ScenarioError, match=r"has 2 numbers for 1 stage of the code @ \$\.training"
    ):
        paper_scenario(alphabet_sizes=(4,), lagrange_multiplier=(1.0, 2.0))
    with pytest.raises(ValueError, match="name must be at most 100 letters"):
        attrs.evolve(paper_scenario(), name="a/b")
    with pytest.raises(ValueError, match="schema must be 1"):
        attrs.evolve(paper_scenario(), schema=True)


def test_one_lambda_is_that_of_all_stages() -> None:
    objective = paper_scenario(alphabet_sizes=(2, 4)).problem().objective
    assert objective.lagrange_multipliers == (160.0, 160.0)
    assert objective.rate_weights == (0.0, 1.0)
    steered = paper_scenario(
        alphabet_sizes=(2, 4), lagrange_multiplier=(1.0, 2.0), rate_weights=(0.5, 0.5)
    )
    assert steered.problem().objective.lagrange_multipliers == (1.0, 2.0)
    assert steered.problem().objective.rate_weights == (0.5, 0.5)


def test_loading_imports_no_torch() -> None:
    code = """
import sys
import wzsim.builtin.hooks
from wzsim.registry import load_registry
from wzsim.scenario import json_schema, load_scenario
registry = load_registry({"wzsim": wzsim.builtin.hooks}, entry_points=False)
load_scenario("scenarios/gauss_222.toml", registry)
json_schema(registry)
print([name for name in ("torch", "h5py", "matplotlib", "scipy") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_decoder_is_needed_only_where_none_fits() -> None:
    # A wrong encoder is one problem, not two: which decoder fits is not known yet.
    registry = registry_with(decoder=MmseDecoder)
    assert issubclass(MmseDecoder, DecoderConfig)
    with pytest.raises(ScenarioError) as raised:
        parse_scenario(SHORTEST.replace("rnn-layered", "none"), registry)
    assert [problem.path for problem in raised.value.problems] == ["$.code.encoder"]
