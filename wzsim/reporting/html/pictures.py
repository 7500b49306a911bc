"""Training, bins and reconstructions of one result, as coarse as a picture on a screen allows.

A page of thousands of results has room for some kilobytes each. Figures are
never thinned: they stand in the page to their last bit.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wzsim.reporting.intervals import runs
from wzsim.reporting.prefixes import alphabet_sizes, prefix_name, used_prefixes
from wzsim.simulation.result import Array, Binning, Reconstruction, Result, TrainingHistory
from wzsim.units import power_db

EPOCHS: Final = 300
"""Points of a curve over the training."""

SIDE_POINTS: Final = 200
"""Points of a reconstruction over y."""

MOST_NUMBERS: Final = 20_000
"""Numbers of all reconstructions together."""

LEVELS: Final = 2_000
"""Steps of a curve from its bottom to its top: more than a picture has pixels."""

DIGITS: Final = 5
"""Significant digits of numbers that no curve is made of."""


def pictures(result: Result) -> dict[str, Any]:
    """Plain data of every picture that the result has; see `pictures.js` for who draws it."""
    found: dict[str, Any] = {}
    unit = result.distortion_unit.removesuffix("^2")
    if result.training is not None and len(result.training.loss):
        found["training"] = _training(result, result.training)
    if result.binning is not None and len(result.binning.x):
        found["binning"] = {"unit": unit, **_binning(result.binning)}
    if result.reconstruction is not None and len(result.reconstruction.y):
        found["reconstruction"] = {
            "unit": unit,
            **_reconstruction(result.reconstruction, result.binning),
        }
    return found


def curve(values: Array) -> dict[str, Any]:
    """A curve in few bytes: `start + step * (d_0 + ... + d_j)`, with None for what is not finite.

    >>> curve(np.array([0.0, 1.0, np.nan, 2.0]))
    {'start': 0.0, 'step': 0.001, 'd': [0, 1000, None, 1000]}
    """
    finite = np.isfinite(values)
    known = values[finite]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    step = (high - low) / LEVELS or 1.0
    if not np.isfinite(step):  # no picture is that high
        finite, known, low, step = np.zeros_like(finite), known[:0], 0.0, 1.0
    levels = np.rint((known - low) / step).astype(np.int64)
    deltas: list[int | None] = [None] * len(values)
    for place, delta in zip(np.flatnonzero(finite), np.diff(levels, prepend=0), strict=True):
        deltas[place] = int(delta)
    return {"start": low, "step": step, "d": deltas}


def short(values: Array) -> list[float]:
    """Numbers with five significant digits.

    >>> short(np.array([0.123456789, -1234567.0]))
    [0.12346, -1234600.0]
    """
    return [float(f"{value:.{DIGITS}g}") for value in values.tolist()]


def spaced(count: int, most: int) -> NDArray[np.int64]:
    """Places of at most `most` of `count` points, both ends among them.

    >>> spaced(7, 3).tolist(), spaced(2, 3).tolist()
    ([0, 3, 6], [0, 1])
    """
    return np.unique(np.rint(np.linspace(0, count - 1, min(count, most))).astype(np.int64))


def _training(result: Result, history: TrainingHistory) -> dict[str, Any]:
    at = spaced(len(history.loss), EPOCHS)
    power = result.stages.distortion_db is not None
    level = power_db(history.stage_distortion) if power else history.stage_distortion
    return {
        "epoch": (at + 1).tolist(),
        "loss": curve(history.loss[at]),
        "rate": [curve(column) for column in history.stage_rate[at].T],
        "distortion": [curve(column) for column in level[at].T],
        "unit": "dB" if power else result.distortion_unit,
        "temperature": short(history.temperature[at]) if np.any(history.temperature > 0) else None,
        "learning_rate": short(history.learning_rate[at]),
        "relaxed": history.relaxed,
        "seconds": history.seconds,
    }


def _binning(binning: Binning) -> dict[str, Any]:
    rows = [*binning.stage_symbols, binning.message_index]
    intervals = []
    for row in rows:
        starts, stops, values = runs(binning.x, row)
        intervals.append({"edges": short(np.append(starts, stops[-1:])), "values": values.tolist()})
    return {"stages": intervals[:-1], "message": intervals[-1]}


def _reconstruction(reconstruction: Reconstruction, binning: Binning | None) -> dict[str, Any]:
    sizes = alphabet_sizes(reconstruction)
    total = sum(len(curves) for curves in reconstruction.x_hat)
    most = max(20, min(SIDE_POINTS, MOST_NUMBERS // max(total, 1)))
    at = spaced(len(reconstruction.y), most)
    stages = []
    for stage, curves in enumerate(reconstruction.x_hat):
        used = used_prefixes(stage, sizes, binning)
        names = [prefix_name(prefix, sizes[: stage + 1]) for prefix in range(len(curves))]
        stages.append(
            {
                "size": sizes[stage],
                "names": names,
                "used": [prefix in used for prefix in range(len(curves))],
                "curves": [curve(row[at]) for row in curves],
            }
        )
    return {"y": short(reconstruction.y[at]), "stages": stages}
