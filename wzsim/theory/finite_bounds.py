"""Certified rate-distortion functions of pairs on small alphabets.

Wyner-Ziv coding is coding with Shannon strategies t: Y -> X_hat. With
q_t(x) = p(t | x) and p(t | y) = sum_x p(x | y) q_t(x) the Lagrangian

    F(q) = I(X; T | Y) + s E d(X, T(Y)) = sum_x p(x) sum_t q_t(x) g_t(x),
    g_t(x) = ln q_t(x) - sum_y p(y | x) ln p(t | y) + s sum_y p(y | x) d(x, t(y))

is convex and homogeneous in q, and p(x) g_t(x) is its gradient. So every q gives
an achieved point, and F >= sum_x p(x) min_t g_t(x) for all codes: a supporting
line. Iterating q_t(x) ~ q_t(x) exp(-g_t(x)) (Blahut-Arimoto for side information
[Dupuis, Yu, Willems 2004]) brings both together. With a Y that is known at both
ends or absent the strategies are the reproductions themselves.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, final

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from wzsim.theory.certified import CertifiedFunction, Lines
from wzsim.theory.hull import lower_hull

Array = NDArray[np.float64]

NATS_PER_BIT = float(np.log(2.0))

MOST_STRATEGIES = 4096
"""Maps from Y to X_hat that are enumerated."""

SLOPES = 24
"""Supporting lines to begin with; lines are added where the interval is widest."""

MOST_SLOPES = 400

STEEPEST, FLATTEST = 60.0, 0.02
"""First slopes, in nats over the distortion at rate zero."""

NARROW = 4e-6
"""Width of the interval at which no line is added [nat]."""

CLOSE = 1e-6
"""Distance between both certificates at which a slope is done [nat]."""

ROUNDS, STEPS = 400, 40
"""Steps with all strategies, and between two of them with those that occur."""

LONGEST = 20.0
"""Longest step."""

RARE = -30.0
"""Largest ln q_t(x) of a strategy that hardly occurs."""

LOWEST = -600.0
"""Least ln q_t(x): its exponential is still a number."""

SMALLEST = -25.0
"""ln q_t(x) from which a strategy starts at the next slope: from less it hardly returns."""


@final
@attrs.frozen(eq=False)
class _Problem:
    """min over q of I(X; T | Z) + s E d, with Z what the decoder knows."""

    joint: Array
    """p(x, z), shape (A, B); no row and no column is zero."""
    cost: Array
    """E [d(x, t) | x] of each strategy, shape (A, T)."""


def wyner_ziv_function(joint: Array, distortion: Array) -> CertifiedFunction:
    """R(D) with side information at the decoder.

    joint: p(x, y), shape (A, B). distortion: d(x, x_hat), shape (A, C).
    Raises ValueError where there are more than `MOST_STRATEGIES` strategies.
    """
    joint, distortion = _positive(joint, distortion)
    count = strategies(joint.shape[1], distortion.shape[1])
    if count > MOST_STRATEGIES:
        raise ValueError(
            f"{distortion.shape[1]} reproductions for {joint.shape[1]} values of Y make {count} "
            f"strategies; at most {MOST_STRATEGIES} are enumerated"
        )
    given_x = joint / joint.sum(axis=1, keepdims=True)
    maps = np.array(list(itertools.product(range(distortion.shape[1]), repeat=joint.shape[1])))
    cost = np.einsum("ab,atb->at", given_x, distortion[:, maps])
    return _function(
        [(1.0, _Problem(joint, cost))], "dual of Blahut-Arimoto over Shannon strategies"
    )


def conditional_function(joint: Array, distortion: Array) -> CertifiedFunction:
    """R(D) with side information at both ends, of arguments as in `wyner_ziv_function`."""
    joint, distortion = _positive(joint, distortion)
    parts = []
    for column in joint.T:
        known = column > 0
        law = column[known, None]
        parts.append((float(law.sum()), _Problem(law / law.sum(), distortion[known])))
    return _function(parts, "dual of Blahut-Arimoto for each y")


def rate_distortion_function(joint: Array, distortion: Array) -> CertifiedFunction:
    """R(D) without side information, of arguments as in `wyner_ziv_function`."""
    joint, distortion = _positive(joint, distortion)
    law = joint.sum(axis=1, keepdims=True)
    return _function([(1.0, _Problem(law, distortion))], "dual of Blahut-Arimoto")


def log_loss_function(joint: Array, *, informed: bool = True) -> CertifiedFunction:
    """max(0, H - D) under logarithmic loss [bit]: no rate loss [Courtade, Weissman 2014].

    H is H(X | Y) where the decoder has Y (informed), else H(X).
    """
    law = joint if informed else joint.sum(axis=1, keepdims=True)
    given = law / np.maximum(law.sum(axis=0, keepdims=True), 1e-300)
    positive = law > 0
    entropy = -float((law[positive] * np.log2(given[positive])).sum())
    return CertifiedFunction(
        certificate="closed form",
        lines=Lines(slope=np.ones(1), height=np.array([entropy])),
        achieved=(np.array([0.0, entropy]), np.array([entropy, 0.0])),
        is_power=False,
    )


def strategies(alphabet: int, reproductions: int) -> int:
    """Maps from Y to X_hat."""
    return int(reproductions**alphabet)


def _positive(joint: Array, distortion: Array) -> tuple[Array, Array]:
    """Without the values of X and Y that never occur."""
    rows, columns = joint.sum(axis=1) > 0, joint.sum(axis=0) > 0
    return joint[np.ix_(rows, columns)], distortion[rows]


def _function(parts: list[tuple[float, _Problem]], certificate: str) -> CertifiedFunction:
    """Of a mixture of independent problems, each with its weight: slopes are common, sums add."""
    silent = sum(weight * _silent(part) for weight, part in parts)
    ends = [_least(part) for _, part in parts]
    least = sum(weight * end[1] for (weight, _), end in zip(parts, ends, strict=True))
    highest = sum(weight * end[0] for (weight, _), end in zip(parts, ends, strict=True))
    points = [(0.0, silent), (highest, least)]
    lines: dict[float, float] = {}
    starts: dict[float, list[Array]] = {}

    def add(slope: float) -> None:
        near = min(starts, key=lambda other: abs(np.log(other / slope)), default=None)
        begin = [np.zeros_like(part.cost) for _, part in parts] if near is None else starts[near]
        found = [_solve(part, slope, start) for (_, part), start in zip(parts, begin, strict=True)]
        starts[slope] = [one.log_q for one in found]
        sums = [
            sum(weight * value for (weight, _), value in zip(parts, values, strict=True))
            for values in zip(
                *((one.rate, one.distortion, one.height) for one in found), strict=True
            )
        ]
        points.append((sums[0], sums[1]))
        lines[slope] = sums[2]

    if silent - least <= 1e-12 * max(silent, 1e-300):  # Y says all that can be known
        lines[1.0] = silent
    else:
        for slope in np.geomspace(FLATTEST, STEEPEST, SLOPES) / (silent - least):
            add(float(slope))
        while len(lines) < MOST_SLOPES and (wide := _wide(points, lines)):
            for slope in wide:
                add(slope)
    slopes = np.array(list(lines))
    rate, distortion = np.array(points).T
    return CertifiedFunction(
        certificate=certificate,
        lines=Lines(
            slope=slopes / NATS_PER_BIT, height=np.array(list(lines.values())) / NATS_PER_BIT
        ),
        achieved=(rate / NATS_PER_BIT, distortion),
        is_power=False,
    )


def _wide(points: list[tuple[float, float]], lines: dict[float, float]) -> list[float]:
    """Slopes of the segments of the achieved hull under which the lines lie too low."""
    rate, distortion = lower_hull(*np.array(points).T)
    known = np.array(sorted(lines.items()))
    slope = -np.diff(rate) / np.diff(distortion)
    # A segment and the lines differ most where two lines cross below it.
    crossing = -np.diff(known[:, 1]) / -np.diff(known[:, 0])
    at = np.concatenate([crossing, 0.5 * (distortion[1:] + distortion[:-1])])
    at = at[(at > distortion[-1]) & (at < distortion[0])]
    lower = np.maximum(0.0, (known[:, 1] - known[:, 0] * at[:, None]).max(axis=1))
    width = np.interp(at, distortion[::-1], rate[::-1]) - lower
    segment = np.searchsorted(-distortion, -at[width > NARROW]) - 1
    return [
        float(one)
        for one in slope[np.unique(segment)]
        if np.abs(np.log(known[:, 0] / one)).min() > 1e-9
    ]


def _silent(part: _Problem) -> float:
    """The least distortion without a message."""
    return float((part.joint.sum(axis=1) @ part.cost).min())


def _least(part: _Problem) -> tuple[float, float]:
    """A rate [nat] that achieves the least distortion: the best strategy for each x is sent."""
    law, best = part.joint.sum(axis=1), part.cost.argmin(axis=1)
    sent = np.zeros_like(part.cost)
    sent[np.arange(len(best)), best] = 1.0
    both = part.joint.T @ sent / law.sum()
    given = both / part.joint.sum(axis=0)[:, None]
    rate = -float((both[both > 0] * np.log(given[both > 0])).sum())
    return rate, float(law @ part.cost.min(axis=1))


class _Solved(NamedTuple):
    rate: float
    distortion: float
    height: float
    log_q: Array
    """Shape (A, T)."""


def _solve(part: _Problem, slope: float, start: Array) -> _Solved:
    """What is achieved and the height of the line [nat] at a slope.

    A gradient depends on its own strategy alone, and on its scale not at all. So those
    that hardly occur are left out of most steps, and still count in the height.
    """
    law = part.joint.sum(axis=1)
    given_x, given_z = part.joint / law[:, None], part.joint / part.joint.sum(axis=0)
    paid = slope * part.cost

    def gradient_of(log_q: Array, columns: NDArray[np.bool_] | slice) -> Array:
        top = log_q.max(axis=0)
        predicted = np.log(given_z.T @ np.exp(log_q - top)) + top
        return np.asarray(log_q - given_x @ predicted + paid[:, columns])

    log_q = np.maximum(start, SMALLEST)
    log_q -= logsumexp(log_q, axis=1, keepdims=True)
    stride = 1.0
    for _ in range(ROUNDS):
        gradient = gradient_of(log_q, slice(None))
        q = np.exp(log_q)
        value = float(law @ (q * gradient).sum(axis=1))
        height = float(law @ gradient.min(axis=1))
        if value - height < CLOSE:
            break
        moved = _moved(log_q, gradient, 1.0)
        often = moved.max(axis=0) > RARE
        active = moved[:, often]
        stride = _descend(active, partial(gradient_of, columns=often), law, stride)
        moved[:, often] = active
        log_q = moved - logsumexp(moved, axis=1, keepdims=True)
    distortion = float(law @ (q * part.cost).sum(axis=1))
    return _Solved(max(0.0, value - slope * distortion), distortion, height, log_q)


def _descend(
    log_q: Array, gradient_of: Callable[[Array], Array], law: Array, stride: float
) -> float:
    """`STEPS` steps in place; returns the length of the last.

    q_t(x) ~ q_t(x) exp(-a g_t(x)) never raises F at a = 1; longer steps are taken as long
    as they lower it.
    """
    gradient = gradient_of(log_q)
    value = float(law @ (np.exp(log_q) * gradient).sum(axis=1))
    for _ in range(STEPS):
        tried = _moved(log_q, gradient, stride)
        slope = gradient_of(tried)
        reached = float(law @ (np.exp(tried) * slope).sum(axis=1))
        if reached > value + 1e-14 and stride > 1.0:
            stride = 1.0
            continue
        log_q[:], gradient, value = tried, slope, reached
        stride = min(1.1 * stride, LONGEST)
    return stride


def _moved(log_q: Array, gradient: Array, stride: float) -> Array:
    moved = log_q - stride * gradient
    return np.asarray(np.maximum(moved - logsumexp(moved, axis=1, keepdims=True), LOWEST))
