"""One run of a scenario: design, evaluation, figures. No file, no screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import attrs
import numpy as np

from wzsim.contracts import Code, DesignProblem, Listener, RateDistortionFunction
from wzsim.scenario.model import Scenario
from wzsim.simulation.bounds import bound_curves, bound_functions
from wzsim.simulation.design import design_code
from wzsim.simulation.figures import stage_figures
from wzsim.simulation.inspection import binning, reconstruction
from wzsim.simulation.monte_carlo import evaluate_by_monte_carlo
from wzsim.simulation.result import (
    Binning,
    BoundCurve,
    Reconstruction,
    StageFigures,
    TrainingHistory,
)
from wzsim.simulation.seeds import generator_for
from wzsim.units import BIT_PER_NAT

COLLAPSED = "collapsed"
"""Flag: rate is paid without gain, or the loss lies above that of rate zero."""

USEFUL_GAIN = 0.01
"""A code that lowers the distortion of rate zero by less than this fraction has no gain."""

SILENT_RATE = 0.01
"""Total rate [bit/sample] below which a code says nothing."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Simulation:
    """What a simulation found: a `Result` without provenance and times."""

    code: Code
    training: TrainingHistory | None
    stages: StageFigures
    bounds: Mapping[str, BoundCurve]
    binning: Binning | None
    reconstruction: Reconstruction | None
    evaluation: Mapping[str, Any]
    flags: tuple[str, ...]


def simulate(scenario: Scenario, device: str, listener: Listener) -> Simulation:
    """Design the code of a scenario and measure it.

    Deterministic for a scenario, a device and a thread count.
    """
    problem = scenario.problem()
    code, history = design_code(scenario, device, listener)
    moments = evaluate_by_monte_carlo(
        code,
        problem,
        scenario.evaluation.samples,
        generator_for(scenario.seed, "evaluation samples", device),
        scenario.name,
        listener,
    )
    curves = bound_functions(scenario)
    binding = [
        function
        for bound, (_, function) in zip(
            scenario.evaluation.bounds or (), curves.values(), strict=True
        )
        if bound.binds
    ]
    is_power = problem.distortion.is_power
    stages = stage_figures(moments, binding, is_power=is_power)
    evaluation = {
        "method": scenario.evaluation.method,
        "samples": moments.blocks * code.block_length,
        **hard_losses(stages, problem, binding),
    }
    drawing = generator_for(scenario.seed, "drawing", device)
    return Simulation(
        code=code,
        training=history,
        stages=stages,
        bounds=bound_curves(curves, float(stages.sum_rate[-1]), is_power=is_power),
        binning=binning(code, problem.pair, drawing),
        reconstruction=reconstruction(code, problem.pair, drawing),
        evaluation=evaluation,
        flags=findings(evaluation, stages, binding),
    )


def hard_losses(
    stages: StageFigures, problem: DesignProblem, binding: list[RateDistortionFunction]
) -> dict[str, float]:
    """The loss of Eqs. (10), (11) of the hard code, and that of rate zero [nat]."""
    objective = problem.objective
    prices = np.array(objective.stage_rate_weights)
    multipliers = np.array(objective.lagrange_multipliers)
    loss = prices @ stages.stage_rate / BIT_PER_NAT + multipliers @ stages.distortion
    losses = {"loss": float(loss)}
    if binding:
        losses["rate_zero_loss"] = float(multipliers.sum() * _rate_zero_distortion(binding))
    return losses


def _rate_zero_distortion(binding: list[RateDistortionFunction]) -> float:
    return max(bound.largest_distortion for bound in binding)


def findings(
    evaluation: Mapping[str, Any], stages: StageFigures, binding: list[RateDistortionFunction]
) -> tuple[str, ...]:
    """Flags of a result. A silent stage is none: it may be optimal."""
    if not binding:
        return ()
    gain = 1.0 - stages.distortion[-1] / _rate_zero_distortion(binding)
    without_gain = stages.sum_rate[-1] > SILENT_RATE and gain < USEFUL_GAIN
    if without_gain or evaluation["loss"] > evaluation["rate_zero_loss"]:
        return (COLLAPSED,)
    return ()
