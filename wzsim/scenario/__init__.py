"""Scenarios: a TOML file becomes frozen data that is right, or an error that says all."""

from wzsim.errors import Problem, ScenarioError
from wzsim.scenario.load import (
    LoadedScenario,
    Sweep,
    load_points,
    load_scenario,
    parse_mapping,
    parse_scenario,
)
from wzsim.scenario.model import SCHEMA, Scenario
from wzsim.scenario.resolve import resolve, to_toml
from wzsim.scenario.schema import json_schema

__all__ = [
    "SCHEMA",
    "LoadedScenario",
    "Problem",
    "Scenario",
    "ScenarioError",
    "Sweep",
    "json_schema",
    "load_points",
    "load_scenario",
    "parse_mapping",
    "parse_scenario",
    "resolve",
    "to_toml",
]
