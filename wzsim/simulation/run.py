"""One run of a scenario: design, evaluation, figures. No file, no screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from wzsim.contracts import (
    Code,
    DensityPair,
    Distortion,
    Listener,
    Objective,
    Pair,
    RateDistortionFunction,
)
from wzsim.errors import CapabilityError, RunFailedError
from wzsim.scenario.model import Scenario
from wzsim.simulation.bounds import bound_curves, bound_functions
from wzsim.simulation.checkpoint import NO_CHECKPOINTS, Checkpoints
from wzsim.simulation.coding import CodingProblem, code_samples
from wzsim.simulation.coding_figures import CodingFigures
from wzsim.simulation.design import design_code, restore_code
from wzsim.simulation.figures import decomposed_gap, stage_figures
from wzsim.simulation.inspection import binning, reconstruction
from wzsim.simulation.monte_carlo import evaluate_by_monte_carlo
from wzsim.simulation.quadrature import (
    QuadratureFigures,
    evaluate_by_quadrature,
    why_not_exact,
)
from wzsim.simulation.result import (
    Binning,
    BoundCurve,
    Decomposition,
    Reconstruction,
    StageFigures,
    TrainingHistory,
)
from wzsim.simulation.seeds import generator_for
from wzsim.theory.exact import rate_zero_distortion
from wzsim.theory.prices import noted_objective
from wzsim.units import BIT_PER_NAT

COLLAPSED = "collapsed"
"""Flag: rate is paid without gain, or the loss lies above that of rate zero."""

MISSED_TARGET = "missed-target"
"""Flag: the rate is not the one that was asked for."""

ON_TARGET = 0.05
"""How far a rate may be off its target [bit/sample]."""

USEFUL_GAIN = 0.01
"""A code that lowers the distortion of rate zero by less than this fraction has no gain."""

SILENT_RATE = 0.01
"""Total rate [bit/sample] up to which a code says nothing, and so pays for nothing."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Simulation:
    """What a simulation found: a `Result` without provenance and times."""

    code: Code
    training: TrainingHistory | None
    stages: StageFigures
    decomposition: Decomposition | None
    bounds: Mapping[str, BoundCurve]
    binning: Binning | None
    reconstruction: Reconstruction | None
    coding: CodingFigures | None
    evaluation: Mapping[str, Any]
    flags: tuple[str, ...]


def simulate(
    scenario: Scenario,
    device: str,
    listener: Listener,
    checkpoints: Checkpoints = NO_CHECKPOINTS,
) -> Simulation:
    """Design the code of a scenario and measure it.

    Deterministic for a scenario, a device and a thread count, wherever a training goes on from.
    """
    problem, pair = scenario.problem(), scenario.evaluation_pair()
    code, history = design_code(scenario, device, listener, checkpoints)
    curves = bound_functions(scenario)
    bounds = scenario.evaluation.bounds or ()
    binding = [curves[bound.name][1] for bound in bounds if bound.binds]
    stages, exact, evaluation = _measure(scenario, code, binding, device, listener)
    is_power = problem.distortion.is_power
    decomposition = None
    if exact is not None and binding and is_power:
        conditional = scenario.code.rate_estimator.uses_side_information
        decomposition = decomposed_gap(exact, binding, uses_side_information=conditional)
    require_finite(stages, scenario.name, trained=history is not None)
    silent = silent_distortion(pair, problem.distortion, binding)
    notes = dict(code.encoder.notes) | dict(history.notes if history else {})
    objective = problem.objective
    if problem.target_rate is not None:
        objective = noted_objective(notes, code.shape.stages)
    if objective is not None:
        evaluation["loss"] = hard_loss(stages, objective)
        # A rate that was asked for is no finding where silence would be cheaper.
        if silent is not None and problem.target_rate is None:
            prices = objective.lagrange_multipliers
            evaluation["rate_zero_loss"] = sum(prices) * silent
    drawing = generator_for(scenario.seed, "drawing", device)
    coding = None
    if scenario.coding is not None:
        on_cpu = code if device == "cpu" else restore_code(scenario, code.state())
        coding = code_samples(
            on_cpu, scenario.coding, _coding_problem(scenario, decomposition, binding), listener
        )
    return Simulation(
        code=code,
        training=history,
        stages=stages,
        decomposition=decomposition,
        bounds=bound_curves(curves, float(stages.sum_rate[-1]), is_power=is_power),
        binning=binning(code, pair, drawing),
        reconstruction=reconstruction(code, pair, drawing),
        coding=coding,
        evaluation=evaluation
        | {
            "rate": code.rate_estimator.basis,
            "uses_side_information": scenario.code.rate_estimator.uses_side_information,
            "design": notes,
        },
        flags=_flags(scenario, evaluation, stages, silent),
    )


