"""Panels of x, for each y, on which p(x, y) is smooth enough for one rule of quadrature."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import AdditiveChannel, ComposedDensityPair, DensityPair

Array = NDArray[np.float64]

TAIL = 1e-15
"""Conditional probability of X that the panels leave out."""

TAILS = (0.5, 0.1, 1e-2, 1e-4, 1e-7, 1e-11, TAIL)
"""Ladder of tails whose ends cut the law of X given y into first panels."""

SEEDS, SEED_TAILS = 129, (0.5, 1e-2, 1e-7)
"""Inputs and tails whose intervals show where y may have come from."""

ORDER = 8
"""Nodes of the rule that tells whether a panel is narrow enough."""

AGREEMENT = 1e-9
"""Of a panel and its halves, in the mass at y."""

RARE = 1e-3
"""Where p(y) is less than this, of its largest value, agreement is asked for in part."""

ROUNDS = 40
"""Halvings at most."""

CHUNK = 200_000
"""Panels that are tried at once."""


def panel_edges(pair: DensityPair, y: Array) -> Array:
    """Ascending edges, shape (J, E); rows with fewer panels end in empty ones."""
    ladder = [end for tail in TAILS for end in pair.x_interval_given(y, tail)]
    low, high = ladder[-2][:, None], ladder[-1][:, None]
    inner = [np.column_stack(ladder), pair.x_breakpoints_given(y), _origins(pair, y)]
    edges = np.sort(np.clip(np.hstack(inner), low, high), axis=1)
    rows = np.repeat(np.arange(len(y)), edges.shape[1] - 1)
    panels = np.stack([edges[:, :-1].ravel(), edges[:, 1:].ravel()], axis=1)
    wide = panels[:, 1] > panels[:, 0]
    rows, panels = rows[wide], panels[wide]
    whole = _masses(pair, y, rows, panels)
    scale = np.bincount(rows, whole, minlength=len(y))
    # A narrow panel cannot be halved for ever: where a density jumps, a sliver stays.
    least = 1e-10 * (edges[:, -1] - edges[:, 0])
    done_rows, done_ends = [], []
    for _ in range(ROUNDS):
        middle = panels.mean(axis=1)
        halves = np.stack([panels[:, 0], middle, middle, panels[:, 1]], axis=1).reshape(-1, 2)
        parts = _masses(pair, y, np.repeat(rows, 2), halves).reshape(-1, 2)
        gained = np.bincount(rows, parts.sum(axis=1) - whole, minlength=len(y))
        scale = np.maximum(scale, scale + gained)
        poor = np.abs(whole - parts.sum(axis=1)) > AGREEMENT * (
            scale[rows] + RARE * scale.max(initial=0.0)
        )
        poor &= panels[:, 1] - panels[:, 0] > least[rows]
        done_rows.append(rows[~poor])
        done_ends.append(panels[~poor, 1])
        if not poor.any():
            break
        rows = np.repeat(rows[poor], 2)
        panels = halves.reshape(-1, 2, 2)[poor].reshape(-1, 2)
        whole = parts[poor].ravel()
    else:
        done_rows.append(rows)
        done_ends.append(panels[:, 1])
    return _padded(edges[:, :1], np.concatenate(done_rows), np.concatenate(done_ends))


def _padded(first: Array, rows: NDArray[np.intp], ends: Array) -> Array:
    """Ends of panels by row behind the first edges (J, 1), the last one repeated."""
    order = np.lexsort((ends, rows))
    rows, ends = rows[order], ends[order]
    count = np.bincount(rows, minlength=len(first))
    start = np.cumsum(count) - count
    place = np.minimum(np.arange(count.max(initial=1)), np.maximum(count - 1, 0)[:, None])
    taken = ends[np.minimum(start[:, None] + place, len(ends) - 1)] if len(ends) else first
    return np.hstack([first, np.where(count[:, None] > 0, taken, first)])


def _masses(pair: DensityPair, y: Array, rows: NDArray[np.intp], panels: Array) -> Array:
    unit, weight = np.polynomial.legendre.leggauss(ORDER)
    found = np.empty(len(panels))
    for start in range(0, len(panels), CHUNK):
        part = slice(start, start + CHUNK)
        half = 0.5 * (panels[part, 1] - panels[part, 0])[:, None]
        x = 0.5 * panels[part].sum(axis=1)[:, None] + half * unit
        found[part] = (pair.density(x, y[rows[part], None]) * (half * weight)).sum(axis=1)
    return found


def _origins(pair: DensityPair, y: Array) -> Array:
    """Where y may have come from: x whose interval of outputs ends at y, shape (J, O).

    Y = channel(X) says where Y lies, given x, and not where X lies, given y; a narrow
    channel would hide between the nodes of panels of X alone.
    """
    if (
        not isinstance(pair, ComposedDensityPair)
        or pair.base == "y"
        or isinstance(pair.channel, AdditiveChannel)
    ):
        return np.empty((len(y), 0))
    x, curves = _output_curves(pair)
    found = []
    for curve in curves:
        for inputs, outputs in ((x, curve), (x[::-1], curve[::-1])):
            above = outputs > y[:, None]
            crossed = above[:, 1:] != above[:, :-1]
            at = crossed.argmax(axis=1)
            gain = outputs[at + 1] - outputs[at]
            share = np.divide(y - outputs[at], gain, out=np.zeros(len(y)), where=gain != 0)
            place = inputs[at] + np.clip(share, 0, 1) * (inputs[at + 1] - inputs[at])
            found.append(np.where(crossed.any(axis=1), place, x[0]))
    return np.column_stack(found)


@lru_cache(maxsize=8)
def _output_curves(pair: ComposedDensityPair) -> tuple[Array, list[Array]]:
    """Inputs, and by input the ends of the intervals of its output."""
    x = np.linspace(*pair.source.interval(1e-9), SEEDS)
    ends = [[pair.channel.interval(float(one), tail) for one in x] for tail in SEED_TAILS]
    return x, [np.array(curve) for pairs in ends for curve in zip(*pairs, strict=True)]


def narrowest_output(pair: DensityPair) -> float:
    """The narrowest middle half of Y given X, or infinity where X is the output."""
    if not isinstance(pair, ComposedDensityPair) or pair.base == "y":
        return np.inf
    if isinstance(pair.channel, AdditiveChannel):
        low, high = pair.channel.noise_interval(0.5)
        return high - low
    _, curves = _output_curves(pair)
    return float((curves[1] - curves[0]).min())
