"""The bounds of a scenario, as functions and as curves to draw. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wzsim.contracts import Bound, RateDistortionFunction
from wzsim.scenario.model import Scenario
from wzsim.simulation.result import BoundCurve
from wzsim.units import power_db

CURVE_POINTS = 201


def bound_functions(scenario: Scenario) -> dict[str, tuple[str, RateDistortionFunction]]:
    """Title and function of each bound of the scenario, by name."""
    return {
        bound.name: bound_function(scenario, bound) for bound in scenario.evaluation.bounds or ()
    }


def bound_function(scenario: Scenario, bound: Bound) -> tuple[str, RateDistortionFunction]:
    """Title and function of one bound on the pair that the finished code meets.

    The title says where the bound is one of laws that were fitted to data.
    """
    correlation = scenario.evaluation_correlation()
    suffix = ", fitted law" if correlation.fitted_to else ""
    return bound.title + suffix, bound.on(correlation.as_pair(), scenario.distortion)


def bound_curves(
    curves: Mapping[str, tuple[str, RateDistortionFunction]], highest_rate: float, *, is_power: bool
) -> dict[str, BoundCurve]:
    """Smooth curves from rate zero to a little above the highest rate of the run.

    curves: title and function by name.
    """
    rate = np.linspace(0.0, max(1.0, np.ceil(2.2 * highest_rate) / 2), CURVE_POINTS)
    drawn = {}
    for name, (title, function) in curves.items():
        interval = function.distortion(rate)
        drawn[name] = BoundCurve(
            title=title,
            certificate=function.certificate,
            rate=rate,
            distortion=interval.lower,
            distortion_upper=interval.upper,
            distortion_db=power_db(interval.lower) if is_power else None,
        )
    return drawn
