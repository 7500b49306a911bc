"""Which rows a law is fitted to, and which are kept to measure on."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

PARTS: Final = ("all", "training", "held-out")

TENTHS = 10
"""Contiguous pieces of a file, in which rows that depend on their neighbours stay together."""

HELD_OUT: Final = (2, 7)
"""The third and the eighth tenth, from 0: one in each half, none at an end."""


def tenths(rows: int) -> list[slice]:
    """The pieces of a file of so many rows: tenth i begins at row floor(i rows / 10).

    >>> tenths(25)[:3]
    [slice(0, 2, None), slice(2, 5, None), slice(5, 7, None)]
    """
    edges = [rows * tenth // TENTHS for tenth in range(TENTHS + 1)]
    return [slice(first, end) for first, end in pairwise(edges)]


def chosen_rows(part: str, rows: int) -> NDArray[np.bool_]:
    """Which rows of a file belong to a part, shape (rows,); its length alone decides.

    >>> np.flatnonzero(chosen_rows("held-out", 20)).tolist()
    [4, 5, 14, 15]
    """
    chosen = np.full(rows, part != "held-out")
    if part != "all":
        for tenth in HELD_OUT:
            chosen[tenths(rows)[tenth]] = part == "held-out"
    return chosen
