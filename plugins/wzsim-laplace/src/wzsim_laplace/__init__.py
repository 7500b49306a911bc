"""Laplacian source and channel for wzsim; `wzsim_laplace.estimation` estimates the scale."""

from __future__ import annotations

from wzsim.contracts import Channel, Source
from wzsim.hookspecs import hookimpl

from wzsim_laplace.channel import LaplaceChannel
from wzsim_laplace.source import LaplaceSource

__all__ = ["LaplaceChannel", "LaplaceSource"]

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_sources() -> list[type[Source]]:
    """`laplace`."""
    return [LaplaceSource]


@hookimpl
def wzsim_channels() -> list[type[Channel]]:
    """`laplace`."""
    return [LaplaceChannel]
