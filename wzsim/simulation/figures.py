"""From measured moments to the figures that a result reports, with their standard errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wzsim.contracts import RateDistortionFunction
from wzsim.simulation.monte_carlo import Moments
from wzsim.simulation.quadrature import QuadratureFigures
from wzsim.simulation.result import Array, Decomposition, StageFigures
from wzsim.units import power_db

DB_SLOPE = 10.0 / np.log(10.0)
"""d (10 log10 D) = DB_SLOPE dD / D."""


def stage_figures(
    stage_rate: Array,
    distortion: Array,
    binding: Sequence[RateDistortionFunction],
    *,
    is_power: bool,
    moments: Moments | None = None,
) -> StageFigures:
    """Rates, distortions and gaps by stage, from R_k and D_k of shape (K,).

    `binding` are the bounds that no code can cross; the gap refers to the
    highest of their lower certificates. For sampled figures `moments` gives the
    standard errors: by the delta method, from the covariance of code length and
    distortion.
    """
    stages = len(stage_rate)
    sum_rate = np.cumsum(stage_rate)
    pick = np.eye(2 * stages)
    to_sum = np.cumsum(pick[:stages], axis=0)
    to_distortion = pick[stages:]
    gradients = {
        "stage_rate": pick[:stages],
        "sum_rate": to_sum,
        "distortion": to_distortion,
    }
    arrays: dict[str, Array] = {
        "stage_rate": stage_rate,
        "sum_rate": sum_rate,
        "distortion": distortion,
    }
    if is_power:
        arrays["distortion_db"] = power_db(distortion)
        gradients["distortion_db"] = DB_SLOPE * to_distortion / distortion[:, None]
    if binding:
        bits, bits_slope = _least_rate(binding, distortion)
        arrays["gap_bits"] = sum_rate - bits
        gradients["gap_bits"] = to_sum - bits_slope[:, None] * to_distortion
    if binding and is_power:
        least_db, db_slope = least_distortion_db(binding, sum_rate)
        arrays["gap_db"] = power_db(distortion) - least_db
        gradients["gap_db"] = gradients["distortion_db"] - db_slope[:, None] * to_sum
    errors = {}
    if moments is not None:
        errors = {name: moments.standard_error(rows) for name, rows in gradients.items()}
    return StageFigures(errors=errors, **arrays)


def decomposed_gap(
    figures: QuadratureFigures,
    binding: Sequence[RateDistortionFunction],
    *,
    uses_side_information: bool,
) -> Decomposition:
    """Where the gap of a code comes from: its prior, its decoder, its quantizer."""
    ideal = figures.ideal
    entropy = ideal.conditional_rate if uses_side_information else ideal.marginal_rate
    rate, least = np.cumsum(figures.rate), np.cumsum(entropy)
    at_rate, at_entropy = (least_distortion_db(binding, total)[0] for total in (rate, least))
    return Decomposition(
        marginal_entropy=ideal.marginal_rate,
        conditional_entropy=ideal.conditional_rate,
        least_distortion=ideal.distortion,
        prior_mismatch_db=at_entropy - at_rate,
        decoder_mismatch_db=power_db(figures.distortion) - power_db(ideal.distortion),
        quantizer_gap_db=power_db(ideal.distortion) - at_entropy,
    )


def _least_rate(
    binding: Sequence[RateDistortionFunction], distortion: Array
) -> tuple[Array, Array]:
    """Highest lower certificate of R(D) [bit], and its slope [bit per unit of distortion]."""

    def least(at: Array) -> Array:
        lowers = [bound.rate(np.maximum(at, 0.0)).lower for bound in binding]
        return np.asarray(np.max(lowers, axis=0))

    # Beyond the largest distortion R(D) is clipped at zero; the slope there is that of its end.
    largest = max(bound.largest_distortion for bound in binding)
    inside = np.minimum(distortion, largest * (1 - 1e-4))
    step = 1e-5 * inside + 1e-12 * largest
    below = np.maximum(inside - step, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (least(inside + step) - least(below)) / (inside + step - below)
    return least(distortion), slope


def least_distortion_db(
    binding: Sequence[RateDistortionFunction], rate: Array
) -> tuple[Array, Array]:
    """Highest lower certificate of D(R) [dB], and its slope [dB per bit]."""

    def least_db(at: Array) -> Array:
        lowers = [bound.distortion(np.maximum(at, 0.0)).lower for bound in binding]
        return power_db(np.max(lowers, axis=0))

    step = 1e-5  # forward: there is no rate below zero
    return least_db(rate), (least_db(rate + step) - least_db(rate)) / step
