"""Exact rates and distortions of a scalar code, by quadrature over y."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import DensityPair
from wzsim.errors import CapabilityError
from wzsim.theory.cells import message_moments
from wzsim.theory.panels import narrowest_output
from wzsim.theory.partition import Partition

Array = NDArray[np.float64]

TAIL = 1e-14
"""Probability of Y that quadrature leaves out."""

SILENT = Partition(np.empty(0), np.zeros(1, dtype=np.int64), (2,))
"""One cell: a code that says nothing."""

MASS_TOLERANCE = 1e-5
"""How far the integral of a density may be from one."""

CORE_TAIL = 1e-7
"""Inside this tail of Y the panels are even; outside they grow, for laws with heavy tails."""

HEAVY, HEAVY_TAIL = 8.0, 1e-3
"""A law whose interval of `CORE_TAIL` is so many times that of 1% has a core of its own."""


def y_rule(
    pair: DensityPair, thresholds: Array, order: int, refinement: float = 1
) -> tuple[Array, Array]:
    """Nodes and weights, each of shape (J,), for integrals over y.

    Panels as wide as the middle half of X given Y, or of Y given X (over `refinement`),
    split where the integrand has kinks, with `order` Gauss-Legendre nodes each.
    """
    middle = np.array([sum(pair.y_interval(0.5)) / 2])
    low, high = pair.x_interval_given(middle, 0.5)
    ends, core, one_percent = (pair.y_interval(tail) for tail in (TAIL, CORE_TAIL, 1e-2))
    if core[1] - core[0] > HEAVY * (one_percent[1] - one_percent[0]):
        core = pair.y_interval(HEAVY_TAIL)
    width = min(float(high[0] - low[0]), narrowest_output(pair), (core[1] - core[0]) / 16)
    width /= refinement
    kinks = pair.y_breakpoints(thresholds)
    kinks = kinks[(kinks > ends[0]) & (kinks < ends[1])]
    edges = np.unique(np.concatenate([graded_edges(core, ends, width), kinks]))
    unit, weight = np.polynomial.legendre.leggauss(order)
    half = 0.5 * np.diff(edges)[:, None]
    nodes = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * unit
    return nodes.ravel(), (half * weight).ravel()


def require_unit_mass(pair: DensityPair) -> None:
    """Raise CapabilityError for a pair whose density does not integrate to one.

    Two rules agree on a density with a wrong factor, and every figure would be wrong.
    """
    one_cell, masses = Partition(np.zeros(1), np.array([0, 0]), (2,)), []
    for refinement in (1, 2, 4, 8, 16):
        y, weights = y_rule(pair, np.zeros(1), 10, refinement)
        moments = message_moments(pair, one_cell, y)
        masses.append(float(weights @ moments.mass.sum(axis=1)))
        if abs(masses[-1] - 1.0) < MASS_TOLERANCE:
            return
        if len(masses) > 1 and abs(masses[-1] - masses[-2]) < MASS_TOLERANCE / 10:
            break
    raise wrong_mass("the density of the pair (X, Y)", masses[-1])


def wrong_mass(density: str, mass: float) -> CapabilityError:
    """The error of a density that does not integrate to one."""
    return CapabilityError(
        f"{density} integrates to {mass:.7g} and not to 1: log_prob or noise_log_prob of the "
        "source or channel is wrong, or an interval leaves mass out"
    )


def rate_zero_distortion(pair: DensityPair) -> float:
    """E Var(X | Y): the mean squared error without any message."""
    return float(exact_figures(pair, SILENT).distortion[0])


def mean_given(pair: DensityPair, y: Array) -> Array:
    """E[X | Y = y], shape (J,); where no y comes that far, that of the last one which does."""
    inside = np.clip(y, *pair.y_interval(TAIL))
    moments = message_moments(pair, SILENT, inside)
    return np.asarray(moments.first.sum(axis=1) / moments.mass.sum(axis=1))


def graded_edges(core: tuple[float, float], ends: tuple[float, float], width: float) -> Array:
    """Edges of panels `width` wide inside `core` that grow geometrically towards `ends`."""
    panels = [np.linspace(*core, max(2, int(np.ceil((core[1] - core[0]) / width)) + 1))]
    for end, inner in zip(ends, core, strict=True):
        growth = np.log1p(abs(end - inner) / width)
        steps = np.linspace(0.0, growth, max(2, int(np.ceil(3 * growth)) + 1))[1:]
        panels.append(inner + np.sign(end - inner) * width * np.expm1(steps))
    return np.unique(np.concatenate(panels))


def prefix_sums(moment: Array, alphabet_sizes: tuple[int, ...]) -> list[Array]:
    """A moment by full message, shape (J, M_1 ... M_K), added up by prefix m_1^k, k = 0 .. K."""
    sums = []
    count = 1
    for size in (1, *alphabet_sizes):
        count *= size
        sums.append(moment.reshape(len(moment), count, -1).sum(axis=2))
    return sums


@final
@attrs.frozen(eq=False)
class ExactFigures:
    """Exact figures of a hard scalar encoder with ideal rates and the exact decoder.

    All arrays have shape (K,).
    """

    marginal_rate: Array
    """H(m_k | m_1^{k-1}) [bit/sample]."""
    conditional_rate: Array
    """H(m_k | m_1^{k-1}, Y) [bit/sample]."""
    distortion: Array
    """E (X - E[X | m_1^k, Y])^2."""
    error: float
    """The largest difference between two rules of quadrature, in bit or relative distortion."""


def entropy_terms(mass: Array, parent: Array) -> Array:
    """-P log2(P / P_parent) elementwise, zero where P is zero; parent broadcasts by prefix."""
    above = np.repeat(parent, mass.shape[-1] // parent.shape[-1], axis=-1)
    positive = mass > 0
    ratio = np.divide(mass, above, out=np.ones_like(mass), where=positive)
    return np.asarray(-mass * np.log2(np.where(positive, ratio, 1.0)))


def exact_figures(
    pair: DensityPair, partition: Partition, *, target: float = 1e-7, most_refinement: int = 16
) -> ExactFigures:
    """Ideal rates and distortions of a partition, refined until two rules agree to `target`."""
    coarse = _figures_at(pair, partition, 6, 1)
    refinement = 1
    while True:
        fine = _figures_at(pair, partition, 9, refinement)
        error = max(
            float(np.max(np.abs(fine[0] - coarse[0]))),
            float(np.max(np.abs(fine[1] - coarse[1]))),
            float(np.max(np.abs(fine[2] / coarse[2] - 1))),
        )
        if error <= target or refinement >= most_refinement:
            return ExactFigures(*fine, error)
        coarse, refinement = fine, 2 * refinement


def _figures_at(
    pair: DensityPair, partition: Partition, order: int, refinement: int
) -> tuple[Array, Array, Array]:
    y, weights = y_rule(pair, partition.thresholds, order, refinement)
    moments = message_moments(pair, partition, y, order + 2)
    masses = prefix_sums(moments.mass, partition.alphabet_sizes)
    firsts = prefix_sums(moments.first, partition.alphabet_sizes)
    second = float(weights @ moments.second.sum(axis=1))
    conditional, marginal, distortion = [], [], []
    for stage in range(1, len(masses)):
        mass, parent, first = masses[stage], masses[stage - 1], firsts[stage]
        conditional.append(float(weights @ entropy_terms(mass, parent).sum(axis=1)))
        totals, above = (weights @ mass)[None], (weights @ parent)[None]
        marginal.append(float(entropy_terms(totals, above).sum()))
        square = np.divide(first**2, mass, out=np.zeros_like(mass), where=mass > 0)
        distortion.append(second - float(weights @ square.sum(axis=1)))
    # An entropy of zero may come out as a rounding error below it.
    return (
        np.maximum(np.array(marginal), 0.0),
        np.maximum(np.array(conditional), 0.0),
        np.array(distortion),
    )
