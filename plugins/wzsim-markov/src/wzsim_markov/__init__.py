"""Gauss-Markov sources and their Wyner-Ziv bounds."""

from __future__ import annotations

from wzsim.contracts import Bound, Source
from wzsim.hookspecs import hookimpl
from wzsim_markov.bounds import BlockBound, SpectralBound
from wzsim_markov.source import GaussMarkovSource

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_sources() -> list[type[Source]]:
    """`gauss-markov`."""
    return [GaussMarkovSource]


@hookimpl
def wzsim_bounds() -> list[type[Bound]]:
    """`spectral`, `gaussian-blocks`."""
    return [SpectralBound, BlockBound]
