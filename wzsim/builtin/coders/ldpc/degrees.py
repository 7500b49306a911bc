"""How many edges the bits of a code have, by its rate: a table from density evolution.

`python -m benchmarks ldpc_degrees` makes `degrees.json`. Each row is the best distribution that
it found for planes of a quantized Gaussian (bit = parity of floor(x / width), y uniform).
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

LARGEST = 30
"""Edges of a bit."""


@final
@attrs.frozen(eq=False)
class DegreeTable:
    """Rows by rate, ascending."""

    rates: NDArray[np.float64]
    """Syndrome bits a bit."""
    thresholds: NDArray[np.float64]
    """Conditional entropy up to which a long code of the row decodes [bit]."""
    nodes: NDArray[np.float64]
    """Share of the bits of each degree 2 .. LARGEST, shape (rows, LARGEST - 1)."""


@cache
def degree_table() -> DegreeTable:
    """The table that comes with wzsim."""
    text = files("wzsim.builtin.coders.ldpc").joinpath("degrees.json").read_text()
    rows = sorted(json.loads(text), key=lambda row: row["rate"])
    nodes = np.zeros((len(rows), LARGEST - 1))
    for place, row in zip(nodes, rows, strict=True):
        for degree, share in row["edges"].items():
            place[int(degree) - 2] = share / int(degree)
    nodes /= nodes.sum(axis=1, keepdims=True)
    rates = np.array([row["rate"] for row in rows])
    return DegreeTable(rates, np.array([row["threshold"] for row in rows]), nodes)


def needed_rate(entropy: float) -> float:
    """The rate at which a code of infinite length decodes bits of this entropy [bit].

    Between rows of the table the loss (rate less entropy) is interpolated; beyond the last one it
    stays, down to the first it begins at zero.
    """
    table = degree_table()
    at = np.concatenate(([0.0], table.thresholds))
    loss = np.concatenate(([0.0], table.rates - table.thresholds))
    return entropy + float(np.interp(entropy, at, loss))


def column_degrees(rate: float, columns: int, rows: int) -> NDArray[np.int32]:
    """Degrees of the columns of a base graph, ascending, shape (columns,).

    None is above half the rows, and fewer than `rows` are two.
    """
    table = degree_table()
    shares = np.array([np.interp(rate, table.rates, share) for share in table.nodes.T])
    most = max(3, min(LARGEST, rows // 2))
    beyond = most - 1
    shares[beyond - 1] += shares[beyond:].sum()
    # Rounded, so that no other machine counts otherwise.
    exact = np.round(shares[:beyond] / shares[:beyond].sum() * columns, 9)
    counts = np.floor(exact).astype(np.int64)
    for index in np.argsort(counts - exact, kind="stable")[: columns - counts.sum()]:
        counts[index] += 1
    spare = max(0, int(counts[0]) - (rows - 1))
    counts[0] -= spare
    counts[1] += spare
    return np.repeat(np.arange(2, most + 1, dtype=np.int32), counts)
