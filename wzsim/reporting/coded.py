"""Real bits among the other figures of a stage: what a table, a column or a picture calls them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from wzsim.simulation.coding_figures import CodingFigures
from wzsim.simulation.result import Array

CODED: Final = {
    "ideal_rate": ("ideal", "bit"),
    "model_rate": ("model", "bit"),
    "coded_rate": ("sent", "bit"),
    "coded_sum_rate": ("sum sent", "bit"),
    "coded_distortion": ("D decoded", None),
    "coded_distortion_db": ("D decoded", "dB"),
    "distortion_all": ("D of all", None),
    "coded_gap_db": ("gap sent", "dB"),
    "frame_error_rate": ("frame errors", "share"),
    "frame_error_rate_lower": ("at least", "share"),
    "frame_error_rate_upper": ("at most", "share"),
    "symbol_error_rate": ("symbol errors", "share"),
    "frames": ("frames", ""),
    "decoded": ("decoded", ""),
    "undetected": ("undetected", ""),
    "increments": ("increments", ""),
    "requests": ("requests", ""),
    "bytes": ("sent", "byte"),
}
"""Head and unit of each column; None is the unit of the distortion."""

ON_SCREEN: Final = ("coded_rate", "coded_sum_rate", "coded_gap_db", "frame_error_rate", "requests")
"""Those that a comparison shows on a screen; its files have all."""

ERRING: Final = (
    "model_rate",
    "coded_rate",
    "coded_sum_rate",
    "coded_distortion",
    "coded_distortion_db",
    "distortion_all",
    "coded_gap_db",
)
"""Those that may have standard errors; others are exact, counts, or have an interval."""

_IN_FILE: Final = {"coded_distortion": "distortion", "coded_distortion_db": "distortion_db"}
"""What `/run/coding` calls them, where that is the name of an ideal figure in a table."""


def coded_figures(coding: CodingFigures | None) -> dict[str, Array]:
    """The columns that real bits have, each of shape (K,); none where no coder ran."""
    if coding is None:
        return {}
    known = coding.arrays() | coding.counts()
    known["frames"] = np.full(coding.stages, coding.frames)
    return {
        name: np.asarray(known[of], np.float64)
        for name in CODED
        if (of := _IN_FILE.get(name, name)) in known
    }


def coded_errors(coding: CodingFigures | None) -> dict[str, Array]:
    """Standard errors of these columns, where they are known."""
    if coding is None:
        return {}
    return {
        name: coding.errors[of]
        for name in ERRING
        if (of := _IN_FILE.get(name, name)) in coding.errors
    }


def coded_columns(codings: Iterable[CodingFigures | None]) -> tuple[str, ...]:
    """The columns of results of which some may have real bits: all, or none."""
    return tuple(CODED) if any(coding is not None for coding in codings) else ()