def _coding_problem(
    scenario: Scenario,
    decomposition: Decomposition | None,
    binding: Sequence[RateDistortionFunction],
) -> CodingProblem:
    """What is to be coded, and against what it is measured."""
    conditional = scenario.code.rate_estimator.uses_side_information
    ideal = None
    if decomposition is not None:
        ideal = decomposition.conditional_entropy if conditional else decomposition.marginal_entropy
    return CodingProblem(
        name=scenario.name,
        seed=scenario.seed,
        pair=scenario.evaluation_pair(),
        distortion=scenario.distortion,
        uses_side_information=conditional,
        ideal_rate=ideal,
        binding=binding,
    )


def _measure(
    scenario: Scenario,
    code: Code,
    binding: list[RateDistortionFunction],
    device: str,
    listener: Listener,
) -> tuple[StageFigures, QuadratureFigures | None, dict[str, Any]]:
    """The figures by stage; exact ones too, wherever they can be had; and how they were found."""
    pair, distortion = scenario.evaluation_pair(), scenario.distortion
    asked, reason = scenario.evaluation.method, why_not_exact(code, pair, distortion)
    if asked == "quadrature" and reason is not None:
        raise CapabilityError(f"evaluation.method 'quadrature' is impossible: {reason}")
    exact = evaluate_by_quadrature(code, pair, distortion) if reason is None else None
    if exact is not None and asked != "monte-carlo":
        evaluation: dict[str, Any] = {
            "method": "quadrature",
            "quadrature_error": exact.error,
            "resolution": exact.resolution,
            "cells": exact.cells,
        }
        figures = stage_figures(exact.rate, exact.distortion, binding, is_power=distortion.is_power)
        return figures, exact, evaluation
    moments = evaluate_by_monte_carlo(
        code,
        pair,
        distortion,
        scenario.evaluation.samples,
        generator_for(scenario.seed, "evaluation samples", device),
        scenario.name,
        listener,
    )
    evaluation = {"method": "monte-carlo", "samples": moments.blocks * code.block_length}
    figures = stage_figures(
        moments.mean[: moments.stages],
        moments.mean[moments.stages :],
        binding,
        is_power=distortion.is_power,
        moments=moments,
    )
    return figures, exact, evaluation


def require_finite(stages: StageFigures, name: str, *, trained: bool) -> None:
    """Raise RunFailedError where a rate or a distortion is no number."""
    causes = ["a source or channel gave values or densities that are no finite numbers"]
    if trained:
        causes.insert(0, "a network diverged (try a smaller training.optimizer.learning_rate)")
    for figure in ("stage_rate", "distortion"):
        wrong = np.flatnonzero(~np.isfinite(getattr(stages, figure)))
        if len(wrong):
            raise RunFailedError(
                f"{name}: {figure} of stage {wrong[0] + 1} is {getattr(stages, figure)[wrong[0]]}: "
                + ", or ".join(causes)
            )


def hard_loss(stages: StageFigures, objective: Objective) -> float:
    """The loss of Eqs. (10), (11) of the hard code [nat]."""
    prices = np.array(objective.stage_rate_weights)
    multipliers = np.array(objective.lagrange_multipliers)
    return float(prices @ stages.stage_rate / BIT_PER_NAT + multipliers @ stages.distortion)


def silent_distortion(
    pair: Pair, distortion: Distortion, binding: Sequence[RateDistortionFunction]
) -> float | None:
    """The distortion without any message, where theory knows it."""
    if binding:
        return max(bound.largest_distortion for bound in binding)
    if distortion.name == "squared-error" and isinstance(pair, DensityPair):
        return rate_zero_distortion(pair)
    return None


def _flags(
    scenario: Scenario,
    evaluation: Mapping[str, Any],
    stages: StageFigures,
    silent: float | None,
) -> tuple[str, ...]:
    """All flags; none for a code that meets another pair than it was designed for."""
    if scenario.evaluation.correlation is not None:
        return ()
    target = scenario.problem().target_rate
    if target is not None:
        return missed_target(stages, target)
    return findings(evaluation, stages, silent)


def findings(
    evaluation: Mapping[str, Any], stages: StageFigures, silent: float | None
) -> tuple[str, ...]:
    """Flags of a result. A silent stage is none, nor is a silent code: it may be optimal.

    silent: the distortion without any message.
    """
    if silent is None or stages.sum_rate[-1] <= SILENT_RATE:
        return ()
    gain = 1.0 - stages.distortion[-1] / silent
    loss, silence = evaluation.get("loss"), evaluation.get("rate_zero_loss")
    dear = loss is not None and silence is not None and loss > silence
    return (COLLAPSED,) if gain < USEFUL_GAIN or dear else ()


def missed_target(stages: StageFigures, target: float | tuple[float, ...]) -> tuple[str, ...]:
    """The flag of a code whose total rate, or whose rate after a stage, is off its target."""
    rates = stages.sum_rate if isinstance(target, tuple) else stages.sum_rate[-1:]
    return (MISSED_TARGET,) if np.any(np.abs(rates - np.array(target)) > ON_TARGET) else ()
