"""Finite alphabets: sources, correlation channels and distortions."""

from __future__ import annotations

from wzsim.contracts import Channel, Distortion, Source
from wzsim.hookspecs import hookimpl
from wzsim_discrete.channels import (
    BinarySymmetricChannel,
    ErasureChannel,
    MatrixChannel,
    ZChannel,
)
from wzsim_discrete.distortions import Hamming, LogLoss
from wzsim_discrete.sources import BernoulliSource, SymbolSource

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_sources() -> list[type[Source]]:
    """`bernoulli`, `symbols`."""
    return [BernoulliSource, SymbolSource]


@hookimpl
def wzsim_channels() -> list[type[Channel]]:
    """`binary-symmetric`, `z-channel`, `erasure`, `matrix`."""
    return [BinarySymmetricChannel, ZChannel, ErasureChannel, MatrixChannel]


@hookimpl
def wzsim_distortions() -> list[type[Distortion]]:
    """`hamming`, `log-loss`."""
    return [Hamming, LogLoss]
