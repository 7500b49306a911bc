"""The best stages of a comparison: those on the Pareto front, or at given rates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.errors import InputError
from wzsim.reporting.compare import Comparison, measured_pair
from wzsim.reporting.compare_labels import text
from wzsim.reporting.fronts import NONE, best_per_rate, pareto_front

Choose = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.intp]]
"""Indices of the points to keep, of their sum rates and distortions."""


def on_front(comparison: Comparison) -> Comparison:
    """The stages that no other stage beats in sum rate and distortion, in the order of rates.

    Of results of several pairs (X, Y) or distortions, those of each. Results that failed
    are left out. Raises InputError where no stage is left.
    """
    return _kept(comparison, pareto_front)


def best_at(comparison: Comparison, rates: Sequence[float]) -> Comparison:
    """For each rate R the stage of least distortion among those with a sum rate of at most R.

    In the order of rates; of results of several pairs (X, Y) or distortions, those of
    each. Results that failed are left out. Raises InputError where no stage has
    such a rate.
    """

    def choose(rate: NDArray[np.float64], distortion: NDArray[np.float64]) -> NDArray[np.intp]:
        found: NDArray[np.intp] = np.unique(best_per_rate(rate, distortion, rates))
        return np.setdiff1d(found, [NONE])

    return _kept(comparison, choose)


def _kept(comparison: Comparison, choose: Choose) -> Comparison:
    """The comparison with the stages alone that are chosen of each pair."""
    pairs: dict[str, list[tuple[int, int]]] = {}
    for place, one in enumerate(comparison.results):
        if one.record.status == "complete":
            stages = pairs.setdefault(text(measured_pair(one.record)), [])
            stages += [(place, stage) for stage in range(one.record.stages.stages)]
    kept: dict[int, list[int]] = {}
    lowest = np.inf
    for stages in pairs.values():
        figures = [(comparison.results[place].record.stages, stage) for place, stage in stages]
        rate = np.array([mine.sum_rate[stage] for mine, stage in figures])
        distortion = np.array([mine.distortion[stage] for mine, stage in figures])
        lowest = min(lowest, rate.min(initial=np.inf))
        for index in choose(rate, distortion):
            place, stage = stages[index]
            kept.setdefault(place, []).append(stage)
    if not kept:
        raise InputError(f"no stage has such a rate: the least is {lowest:.4g} bit/sample")
    results = []
    for place, own in kept.items():
        one = comparison.results[place]
        numbers = [one.record.stage_numbers[stage] for stage in sorted(own)]
        results.append(attrs.evolve(one, record=one.record.only(numbers)))
    results.sort(key=lambda one: float(one.record.stages.sum_rate[0]))
    return attrs.evolve(comparison, results=tuple(results))
