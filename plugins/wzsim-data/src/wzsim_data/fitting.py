"""Which correlation channel is this data? X = slope * Y + offset + N, and the law of N.

Each family of N is fitted together with the line of Y, by maximum likelihood; Y' = slope * Y +
offset is the side information, X = Y' + N. All of it sees the training part of the rows, and
families are compared on tenths of that part that they were not fitted to.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray
from wzsim.contracts import DiscreteChannel
from wzsim.errors import InputError
from wzsim.registry import Registry

from wzsim_data.dependence import Dependence
from wzsim_data.families import FAMILIES
from wzsim_data.line import Line, least_squares, likeliest
from wzsim_data.noise import NoiseLaw, Observed
from wzsim_data.reading import Pairs
from wzsim_data.resolution import step_of
from wzsim_data.side import FittedSource, fit_sources
from wzsim_data.split import HELD_OUT, TENTHS, chosen_rows, tenths

Array = NDArray[np.float64]

BLOCKS = TENTHS - len(HELD_OUT)
"""Tenths of the training part; each is scored by a fit to the others."""

FEWEST_ROWS = 100

LEAST_DEVIATION = 1e-6
"""Of what channels and sources take; its inverse is the largest."""

NOTHING = 1e-4
"""A difference [nat/sample] below what the grouping of the noise resolves."""


@final
@attrs.frozen(eq=False)
class FittedFamily:
    """One family on this data."""

    name: str
    """The channel component."""

    line: Line
    law: NoiseLaw
    """Fitted to the training part, together."""

    scores: Array
    """Mean log-likelihood [nat/sample] of each block left out, shape (BLOCKS,)."""

    distance: float
    """Largest distance of the probability integral transform from uniform (Kolmogorov's)."""

    @property
    def score(self) -> float:
        """Cross-validated log-likelihood [nat/sample]."""
        return float(self.scores.mean())

    @property
    def score_error(self) -> float:
        """Its standard error, from the spread between blocks."""
        return standard_error(self.scores)

    @property
    def has_variance(self) -> bool:
        """Without one there is no squared error to bound."""
        return math.isfinite(self.law.variance)


@final
@attrs.frozen(eq=False)
class Study:
    """What was found out about a data file."""

    training: Pairs
    """What everything was fitted to."""

    held_out: Pairs
    """What nothing was fitted to."""

    step: float
    """x is known to lie within half of this; 0 where it is known exactly."""

    families: tuple[FittedFamily, ...]
    """The highest score first."""

    sources: tuple[FittedSource, ...]
    """Laws of Y' that a scenario can have, the likeliest first."""

    absent: tuple[str, ...]
    """Families that could be fitted, had the channel been installed."""

    unfitted: tuple[str, ...]
    """Installed channels of numbers, not symbols, that have no fit."""

    @property
    def chosen(self) -> FittedFamily:
        """The family to go on with."""
        return choose(self.families)

    @property
    def side(self) -> Array:
        """Y' under the chosen family, shape (training rows,)."""
        return self.chosen.line.side(self.training.y)

    @property
    def noise(self) -> Array:
        """N = X - Y' under the chosen family, shape (training rows,)."""
        return self.chosen.line.noise(self.training)

    @property
    def dependence(self) -> Dependence:
        """Of the noise, from row to row."""
        return Dependence.of(self.noise)

    @property
    def held_out_score(self) -> float:
        """Log-likelihood [nat/sample] of the chosen family on the rows held out."""
        return _score(self.chosen.line, self.chosen.law, self.held_out, self.step)


def fit(pairs: Pairs, registry: Registry) -> Study:
    """Fit and rank every channel that is installed and has a fit.

    Raises InputError for fewer than 100 rows, where X is an affine function of Y, and for units
    in which the numbers are too small or too large for a channel.
    """
    rows = len(pairs.x)
    if rows < FEWEST_ROWS:
        raise InputError(f"a fit needs at least {FEWEST_ROWS} rows, not {rows}")
    training = pairs.part("training")
    if np.ptp(training.x) == 0 or np.ptp(training.y) == 0:
        raise InputError("x or y is constant outside of the third and the eighth tenth of the rows")
    noise = least_squares(training).noise(training)
    if noise.std() <= 1e-9 * training.x.std():
        raise InputError("x is an affine function of y: there is no noise to fit")
    for what, deviation in (("x", training.x.std()), ("x given y", noise.std())):
        if not LEAST_DEVIATION <= deviation <= 1 / LEAST_DEVIATION:
            raise InputError(
                f"{what} has the standard deviation {deviation:.3g}, and channels take "
                f"{LEAST_DEVIATION:g} to {1 / LEAST_DEVIATION:g}; give the columns in other units, "
                "or leave out rows that are mistakes"
            )
    step = step_of(training.x)
    installed = registry.names("channel")
    names = [name for name in FAMILIES if name in installed]
    scores = cross_validated_scores(pairs, names, step)
    families = []
    for name in names:
        line, law = likeliest(training, FAMILIES[name], step)
        distance = uniform_distance(transform(law, line.noise(training), step))
        families.append(FittedFamily(name, line, law, scores[name], distance))
    families.sort(key=lambda family: -family.score)
    return Study(
        training=training,
        held_out=pairs.part("held-out"),
        step=step,
        families=tuple(families),
        sources=fit_sources(choose(families).line.side(training.y), registry),
        absent=tuple(name for name in FAMILIES if name not in installed),
        unfitted=tuple(
            name
            for name in installed
            if name not in FAMILIES
            and not issubclass(registry.get("channel", name), DiscreteChannel)
        ),
    )


def choose(families: Sequence[FittedFamily]) -> FittedFamily:
    """The simplest family that cannot be told from the one of the highest score.

    The one-standard-error rule [Breiman, Friedman, Olshen, Stone, Classification and Regression
    Trees, 1984, Sec. 3.4.3; Hastie, Tibshirani, Friedman, The Elements of Statistical Learning,
    Sec. 7.10], with the standard error of the difference block by block. Families
    without a variance stand back: there is no squared error to bound.
    """
    able = [family for family in families if family.has_variance] or list(families)
    top = max(able, key=lambda family: family.score)
    near = [family for family in able if is_near(family, top)]
    return min(near, key=lambda family: (family.law.parameters, -family.score))


def is_near(family: FittedFamily, top: FittedFamily) -> bool:
    """Whether a family is behind another by no more than one standard error, or by nothing."""
    behind = top.scores - family.scores
    return float(behind.mean()) <= max(standard_error(behind), NOTHING)


def cross_validated_scores(pairs: Pairs, names: Sequence[str], step: float) -> dict[str, Array]:
    """Mean log-likelihood of each tenth of the training part under a fit to its other tenths.

    Neighbouring rows stay together, so that rows which depend on each other do not stand on
    both sides of a split. The line is fitted anew each time.
    """
    scores = {name: np.empty(BLOCKS) for name in names}
    rows = len(pairs.x)
    blocks = [rest for tenth, rest in enumerate(tenths(rows)) if tenth not in HELD_OUT]
    for block, inside in enumerate(blocks):
        seen = chosen_rows("training", rows)
        seen[inside] = False
        training, left_out = pairs.where(seen), Pairs(pairs.x[inside], pairs.y[inside])
        if np.ptp(training.y) == 0:
            raise InputError(f"y is constant outside of rows {inside.start + 1} to {inside.stop}")
        for name in names:
            scores[name][block] = _score(*likeliest(training, FAMILIES[name], step), left_out, step)
    return scores


def _score(line: Line, law: NoiseLaw, pairs: Pairs, step: float) -> float:
    return Observed.of(line.noise(pairs), step).score(law)


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
