"""Defaults that a class cannot hold: they name components, or depend on what is installed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any

import attrs

from wzsim.contracts import Bound, Distortion, EncoderConfig, Pair, RateEstimatorConfig
from wzsim.errors import Problem, ScenarioError
from wzsim.registry import Registry
from wzsim.scenario.coding import key_of_coder
from wzsim.scenario.exact_training import ExactTraining
from wzsim.scenario.faults import in_words
from wzsim.scenario.model import Scenario
from wzsim.scenario.tables import keys_of
from wzsim.scenario.training import GumbelSoftmaxTraining, total_rate_weights

DEFAULT_COMPONENTS: Mapping[str, str] = {
    "distortion": "squared-error",
    "rate_estimator": "conditional",
    "decoder": "mmse",
    "slepian_wolf_coder": "ldpc",
    # Its library has no wheel for some machines; `rans` codes everywhere.
    "entropy_coder": "range" if find_spec("constriction") else "rans",
}
"""What a scenario gets where it names none; a decoder called like the encoder comes first."""


def with_default_components(data: Mapping[str, Any], registry: Registry) -> dict[str, Any]:
    """The data with every component that has a default.

    A default that is not installed is left out, and is then reported as missing.
    """
    filled = dict(data)
    _fill(filled, "distortion", DEFAULT_COMPONENTS["distortion"], registry)
    if isinstance(data.get("code"), Mapping):
        code = filled["code"] = dict(data["code"])
        _fill(code, "rate_estimator", DEFAULT_COMPONENTS["rate_estimator"], registry)
        encoder = code.get("encoder")
        name = encoder.get("name") if isinstance(encoder, Mapping) else encoder
        decoders = registry.names("decoder")
        if name in decoders:
            code.setdefault("decoder", name)
        elif name not in registry.names("encoder") and decoders:
            # The encoder is wrong and will be reported. Which decoder would fit the right one
            # is not known, and one that is asked for in vain would be a second error.
            code.setdefault("decoder", decoders[0])
        else:
            _fill(code, "decoder", DEFAULT_COMPONENTS["decoder"], registry)
        _fill_method(filled, name, registry)
        _fill_features(filled, registry)
        _fill_coder(filled, registry)
    return filled


def _fill_method(data: dict[str, Any], encoder: Any, registry: Registry) -> None:
    """`training.method` that fits the encoder; without one that learns the table may be absent.

    For an encoder that learns it is 'exact', unless a key says that the paper's recipe is meant.
    """
    if encoder not in registry.names("encoder"):
        return
    cls = registry.get("encoder", encoder)
    assert issubclass(cls, EncoderConfig)
    training = data.get("training", {})
    if isinstance(training, Mapping):
        method = "design"
        if cls.learned:
            recipe = {key.name for key in keys_of(GumbelSoftmaxTraining)}
            exact = {key.name for key in keys_of(ExactTraining)}
            method = "gumbel-softmax" if recipe.intersection(training) - exact else "exact"
        data["training"] = {"method": method, **training}


def _fill_features(data: dict[str, Any], registry: Registry) -> None:
    """`features = "fourier"` for every network that has the key, where method 'exact' trains it."""
    training = data.get("training")
    if not isinstance(training, Mapping) or training.get("method") != "exact":
        return
    for kind in ("encoder", "rate_estimator", "decoder"):
        table = data["code"].get(kind)
        given = {"name": table} if isinstance(table, str) else table
        if not isinstance(given, Mapping) or given.get("name") not in registry.names(kind):
            continue
        keys = keys_of(registry.get(kind, given["name"]))
        if any(key.name == "features" for key in keys):
            data["code"][kind] = {"features": "fourier", **given}


def _fill_coder(data: dict[str, Any], registry: Registry) -> None:
    """The coder that the rate estimator asks for; the other one would have nothing to do."""
    estimator = data["code"].get("rate_estimator")
    name = estimator.get("name") if isinstance(estimator, Mapping) else estimator
    if isinstance(data.get("coding"), Mapping) and name in registry.names("rate_estimator"):
        cls = registry.get("rate_estimator", name)
        assert issubclass(cls, RateEstimatorConfig)
        kind = key_of_coder(uses_side_information=cls.uses_side_information)
        data["coding"] = dict(data["coding"])
        _fill(data["coding"], kind, DEFAULT_COMPONENTS[kind], registry)


def _fill(table: dict[str, Any], kind: str, name: str, registry: Registry) -> None:
    if name in registry.names(kind):
        table.setdefault(kind, name)


def complete(scenario: Scenario, registry: Registry) -> Scenario:
    """The scenario with the choices that None stands for, made now and with what is installed."""
    training, evaluation = scenario.training, scenario.evaluation
    by_stage = isinstance(getattr(training, "target_rate", None), tuple)
    if training.rate_weights is None and not by_stage:
        weights = total_rate_weights(len(scenario.code.alphabet_sizes))
        training = attrs.evolve(training, rate_weights=weights)
    if evaluation.bounds is None:
        bounds = applicable_bounds(scenario.evaluation_pair(), scenario.distortion, registry)
        evaluation = attrs.evolve(evaluation, bounds=tuple(bounds))
    return attrs.evolve(scenario, training=training, evaluation=evaluation)


def applicable_bounds(pair: Pair, distortion: Distortion, registry: Registry) -> Iterator[Bound]:
    """Every installed bound that needs no keys and applies."""
    for name in registry.names("bound"):
        cls = registry.get("bound", name)
        assert issubclass(cls, Bound)
        if any(key.required for key in keys_of(cls)):
            continue
        try:
            bound = cls()
            applies = bound.applies_to(pair, distortion)
        except Exception as error:  # of a plugin
            message = f"bound '{name}' cannot say whether it applies: {in_words(error)}"
            hint = "name the bounds that you want in evaluation.bounds"
            raise ScenarioError([Problem(message, "$.evaluation.bounds", hint=hint)]) from error
        if applies:
            yield bound
