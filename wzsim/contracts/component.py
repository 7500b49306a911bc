"""What every component has in common: it is frozen data with a name."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar, Self

import attrs

CONTRACT_VERSION = 1
"""Version of the contracts in this package; a plugin states the one it was written for."""


_PARAMETER = type(attrs.field())


@attrs.frozen(kw_only=True)
class Component(ABC):
    """A part of a scenario that plugins provide, described by frozen data.

    A scenario table with `name = "gaussian"` becomes an instance of the
    component of that name; its other keys are the attributes of the class. A
    subclass is an `attrs.frozen(kw_only=True)` class with `name` set. Modules
    that define components import neither torch nor matplotlib at their top.
    """

    kind: ClassVar[str]
    """What it is in the field's terms (`channel`, `encoder`, ...); set by each contract."""

    name: ClassVar[str]
    """How a scenario calls it, unique within its kind."""

    def __new__(cls, *_arguments: object, **parameters: object) -> Self:
        """Say what a class lacks whose parameters attrs never saw, before Python says less."""
        unseen = any(isinstance(value, _PARAMETER) for value in vars(cls).values())
        unknown = parameters.keys() - {field.alias for field in attrs.fields(cls)}
        if unseen or (unknown and "__attrs_attrs__" not in vars(cls)):
            raise TypeError(
                f"class {cls.__qualname__} is not decorated: write @attrs.frozen(kw_only=True) "
                "above it"
            )
        return super().__new__(cls)

    def files(self) -> tuple[str, ...]:
        """Files outside of the scenario that decide what it does, such as data.

        Their content is part of the identity of a result. A folder stands for the files in it.
        """
        return ()


@attrs.frozen
class Range:
    """An attrs validator for a number, or for each number of a tuple.

    >>> Range(gt=0)
    Range(gt=0, ge=None, lt=None, le=None)

    Raises ValueError with the range in words. The JSON Schema of a scenario
    reads the same limits.
    """

    gt: float | None = None
    ge: float | None = None
    lt: float | None = None
    le: float | None = None

    def __call__(self, _instance: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        for number in value if isinstance(value, tuple) else (value,):
            if number is not None and not self.admits(number):
                raise ValueError(f"{attribute.name} must be {self}, not {number!r}")

    def admits(self, number: float) -> bool:
        """Whether the number lies in the range; NaN never does."""
        return (
            number == number  # noqa: PLR0124 - the one test that NaN fails
            and abs(number) != float("inf")
            and (self.gt is None or number > self.gt)
            and (self.ge is None or number >= self.ge)
            and (self.lt is None or number < self.lt)
            and (self.le is None or number <= self.le)
        )

    def __str__(self) -> str:
        limits = (("> ", self.gt), (">= ", self.ge), ("< ", self.lt), ("<= ", self.le))
        return " and ".join(f"{sign}{limit:g}" for sign, limit in limits if limit is not None) or (
            "finite"
        )


@attrs.frozen
class OneOf:
    """An attrs validator for a word out of a list."""

    words: tuple[str | int, ...]

    def __call__(self, _instance: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
        if value not in self.words:
            listed = ", ".join(repr(word) for word in self.words)
            raise ValueError(f"{attribute.name} must be one of {listed}, not {value!r}")


def doc(text: str) -> dict[str, str]:
    """attrs metadata with what a parameter means and its unit, shown by `wzsim schema`."""
    return {"doc": text}
