"""What a design problem pays for rate and distortion, as theory wants it."""

from __future__ import annotations

from collections.abc import Mapping

from wzsim.contracts import DesignProblem, Objective
from wzsim.theory.lloyd import Prices


def design_prices(problem: DesignProblem) -> Prices:
    """The prices of a problem that has an objective."""
    return Prices(
        alphabet_sizes=problem.shape.alphabet_sizes,
        rate_prices=problem.price.stage_rate_weights,
        multipliers=problem.price.lagrange_multipliers,
        conditional=problem.rate_estimator.uses_side_information,
    )


def price_notes(objective: Objective) -> dict[str, float | int | str]:
    """The prices that a design for a rate found, with one lambda, as notes of its encoder.

    >>> price_notes(Objective((40.0, 40.0), (0.25, 0.75)))
    {'lagrange_multiplier': 40.0, 'rate_weight_1': 0.25, 'rate_weight_2': 0.75}
    """
    notes: dict[str, float | int | str] = {"lagrange_multiplier": objective.lagrange_multipliers[0]}
    for stage, weight in enumerate(objective.rate_weights, start=1):
        notes[f"rate_weight_{stage}"] = weight
    return notes


def noted_objective(notes: Mapping[str, float | int | str], stages: int) -> Objective | None:
    """The objective whose `price_notes` are among these; None where they are not.

    >>> noted_objective({"lagrange_multiplier": 40.0, "rate_weight_1": 1.0}, 1)
    Objective(lagrange_multipliers=(40.0,), rate_weights=(1.0,))
    """
    keys = ["lagrange_multiplier", *(f"rate_weight_{stage}" for stage in range(1, stages + 1))]
    numbers = [value for key in keys if isinstance(value := notes.get(key), float)]
    if len(numbers) < len(keys):
        return None
    return Objective((numbers[0],) * stages, tuple(numbers[1:]))
