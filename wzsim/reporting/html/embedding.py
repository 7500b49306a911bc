"""Text of strangers inside a page: it can end no script, and nothing of it can run."""

from __future__ import annotations

import base64
import gzip
import hashlib
import html
import json
import math
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Final

PART: Final = files(__package__)
"""Where the template, the styles and the scripts are."""

_UNSAFE: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def safe_json(value: Any) -> str:
    r"""Plain data as JSON that may stand inside a `<script>`: ASCII without `<`, `>` and `&`.

    Every float is there to its last bit; NaN and infinities are the texts `nan`, `inf` and `-inf`.

    >>> print(safe_json({"title": "</script>", "gap": [0.1, math.inf]}))
    {"title":"\u003c/script\u003e","gap":[0.1,"inf"]}
    """
    return _json(value).translate(_UNSAFE)


def packed(value: Any) -> str:
    """Plain data as JSON, gzip and base64, for `DecompressionStream`."""
    squeezed = gzip.compress(_json(value).encode(), compresslevel=6, mtime=0)
    return base64.b64encode(squeezed).decode()


def part(name: str) -> str:
    """A file of the page."""
    return PART.joinpath(name).read_text(encoding="utf-8")


def filled(template: str, slots: Mapping[str, str]) -> list[str]:
    """The pieces of a template with each `{{NAME}}` replaced; what replaces is not read again."""
    pieces = re.split(r"\{\{(\w+)\}\}", template)
    pieces[1::2] = [slots[name] for name in pieces[1::2]]
    return pieces


def content_policy(scripts: list[str]) -> str:
    """What the page may do: run these scripts, and load nothing from anywhere.

    Styles may stand in the page, because plotly.js sets them as it draws. They cannot load either.
    """
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    rules = {
        "default-src": "'none'",
        "script-src": hashes,
        "style-src": "'unsafe-inline'",
        "img-src": "data: blob:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{rule} {value}" for rule, value in rules.items())


def escaped(text: str) -> str:
    """A text for the HTML itself."""
    return html.escape(text)


def _json(value: Any) -> str:
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except ValueError:
        return json.dumps(_without_infinities(value), allow_nan=False, separators=(",", ":"))


def _without_infinities(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _without_infinities(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_infinities(inner) for inner in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
