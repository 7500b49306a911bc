"""`[sweep]`: which scenarios a file makes of one."""

from __future__ import annotations

from typing import Any, Literal, final

import attrs

from wzsim.contracts import OneOf, doc
from wzsim.errors import Problem, ScenarioError
from wzsim.scenario.tables import json_schema_of

_PART_OF_A_SCENARIO = json_schema_of(**{"$ref": "#/$defs/partial.Scenario"})


@final
@attrs.frozen(kw_only=True)
class SweepPoint:
    """`[[sweep.axis.point]]`: keys that move together."""

    label: str = attrs.field(metadata=doc("its part of the names of points"))
    changes: dict[str, Any] = attrs.field(
        alias="set",
        metadata=doc("tables and keys of a scenario, on top of those of the file")
        | _PART_OF_A_SCENARIO,
    )


@final
@attrs.frozen(kw_only=True)
class SweepAxis:
    """`[[sweep.axis]]`: a key and its values, or points with labels."""

    label: str | None = attrs.field(
        default=None, metadata=doc("its name in titles and rules; default: the last part of key")
    )
    key: str | None = attrs.field(
        default=None, metadata=doc("the key that varies, such as code.alphabet_sizes")
    )
    values: tuple[Any, ...] | None = attrs.field(
        default=None, metadata=doc("what the key is set to") | json_schema_of(minItems=1)
    )
    point: tuple[SweepPoint, ...] | None = attrs.field(
        default=None,
        metadata=doc("values of several keys at once, in place of key and values")
        | json_schema_of(minItems=1),
    )

    def __attrs_post_init__(self) -> None:
        given = {"key": self.key, "values": self.values, "point": self.point}
        present = {key for key, value in given.items() if value is not None}
        if present not in ({"key", "values"}, {"point"}):
            raise ScenarioError([Problem("an axis needs either 'key' and 'values', or 'point'")])
        if self.point is not None and self.label is None:
            raise ScenarioError([Problem("an axis with points needs a 'label'")])
        if not self.values and not self.point:
            raise ScenarioError([Problem("an axis needs at least one value")])


@final
@attrs.frozen(kw_only=True)
class SweepRule:
    """`[[sweep.rule]]`: what some points set besides, after all axes; a later rule wins."""

    where: dict[str, str] = attrs.field(
        metadata=doc("labels of axes and of their values that a point must have")
        | json_schema_of(minProperties=1)
    )
    changes: dict[str, Any] = attrs.field(
        alias="set",
        metadata=doc("tables and keys of a scenario, on top of those of the point")
        | _PART_OF_A_SCENARIO,
    )


@final
@attrs.frozen(kw_only=True)
class SweepTable:
    """`[sweep]`: the file is many scenarios, one for each point."""

    mode: Literal["product", "zip"] = attrs.field(
        default="product",
        validator=OneOf(("product", "zip")),
        metadata=doc("every combination of values, or first with first, second with second"),
    )
    axis: tuple[SweepAxis, ...] = attrs.field(
        metadata=doc("what varies; the first axis varies slowest") | json_schema_of(minItems=1)
    )
    rule: tuple[SweepRule, ...] = attrs.field(
        default=(), metadata=doc("exceptions for points with certain labels")
    )

    @axis.validator
    def _some_axis(self, _attribute: object, value: tuple[SweepAxis, ...]) -> None:
        if not value:
            raise ValueError("a sweep needs at least one axis")
        keys = [axis.key for axis in value if axis.key is not None]
        again = sorted({key for key in keys if keys.count(key) > 1})
        if again:
            raise ValueError(f"two axes set '{again[0]}', and the first would have no effect")
