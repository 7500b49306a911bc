"""Density evolution: what belief propagation does with a long random code.

The messages of the sum-product algorithm are log-likelihood ratios. In a Slepian-Wolf code
the bit b is one of side information y, known by its syndrome alone; about (1 - 2b) L with L
the ratio that y gives, the messages have one density whatever the word is, and it is
symmetric, f(-l) = f(l) exp(-l), where the posterior is true (Richardson and Urbanke,
"Modern Coding Theory", ch. 4; Chen, He and Jagmohan, IEEE Trans. Commun. 57(3), 2009).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

Array = NDArray[np.float64]

STEP = 0.1
"""Distance of two values of a ratio [nat]."""

LEVELS = 280
"""Positive values; what lies beyond counts as the last one, 28 nat."""

SOLVED = 1e-6
"""Entropy of a bit [bit] below which decoding has succeeded."""


def llr_grid() -> Array:
    """The values of a quantised ratio, shape (2 LEVELS + 1,) [nat]."""
    return np.asarray(STEP * np.arange(-LEVELS, LEVELS + 1), dtype=np.float64)


def density(llr: Array, weights: Array) -> Array:
    """A symmetric density on the grid, from posteriors of a bit.

    llr: log P(b = 0 | y) / P(b = 1 | y) [nat], weights: the probability of each y, both of
    shape (J,). b is drawn from its posterior. Mass between two values is shared between them, so
    that the mean posterior is kept.
    """
    magnitude = np.minimum(np.abs(llr), STEP * LEVELS)
    low = np.minimum((magnitude / STEP).astype(np.int64), LEVELS - 1)
    wrong = special.expit(-magnitude)
    at_low, at_high = special.expit(-STEP * low), special.expit(-STEP * (low + 1))
    share = (at_low - wrong) / (at_low - at_high)
    mass = np.bincount(low, weights * (1 - share), LEVELS + 1)
    mass += np.bincount(low + 1, weights * share, LEVELS + 1)
    mass = mass / mass.sum()
    error = special.expit(-STEP * np.arange(LEVELS + 1))
    result = np.concatenate(((mass * error)[:0:-1], mass * (1 - error)))
    result[LEVELS] = mass[0]
    return np.asarray(result)


def entropy(at: Array) -> float:
    """H(b | ratio) of a symmetric density [bit].

    >>> round(entropy(density(np.array([0.0, 40.0]), np.array([0.25, 0.75]))), 6)
    0.25
    """
    return float(at @ _uncertainty())


def _uncertainty() -> Array:
    return np.asarray(np.logaddexp(0.0, -llr_grid()) / np.log(2.0))


@final
class Variables:
    """Sums of a channel's ratio and independent messages, for many numbers of messages."""

    def __init__(self, channel: Array) -> None:
        # Sums of more than a few saturated ratios need no exact value: they fold at the ends.
        self._size = fft.next_fast_len(8 * LEVELS + 1, real=True)
        self._channel = self._spectrum(channel)

    def _spectrum(self, at: Array) -> NDArray[np.complex128]:
        return np.asarray(fft.rfft(at, self._size))

    def outgoing(self, message: Array, degrees: NDArray[np.int64]) -> Array:
        """Densities of channel plus d - 1 messages, shape (degrees, 2 LEVELS + 1)."""
        rows = np.empty((len(degrees), 2 * LEVELS + 1))
        total, reached = self._fold(fft.irfft(self._channel, self._size)[: 2 * LEVELS + 1], 0), 1
        single = self._spectrum(message)
        for row, degree in enumerate(degrees):
            while reached < degree:
                total = self._fold(
                    fft.irfft(self._spectrum(total) * single, self._size)[: 4 * LEVELS + 1], LEVELS
                )
                reached += 1
            rows[row] = total
        return rows

    @staticmethod
    def _fold(sums: Array, beyond: int) -> Array:
        kept = np.maximum(sums[beyond : len(sums) - beyond], 0.0)
        if beyond:
            kept[0] += max(sums[:beyond].sum(), 0.0)
            kept[-1] += max(sums[-beyond:].sum(), 0.0)
        return np.asarray(kept / kept.sum())


@final
class Checks:
    """The tanh rule of independent messages, by magnitudes and signs apart."""

    def __init__(self) -> None:
        half = np.tanh(STEP * np.arange(LEVELS + 1) / 2)
        with np.errstate(divide="ignore"):
            exact = 2 * np.arctanh(np.minimum(np.outer(half, half), 1 - 1e-16)) / STEP
        self._to = np.minimum(np.rint(exact), LEVELS).astype(np.int64).ravel()

    def outgoing(self, message: Array, degrees: Mapping[int, float]) -> Array:
        """The density of a message from a check; degrees: edge fractions rho_d by degree d."""
        positive, negative = message[LEVELS:].copy(), message[LEVELS::-1].copy()
        positive[0] = negative[0] = message[LEVELS] / 2
        # Sums of the two signs and their differences each combine alone.
        one = np.stack((positive + negative, positive - negative))
        total = np.zeros_like(one)
        for degree, fraction in degrees.items():
            total += fraction * self._power(one, degree - 1)
        plus, minus = (total[0] + total[1]) / 2, (total[0] - total[1]) / 2
        result = np.concatenate((minus[:0:-1], plus))
        result[LEVELS] = plus[0] + minus[0]
        return np.asarray(np.maximum(result, 0.0))

    def _power(self, one: Array, count: int) -> Array:
        result: Array | None = None
        square = one
        while True:
            if count & 1:
                result = square if result is None else self._pair(result, square)
            count >>= 1
            if not count:
                assert result is not None
                return result
            square = self._pair(square, square)

    def _pair(self, one: Array, other: Array) -> Array:
        return np.stack(
            [
                np.bincount(self._to, np.outer(a, b).ravel(), LEVELS + 1)
                for a, b in zip(one, other, strict=True)
            ]
        )


@final
@attrs.frozen(eq=False)
class Course:
    """One run of density evolution."""

    entropies: Array
    """H of a message to a check before each iteration, shape (iterations + 1,) [bit]."""
    by_degree: Array
    """H of messages from variables of each degree after each iteration, shape (iterations, D)."""
    solved: bool


def evolve(
    channel: Array,
    variables: Mapping[int, float],
    checks: Mapping[int, float],
    *,
    iterations: int,
    degrees: NDArray[np.int64] | None = None,
) -> Course:
    """Follow the messages of a code with edge fractions lambda_d and rho_d.

    channel: a symmetric density. degrees: those that `by_degree` has, ascending,
    by default those of `variables`. It ends where all is known or nothing changes.
    """
    if degrees is None:
        degrees = np.array(sorted(variables))
    fractions = np.array([variables.get(int(degree), 0.0) for degree in degrees])
    at_variables, at_checks, weight = Variables(channel), Checks(), _uncertainty()
    message = channel
    entropies, rows = [entropy(message)], []
    for _ in range(iterations):
        outgoing = at_variables.outgoing(at_checks.outgoing(message, checks), degrees)
        message = fractions @ outgoing
        rows.append(outgoing @ weight)
        entropies.append(entropy(message))
        if entropies[-1] < SOLVED or entropies[-2] - entropies[-1] < 1e-7:
            break
    return Course(np.array(entropies), np.array(rows), entropies[-1] < SOLVED)
