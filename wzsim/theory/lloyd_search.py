"""Starts for Lloyd's iteration, and a search that splices the best of them.

The loss of a layered Wyner-Ziv quantizer has many local optima. Two families of
starts find good ones: nested uniform quantizers (at high rate) and annealing
from smooth random soft encoders (at low rate). Cells far apart hardly know of
each other, so good pieces of different encoders can be joined; the search does
that, with shifts and relabellings of pieces, and iterates each child.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar, final

import attrs
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from wzsim.theory.lloyd import (
    Array,
    Labels,
    LloydGrid,
    Prices,
    Weights,
    anneal,
    iterate,
)
from wzsim.theory.partition import Partition

LOWEST_STEP, HIGHEST_STEP = 0.3, 4.0
"""Cells of nested starts, in deviations of X given Y."""

TEMPERATURES = np.geomspace(3.0, 0.02, 150)
"""Annealing [nat]: from soft to nearly hard."""

HARMONICS = 64
"""Random cosines that a soft start is the sum of."""

ITERATIONS = 100
"""Lloyd steps of a start."""

FIRST_ITERATIONS, CHILD_ITERATIONS = 5, 20
"""Lloyd steps of every child in the search, and of one that is then worth more."""

WORTH = 1.003
"""Of the largest loss in the pool: below it a child is worth more steps."""

CHILDREN = 24
"""Children of a round."""

TILED = 0.3
"""Share of the children that continue a pattern."""

POOL = 40
"""Encoders that the search keeps."""


Advance = Callable[[int, int], None]
"""Told how many rounds of a search are done, and of how many."""


def untold(_done: int, _total: int) -> None:
    """For a search that nobody watches."""


@final
@attrs.frozen(kw_only=True)
class Effort:
    """How hard to look."""

    nested: int = 30
    """Starts from nested uniform quantizers, half of them with permuted labels."""
    annealed: int = 30
    """Starts by annealing."""
    rounds: int = 40
    """Rounds of the search."""


@attrs.frozen(eq=False)
class Found:
    """An encoder on the grid, its loss, and the family of starts it comes from."""

    labels: Labels
    loss: float
    family: str


AnyFound = TypeVar("AnyFound", bound=Found)


@final
@attrs.frozen(eq=False)
class Search:
    """What a search found."""

    best: Found
    starts: dict[str, Array]
    """Losses of all starts by family, before the search [nat]."""


def search(
    grid: LloydGrid,
    prices: Prices,
    scale: float,
    effort: Effort,
    given: Mapping[str, Sequence[Partition]],
    rng: Generator,
    advance: Advance = untold,
) -> Search:
    """The best layered quantizer that this effort finds.

    scale: deviation of X given Y. given: encoders to start from as well, by family.
    advance: called after every round.
    """
    families = {
        "silent": np.zeros((len(grid.x), 1), np.int64),
        **{
            family: np.stack([one.message_index(grid.x) for one in partitions], axis=1)
            for family, partitions in given.items()
            if partitions
        },
        "nested": nested_starts(grid, prices.messages, scale, effort.nested, rng),
        "annealed": annealed_starts(grid, prices, scale, effort.annealed, rng),
    }
    pool: list[Found] = []
    starts = {}
    for family, labels in families.items():
        if labels.shape[1]:
            labels, losses = iterate(grid, prices, labels, ITERATIONS)  # noqa: PLW2901 - renewed
            starts[family] = losses
            pool += [Found(labels[:, j], float(loss), family) for j, loss in enumerate(losses)]
    pool = fittest(pool)
    for done in range(1, effort.rounds + 1):
        parents, labels = children(grid, pool, prices.messages, scale, rng)
        labels, losses = iterate(grid, prices, labels, FIRST_ITERATIONS)
        worth = losses < WORTH * pool[-1].loss
        if worth.any():
            further = iterate(grid, prices, labels[:, worth], CHILD_ITERATIONS)
            labels[:, worth], losses[worth] = further
        pool = fittest(
            pool
            + [
                Found(labels[:, j], float(losses[j]), parent.family)
                for j, parent in enumerate(parents)
            ]
        )
        advance(done, effort.rounds)
    return Search(pool[0], starts)


def nested_starts(
    grid: LloydGrid, messages: int, scale: float, count: int, rng: Generator
) -> Labels:
    """Index floor((x - offset) / step) mod M, every second one with permuted labels: (I, S)."""
    steps = scale * np.geomspace(LOWEST_STEP, HIGHEST_STEP, max(count, 1))[:count]
    cells = np.floor(grid.x[:, None] / steps + rng.random(count)).astype(np.int64) % messages
    for start in range(1, count, 2):
        cells[:, start] = rng.permutation(messages)[cells[:, start]]
    return cells


def annealed_starts(
    grid: LloydGrid, prices: Prices, scale: float, count: int, rng: Generator
) -> Labels:
    """Hard encoders that annealing makes of smooth random soft ones: shape (I, S)."""
    if not count:
        return np.empty((len(grid.x), 0), np.int64)
    columns = count * prices.messages
    frequency = rng.standard_normal((HARMONICS, columns)) / scale
    phase = rng.uniform(0, 2 * np.pi, (HARMONICS, columns))
    logits = np.zeros((len(grid.x), columns))
    for row in range(HARMONICS):
        logits += np.cos(grid.x[:, None] * frequency[row] + phase[row])
    soft = np.exp(logits * np.sqrt(2 / HARMONICS)).reshape(-1, count, prices.messages)
    weights: Weights = (soft / soft.sum(axis=2, keepdims=True)).astype(np.float32)
    return anneal(grid, prices, weights, TEMPERATURES)


def fittest(pool: Sequence[AnyFound]) -> list[AnyFound]:
    """The best of a pool, each once."""
    kept: list[AnyFound] = []
    for found in sorted(pool, key=lambda one: one.loss):
        if len(kept) == POOL:
            break
        if not kept or found.loss > kept[-1].loss * (1 + 1e-6):
            kept.append(found)
    return kept


def children(
    grid: LloydGrid, pool: Sequence[AnyFound], messages: int, scale: float, rng: Generator
) -> tuple[list[AnyFound], Labels]:
    """Encoders of the pool, each changed in one window: the parents, and labels (I, CHILDREN)."""
    parents, children = [], []
    for _ in range(CHILDREN):
        parent = pool[int(len(pool) * rng.random() ** 2)]
        labels = parent.labels.copy()
        centre = grid.x[rng.choice(len(grid.x), p=grid.weights)]
        window = np.abs(grid.x - centre) < scale * np.exp(rng.uniform(np.log(0.5), np.log(12.0)))
        if rng.random() < TILED:
            children.append(_continued(labels, int(np.abs(grid.x - centre).argmin()), rng))
        else:
            children.append(_changed(labels, window, pool, messages, rng))
        parents.append(parent)
    return parents, np.stack(children, axis=1)


def _continued(labels: Labels, near: int, rng: Generator) -> Labels:
    """Continue the pattern between two equal thresholds to one side: order grows like a crystal.

    Fine codes are nearly periodic, and random starts differ in phase from place to place.
    """
    thresholds = np.flatnonzero(labels[1:] != labels[:-1])
    if not len(thresholds):
        return labels
    last = thresholds[np.abs(thresholds - near).argmin()]
    equal = (labels[thresholds] == labels[last]) & (labels[thresholds + 1] == labels[last + 1])
    before = thresholds[equal & (thresholds < last)]
    if not len(before):
        return labels
    first = before[-1 - min(int(rng.exponential(0.7)), len(before) - 1)]
    pattern = labels[first + 1 : last + 1]
    length = int(np.exp(rng.uniform(np.log(len(pattern)), np.log(len(labels)))))
    if rng.random() < 0.5:
        end = min(last + 1 + length, len(labels))
        labels[last + 1 : end] = np.resize(pattern, end - last - 1)
    else:
        start = max(first + 1 - length, 0)
        labels[start : first + 1] = np.resize(pattern[::-1], first + 1 - start)[::-1]
    return labels


def _changed(
    labels: Labels, window: NDArray[np.bool_], pool: Sequence[Found], messages: int, rng: Generator
) -> Labels:
    """Join a piece of another encoder (in place or shifted), shift a piece, or relabel it."""
    move = rng.integers(4)
    other = pool[int(rng.integers(len(pool)))].labels
    if move == 0:
        labels[window] = other[window]
    elif move == 1:
        labels[window] = np.roll(other, int(rng.normal(scale=30)))[window]
    elif move == 2:
        labels[window] = np.roll(labels, int(rng.normal(scale=8)))[window]
    else:
        relabelled = np.arange(messages)
        if rng.random() < 0.5:
            relabelled = rng.permutation(messages)
        else:
            one, two = rng.choice(messages, 2, replace=False)
            relabelled[[one, two]] = two, one
        labels[window] = relabelled[labels[window]]
    return labels
