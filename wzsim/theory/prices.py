"""What a design problem pays for rate and distortion, as theory wants it."""

from __future__ import annotations

from wzsim.contracts import DesignProblem
from wzsim.theory.lloyd import Prices


def design_prices(problem: DesignProblem) -> Prices:
    """The prices of a problem that has an objective."""
    return Prices(
        alphabet_sizes=problem.shape.alphabet_sizes,
        rate_prices=problem.price.stage_rate_weights,
        multipliers=problem.price.lagrange_multipliers,
        conditional=problem.rate_estimator.uses_side_information,
    )
