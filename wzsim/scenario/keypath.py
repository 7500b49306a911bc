"""Key paths: where a value sits in a scenario, as a tuple and as the text that errors show."""

from __future__ import annotations

import json
import re

KeyPath = tuple[str | int, ...]
"""Keys of tables and indices of arrays, from the root inwards."""

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
"""A key that TOML takes without quotes."""

_STEP = re.compile(r'\.([A-Za-z0-9_-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


def to_text(path: KeyPath) -> str:
    """The JSON path.

    >>> to_text(("sweep", "axis", 0, "key name"))
    '$.sweep.axis[0]["key name"]'
    """
    return "$" + "".join(_step(part) for part in path)


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if BARE_KEY.fullmatch(part) else f"[{json.dumps(part)}]"


def from_text(text: str) -> KeyPath:
    """The tuple of a JSON path that `to_text` wrote. Raises ValueError for any other text.

    >>> from_text("$.training.rate_weights[2]")
    ('training', 'rate_weights', 2)
    """
    path: list[str | int] = []
    rest = text.removeprefix("$")
    while rest:
        step = _STEP.match(rest)
        if step is None:
            raise ValueError(f"not a JSON path: {text!r}")
        bare, index, quoted = step.groups()
        path.append(bare if bare is not None else json.loads(index or quoted))
        rest = rest[step.end() :]
    return tuple(path)


def starts_with(path: KeyPath, prefix: KeyPath) -> bool:
    """Whether `path` is `prefix` or lies below it."""
    return path[: len(prefix)] == prefix
