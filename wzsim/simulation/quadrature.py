"""Exact evaluation of a hard scalar code: its thresholds, and integrals over y."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray

from wzsim.contracts import (
    Code,
    DensityPair,
    Distortion,
    Pair,
    PrefixTreeDecoder,
    PrefixTreeRateEstimator,
    ScalarEncoder,
    Stateful,
    Trainable,
)
from wzsim.errors import CapabilityError
from wzsim.simulation.result import Array
from wzsim.theory.cells import CellMoments, message_moments
from wzsim.theory.encoder import encoder_partition
from wzsim.theory.exact import (
    ExactFigures,
    exact_figures,
    prefix_sums,
    require_unit_mass,
    y_rule,
)
from wzsim.theory.partition import Partition
from wzsim.units import BIT_PER_NAT

TARGET = 1e-6
"""Two rules must agree to this, in bit and in relative distortion (1e-5 dB is 2.3e-6)."""

MOST_MESSAGES = 4096
"""A tree of more prefixes is left to sampling."""

MOST_NODES = 400_000
"""Nodes in y beyond which a rule is not refined."""

CHUNK = 1 << 16
"""Prefixes times nodes that pass through a network at once."""

MOST_REFINEMENT = 32
"""Panels are halved up to five times; a network has kinks in y that no rule knows."""


@final
@attrs.frozen(eq=False)
class QuadratureFigures:
    """Rates and distortions of a code, and of its encoder alone; all arrays have shape (K,)."""

    rate: Array
    """Cross-entropy of the declared estimator by stage [bit/sample]."""
    distortion: Array
    """Mean squared error of the declared decoder by stage."""
    ideal: ExactFigures
    """The same encoder with its own entropies and the conditional mean."""
    error: float
    """Difference of the last two rules, in bit or relative distortion."""
    resolution: float
    """A cell of the encoder narrower than this may have been missed; 0 where none was."""
    cells: int
    """Cells of the partition."""


def why_not_exact(code: Code, pair: Pair, distortion: Distortion) -> str | None:
    """What stands in the way of quadrature, or None."""
    if not isinstance(pair, DensityPair) or pair.block_length != 1:
        return "the pair has no density of single samples"
    if code.shape.prefix_counts[-1] > MOST_MESSAGES:
        return f"the code has more than {MOST_MESSAGES} messages"
    if code.encoder.draw_common_randomness(1, torch.Generator()) is not None:
        return "the encoder is dithered"
    if not isinstance(code.encoder, ScalarEncoder) or code.block_length != 1:
        return "the encoder is no partition of the line"
    if not isinstance(code.rate_estimator, PrefixTreeRateEstimator):
        return "the rate estimator cannot be evaluated on all prefixes"
    if not isinstance(code.decoder, PrefixTreeDecoder):
        return "the decoder cannot be evaluated on all prefixes"
    if distortion.name != "squared-error":
        return "the distortion is not the squared error"
    return None


def evaluate_by_quadrature(code: Code, pair: Pair, distortion: Distortion) -> QuadratureFigures:
    """Exact figures of a code; raises CapabilityError where `why_not_exact` has a reason."""
    reason = why_not_exact(code, pair, distortion)
    if reason is not None:
        raise CapabilityError(f"evaluation by quadrature is impossible: {reason}")
    assert isinstance(pair, DensityPair)
    assert isinstance(code.encoder, ScalarEncoder)
    partition, resolution = encoder_partition(code.encoder, pair)
    require_unit_mass(pair)
    coarse = _figures_at(code, pair, partition, order=6, refinement=1)
    refinement = 1
    while True:
        fine = _figures_at(code, pair, partition, order=9, refinement=refinement)
        nodes = len(y_rule(pair, partition.thresholds, 9, refinement)[0])
        error = float(
            max(np.max(np.abs(fine[0] - coarse[0])), np.max(np.abs(fine[1] / coarse[1] - 1)))
        )
        if error <= TARGET or refinement >= MOST_REFINEMENT or nodes > MOST_NODES // 2:
            ideal = exact_figures(pair, partition)
            return QuadratureFigures(
                *fine, ideal, max(error, ideal.error), resolution, len(partition.labels)
            )
        coarse, refinement = fine, 2 * refinement


@torch.inference_mode()
def _figures_at(
    code: Code, pair: DensityPair, partition: Partition, *, order: int, refinement: int
) -> tuple[Array, Array]:
    assert isinstance(code.rate_estimator, PrefixTreeRateEstimator)
    assert isinstance(code.decoder, PrefixTreeDecoder)
    y, weights = y_rule(pair, partition.thresholds, order, refinement)
    moments = message_moments(pair, partition, y, order + 2)
    sizes = partition.alphabet_sizes
    by_prefix = [prefix_sums(moment, sizes)[1:] for moment in moments]
    log_q = _stages(code.rate_estimator.tree_log_probs, _column(y, code.rate_estimator), sizes)
    x_hat = _stages(code.decoder.tree, _column(y, code.decoder), sizes)
    rates, distortions = [], []
    for stage in range(len(sizes)):
        mass, first, second = (prefixes[stage] for prefixes in by_prefix)
        at = CellMoments(mass, first, second)
        rates.append(-float(weights @ (mass * log_q[stage]).sum(axis=1)) * BIT_PER_NAT)
        distortions.append(float(weights @ _squared_error(at, x_hat[stage]).sum(axis=1)))
    # A silent stage costs nothing, and nothing may come out as a rounding error below it.
    return np.maximum(np.array(rates), 0.0), np.array(distortions)


def _stages(
    tree: Callable[[torch.Tensor], tuple[torch.Tensor, ...]],
    y: torch.Tensor,
    sizes: tuple[int, ...],
) -> list[NDArray[np.float64]]:
    """A tree at all nodes, in parts that stay small: stage k of shape (J or 1, prefixes)."""
    step = max(1, CHUNK // math.prod(sizes))
    parts = [tree(y[start : start + step]) for start in range(0, len(y), step)]
    if all(len(stage) == 1 for stage in parts[0]):
        parts = parts[:1]  # it does not depend on y
    return [
        np.concatenate([_columns(stage) for stage in stages]) for stages in zip(*parts, strict=True)
    ]


def _column(y: Array, part: Stateful) -> torch.Tensor:
    """y as a part wants it: single precision for networks, double for exact laws."""
    column = torch.from_numpy(y)[:, None]
    return column.float() if isinstance(part, Trainable) else column


def _squared_error(moments: CellMoments, x_hat: Array) -> Array:
    """E[(X - x_hat)^2; message] by y and message."""
    mass, first, second = moments
    return np.asarray(second - 2 * x_hat * first + x_hat**2 * mass)


def _columns(stage: torch.Tensor) -> NDArray[np.float64]:
    """(J, ..) to float64 of shape (J or 1, prefixes)."""
    return stage.reshape(len(stage), -1).to(torch.float64).cpu().numpy()
