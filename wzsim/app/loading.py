"""The registry and scenarios, wired together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from wzsim.registry import Registry, load_registry
from wzsim.scenario import (
    LoadedScenario,
    Sweep,
    json_schema,
    load_points,
    load_scenario,
)

StrPath = str | os.PathLike[str]


def registry(plugins: Sequence[str] = ()) -> Registry:
    """Built-ins, installed plugins, and those named as with `-p`."""
    from wzsim.builtin import hooks  # they import all components

    return load_registry({"wzsim": hooks}, plugins)


def load(path: StrPath, registry: Registry, overrides: Sequence[str] = ()) -> LoadedScenario:
    """Read and check a scenario file. Raises ScenarioError with every problem at once."""
    return load_scenario(path, registry, overrides)


def load_sweep(path: StrPath, registry: Registry, overrides: Sequence[str] = ()) -> Sweep:
    """Read and check a scenario file with all points of its sweep; one point without a sweep.

    Raises ScenarioError with every problem of every point at once.
    """
    return load_points(path, registry, overrides)


def schema(registry: Registry) -> dict[str, Any]:
    """JSON Schema of scenarios with every installed component."""
    return json_schema(registry)
