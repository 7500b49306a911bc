"""Polar codes as a Slepian-Wolf coder for short blocks."""

from __future__ import annotations

from wzsim.contracts import SlepianWolfCoder
from wzsim.hookspecs import hookimpl
from wzsim_polar.coder import PolarCoder

WZSIM_CONTRACT = 1


@hookimpl
def wzsim_slepian_wolf_coders() -> list[type[SlepianWolfCoder]]:
    """`polar`."""
    return [PolarCoder]
