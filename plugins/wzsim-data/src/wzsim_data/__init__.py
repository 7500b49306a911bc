"""Data as a correlated pair: the pair `data`, and `wzsim fit`."""

from __future__ import annotations

from wzsim.contracts import PairSource
from wzsim.hookspecs import hookimpl

from wzsim_data.pair import DataPair

WZSIM_CONTRACT = 1

__all__ = ["WZSIM_CONTRACT", "DataPair", "wzsim_pairs"]


@hookimpl
def wzsim_pairs() -> list[type[PairSource]]:
    """The pairs of this plugin."""
    return [DataPair]
