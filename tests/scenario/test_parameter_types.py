"""Parameters of components that no scenario can give: said at once, with the attribute."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import attrs
import pytest

from tests.laplace import UniformChannel
from wzsim.hookspecs import hookimpl
from wzsim.registry import load_registry
from wzsim.scenario import ScenarioError, json_schema, parse_mapping

NO_TOML = (
    "TOML has nothing for the type of Odd.extra: a parameter is a float, int, bool, str, Literal, "
    "a tuple, list or dict of these, a table (an attrs class), a component, or a union of these "
    "and None"
)


@pytest.mark.parametrize(
    ("type_", "default", "said"),
    [
        (bytes, b"", NO_TOML),
        (set[int], None, NO_TOML),
        (tuple[frozenset[int], ...] | None, None, NO_TOML),
        (
            float,
            lambda: 1.0,
            (
                "the default of Odd.extra is a function: give its value, or write "
                "attrs.field(factory=...)"
            ),
        ),
    ],
)
def test_a_parameter_that_no_scenario_can_give(type_: Any, default: Any, said: str) -> None:
    odd = attrs.make_class(
        "Odd",
        {"extra": attrs.field(default=default, type=type_)},
        bases=(UniformChannel,),
        class_body={"name": "odd", "__doc__": "Odd."},
        frozen=True,
        kw_only=True,
    )

    @hookimpl
    def wzsim_channels() -> list[type]:
        return [odd]

    plugin = SimpleNamespace(WZSIM_CONTRACT=1, wzsim_channels=wzsim_channels)
    registry = load_registry({"odd": plugin}, entry_points=False)
    channel = {"name": "odd", "half_width": 1.0}
    with pytest.raises(ScenarioError) as raised:
        parse_mapping({"schema": 1, "correlation": {"channel": channel}}, registry)
    found = {problem.path: problem.message for problem in raised.value.problems}
    assert found["$.correlation.channel"] == said
    assert json_schema(registry)["$schema"]
