"""Rows of probabilities, and symbols that follow them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from wzsim.testing.law import FALSE_ALARM

Array = NDArray[np.float64]

LEAST_EXPECTED = 5.0
"""Symbols that are expected more rarely are counted together: chi-square is for many."""


def check_rows(who: str, rows: Array, name: str) -> None:
    """Each row is a distribution."""
    assert rows.ndim == 2 and rows.size > 0, f"{who}: {name} has the shape {rows.shape}"
    assert np.isfinite(rows).all() and (rows >= 0).all(), (
        f"{who}: {name} has an entry {rows[~(np.isfinite(rows) & (rows >= 0))][0]:g}; "
        "probabilities are finite and not negative"
    )
    sums = rows.sum(axis=1)
    worst = int(np.argmax(np.abs(sums - 1)))
    assert abs(sums[worst] - 1) < 1e-9, (
        f"{who}: row {worst} of {name} sums to {sums[worst]:.9g} and not to 1"
    )


def check_symbols(who: str, symbols: NDArray[np.int64], row: Array, name: str) -> None:
    """Chi-square: each symbol comes as often as `row` says, at a chance of `FALSE_ALARM`."""
    assert symbols.min() >= 0 and symbols.max() < len(row), (
        f"{who} draws symbols {symbols.min()} .. {symbols.max()}, and {name} has symbols "
        f"0 .. {len(row) - 1}"
    )
    counts = np.bincount(symbols, minlength=len(row))
    impossible = np.flatnonzero((row == 0) & (counts > 0))
    assert not len(impossible), (
        f"{who} draws the symbol {impossible[0] if len(impossible) else ''}, and {name} gives it "
        "no probability"
    )
    expected = row * len(symbols)
    rare = expected < LEAST_EXPECTED
    observed = np.append(counts[~rare], counts[rare].sum())
    wanted = np.append(expected[~rare], expected[rare].sum())
    observed, wanted = observed[wanted > 0], wanted[wanted > 0]
    statistic = float(((observed - wanted) ** 2 / wanted).sum())
    chance = float(chi2.sf(statistic, max(1, len(wanted) - 1)))
    worst = int(np.argmax(np.abs(counts - expected)))
    assert chance > FALSE_ALARM, (
        f"{who} does not follow {name}: of {len(symbols)} symbols {counts[worst]} are {worst}, and "
        f"{expected[worst]:.0f} are expected; chance explains this in {chance:.1g} of all cases"
    )
