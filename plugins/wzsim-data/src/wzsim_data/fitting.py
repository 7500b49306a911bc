"""Which correlation channel is this data? X = slope * Y + offset + N, and the law of N.

The affine map of Y is fitted by least squares and applied to the side information: Y' = slope *
Y + offset, X = Y' + N. The families of N are compared on rows that they were not fitted to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray
from wzsim.errors import InputError
from wzsim.registry import Registry

from wzsim_data.dependence import Dependence
from wzsim_data.families import FAMILIES
from wzsim_data.noise import NoiseLaw, Observed
from wzsim_data.reading import Pairs
from wzsim_data.resolution import step_of

Array = NDArray[np.float64]

BLOCKS = 10
"""Contiguous blocks of rows; each is scored by a fit to the others."""

FEWEST_ROWS = 100


@final
@attrs.frozen(eq=False)
class FittedFamily:
    """One family on this data."""

    name: str
    """The channel component."""

    law: NoiseLaw
    """Fitted to all rows."""

    scores: Array
    """Mean log-likelihood [nat/sample] of each held-out block, shape (BLOCKS,)."""

    distance: float
    """Largest distance of the probability integral transform from uniform (Kolmogorov's)."""

    @property
    def score(self) -> float:
        """Held-out log-likelihood [nat/sample]."""
        return float(self.scores.mean())

    @property
    def score_error(self) -> float:
        """Its standard error, from the spread between blocks."""
        return standard_error(self.scores)


@final
@attrs.frozen(eq=False)
class Study:
    """What was found out about a data file."""

    pairs: Pairs
    slope: float
    offset: float

    step: float
    """x is known to lie within half of this; 0 where it is known exactly."""

    families: tuple[FittedFamily, ...]
    """The best first."""

    absent: tuple[str, ...]
    """Families that could be fitted, had the channel been installed."""

    dependence: Dependence
    """Of the noise, from row to row."""

    @property
    def best(self) -> FittedFamily:
        """The family with the highest held-out log-likelihood."""
        return self.families[0]

    @property
    def side(self) -> Array:
        """Y' = slope * Y + offset, shape (rows,)."""
        return self.slope * self.pairs.y + self.offset

    @property
    def noise(self) -> Array:
        """N = X - Y', shape (rows,); its mean is zero."""
        return self.pairs.x - self.side


def fit(pairs: Pairs, registry: Registry) -> Study:
    """Fit and rank every channel that is installed and has a fit.

    Raises InputError for fewer than 100 rows, and where X is an affine function of Y.
    """
    rows = len(pairs.x)
    if rows < FEWEST_ROWS:
        raise InputError(f"a fit needs at least {FEWEST_ROWS} rows, not {rows}")
    slope, offset = affine_map(pairs.x, pairs.y)
    noise = pairs.x - slope * pairs.y - offset
    if noise.std() <= 1e-9 * pairs.x.std():
        raise InputError("x is an affine function of y: there is no noise to fit")
    step = step_of(pairs.x)
    installed = registry.names("channel")
    names = [name for name in FAMILIES if name in installed]
    scores = held_out_scores(pairs, names, step)
    observed = Observed.of(noise, step)
    families = []
    for name in names:
        law = FAMILIES[name](observed)
        distance = uniform_distance(transform(law, noise, step))
        families.append(FittedFamily(name, law, scores[name], distance))
    return Study(
        pairs=pairs,
        slope=slope,
        offset=offset,
        step=step,
        families=tuple(sorted(families, key=lambda family: -family.score)),
        absent=tuple(name for name in FAMILIES if name not in installed),
        dependence=Dependence.of(noise),
    )


def affine_map(x: Array, y: Array) -> tuple[float, float]:
    """Slope and offset of the least-squares line of x on y."""
    centred = y - y.mean()
    slope = float(centred @ (x - x.mean()) / (centred @ centred))
    return slope, float(x.mean() - slope * y.mean())


def held_out_scores(pairs: Pairs, names: Sequence[str], step: float) -> dict[str, Array]:
    """Mean log-likelihood of each contiguous block under a fit to all others.

    Neighbouring rows stay together, so that rows which depend on each other do not stand on
    both sides of a split. The affine map is fitted anew each time.
    """
    scores = {name: np.empty(BLOCKS) for name in names}
    for block, test in enumerate(np.array_split(np.arange(len(pairs.x)), BLOCKS)):
        inside = slice(test[0], test[-1] + 1)
        x, y = np.delete(pairs.x, inside), np.delete(pairs.y, inside)
        if np.ptp(y) == 0:
            raise InputError(f"y is constant outside of rows {test[0] + 1} to {test[-1] + 1}")
        slope, offset = affine_map(x, y)
        training = Observed.of(x - slope * y - offset, step)
        held_out = Observed.of(pairs.x[inside] - slope * pairs.y[inside] - offset, step)
        for name in names:
            scores[name][block] = held_out.score(FAMILIES[name](training))
    return scores


def transform(law: NoiseLaw, noise: Array, step: float) -> Array:
    """The probability integral transform F(n), uniform where the law is right.

    Within a step it is drawn at random, from a generator of its own.
    """
    if step == 0:
        return law.cdf(noise)
    low, high = law.cdf(noise - step / 2), law.cdf(noise + step / 2)
    return low + (high - low) * np.random.default_rng(0).random(len(noise))


def uniform_distance(transformed: Array) -> float:
    """Kolmogorov's distance between the values and the uniform law on (0, 1)."""
    ordered = np.sort(transformed)
    rank = np.arange(len(ordered) + 1) / len(ordered)
    return float(max((rank[1:] - ordered).max(), (ordered - rank[:-1]).max()))


def standard_error(blocks: Array) -> float:
    """Of the mean of blocks, from their spread."""
    return float(blocks.std(ddof=1) / math.sqrt(len(blocks)))
