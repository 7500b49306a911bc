"""Keys of very many parts, found before `tomllib` spends minutes on one.

Its time grows with the square of the number of parts.
"""

from __future__ import annotations

import re
from functools import cache

_PART = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\[^\n])*+"|'[^'\n]*+')"""
_DOT = r"[ \t]*+\.[ \t]*+"

# A string without its end takes the rest at once, so that nothing is looked at many times; what
# comes after it tomllib does not reach.
_NO_KEY = r'''
"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|
\'\'\'(?:[^']|'(?!''))*+(?:\'\'\')?|
\#[^\n]*+|
[^"'\#A-Za-z0-9_-]++
'''


@cache
def _tokens(parts: int) -> re.Pattern[str]:
    long = f"(?P<long>{_PART}(?:{_DOT}{_PART}){{{parts}}})"
    space = _NO_KEY.replace("\n", "")
    return re.compile(f"{space}|{long}|{_PART}(?:{_DOT}{_PART})*+|[\"'][^\n]*+", re.DOTALL)


def long_key(text: str, parts: int) -> int | None:
    r"""The line of the first key of more than `parts` parts, outside of strings and comments.

    >>> long_key("a = 'x.x.x.x.x'  # y.y.y.y.y\nb.b.b = 1", 2)
    2
    >>> long_key("a.a.a = 1", 3)
    """
    for token in _tokens(parts).finditer(text):
        if token["long"] is not None:
            return text.count("\n", 0, token.start()) + 1
    return None
