"""Degrees of LDPC codes by density evolution: makes the table of `ldpc`, `degrees.json`.

For each conditional entropy H the variables' degrees are chosen for the least rate R at which
density evolution decodes in 320 iterations, on a plane of a quantized Gaussian: bit = parity of
floor(x / width), x = y + N(0, 1), y uniform. The gradient of the number of iterations with
respect to the edge fractions comes with each run (Smith, Ardakani, Yu and Kschischang,
IEEE Trans. Inf. Theory 56(8), 2010); a linear programme inside a box takes a step along it,
and R follows H as long as decoding succeeds. Checks have two neighbouring degrees.

A search starts from bits of degrees 3 and 9, and from the rows of the table beside it, which is the
only start that decodes near H = 1. `ENTROPIES=0.2,0.3 DEGREES=3.9,4.3` chooses rows and mean
degrees to try, `RUNS=90` how often density evolution runs for each. A row is kept where it
beats the one of the table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from wzsim.theory.density_evolution import Course, density, entropy, evolve

TABLE = Path(__file__).parents[1] / "wzsim/builtin/coders/ldpc/degrees.json"

ENTROPIES = (
    0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.57, 0.65, 0.73, 0.8, 0.86,
    0.9,
)  # fmt: skip

DEGREES = np.array([2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 17, 20, 25, 30])

ITERATIONS = 320

MOST_TWOS = 0.95
"""Bits of degree two over checks: they must make a forest."""

Array = NDArray[np.float64]


def run() -> Iterator[str]:
    entropies = _numbers("ENTROPIES", ENTROPIES)
    runs = int(os.environ.get("RUNS", "90"))
    rows = {row["threshold"]: row for row in json.loads(TABLE.read_text())}
    yield "| H [bit] | start | rate | loss | iterations | the table had |"
    yield "|---|---|---|---|---|---|"
    for wanted in entropies:
        channel = plane(wanted)
        for start, name in starts(wanted, rows):
            found = search(channel, wanted, start, runs)
            if found is None:
                continue
            fractions, rate, course = found
            before = rows[wanted]["rate"] if wanted in rows else 1.0
            yield (
                f"| {wanted} | {name} | {rate:.5f} | {rate - wanted:.5f} | "
                f"{len(course.entropies) - 1} | {before:.5f} |"
            )
            if rate < before:
                edges = {
                    str(degree): round(float(part), 5)
                    for degree, part in zip(DEGREES, fractions, strict=True)
                    if part > 1e-4
                }
                rows[wanted] = {"rate": round(rate, 5), "threshold": wanted, "edges": edges}
                TABLE.write_text(json.dumps([rows[at] for at in sorted(rows)], indent=1) + "\n")


def starts(wanted: float, rows: Mapping[float, Any]) -> Iterator[tuple[Array, str]]:
    """Edge fractions from which to search, and what they are called."""
    for mean in _numbers("DEGREES", (3.4, 3.8) if wanted > 0.6 else (4.3, 4.8)):
        mix = np.zeros(len(DEGREES))
        mix[DEGREES == 3] = (1 / mean - 1 / 9) / (1 / 3 - 1 / 9)
        mix[DEGREES == 9] = 1 - mix.sum()
        yield mix, f"mean degree {mean}"
    below = max((at for at in rows if at < wanted), default=None)
    above = min((at for at in rows if at > wanted), default=None)
    for at in (below, above):
        if at is not None:
            edges = np.array([rows[at]["edges"].get(str(degree), 0.0) for degree in DEGREES])
            yield edges / edges.sum(), f"row {at}"


def plane(wanted: float) -> Array:
    """The density of a plane of this entropy [bit], by the width of its cells."""

    def of(width: float) -> Array:
        y = (np.arange(4001) + 0.5) / 4001 * 2 * width
        edges = np.arange(-81, 82) * width
        inside = np.diff(special.ndtr(edges[:, None] - y), axis=0)
        zero, one = inside[1::2].sum(axis=0), inside[::2].sum(axis=0)
        llr = np.log(np.maximum(zero, 1e-300)) - np.log(np.maximum(one, 1e-300))
        return density(llr, np.full(len(y), 1 / len(y)))

    width = optimize.brentq(lambda at: entropy(of(at)) - wanted, 0.3, 400)
    return of(float(width))


def concentrated(mean: float) -> dict[int, float]:
    """Edge fractions of checks of two neighbouring degrees with this mean by node."""
    low = int(mean)
    share = low + 1 - mean
    edges = np.array([share * low, (1 - share) * (low + 1)])
    return dict(zip((low, low + 1), (edges / edges.sum()).tolist(), strict=True))


def search(
    channel: Array, wanted: float, fractions: Array, runs: int
) -> tuple[Array, float, Course] | None:
    """Better edge fractions of the same mean degree, their rate and the course of the last run."""
    mean = float(1 / (fractions @ (1 / DEGREES)))

    def at(fractions: Array, rate: float) -> Course:
        edges = dict(zip(DEGREES.tolist(), fractions.tolist(), strict=True))
        checks = concentrated(mean / rate)
        return evolve(channel, edges, checks, iterations=ITERATIONS, degrees=DEGREES)

    rate = wanted + 0.3 * (1 - wanted) * min(1.0, 2.5 * wanted)
    while not (course := at(fractions, rate)).solved:
        rate += 0.3 * (1 - rate)
        if rate > 0.999:
            return None
    box, shrink = 0.08, 0.25
    for _ in range(runs):
        new = _step(course, fractions, box, MOST_TWOS * 2 * rate / mean, mean)
        lower = wanted + (rate - wanted) * (1 - shrink)
        trial = at(new, lower)
        if trial.solved:
            fractions, rate, course = new, lower, trial
            box, shrink = min(1.25 * box, 0.1), min(1.4 * shrink, 0.4)
            continue
        trial = at(new, rate)
        if trial.solved and len(trial.entropies) <= len(course.entropies):
            fractions, course, shrink = new, trial, shrink / 1.7
        else:
            box, shrink = box / 2, shrink / 1.5
        if box < 3e-4 or shrink < 2e-3:
            break
    return fractions, rate, course


def _step(course: Course, fractions: Array, box: float, most_twos: float, mean: float) -> Array:
    """The fractions of fewest iterations, to first order, in a box about the present ones."""
    before, after = course.entropies[:-1], course.entropies[1:]
    gradient = (course.by_degree / (after * np.log(before / after))[:, None]).sum(axis=0)
    limits = [(max(0.0, at - box), min(1.0, at + box)) for at in fractions]
    limits[0] = (min(limits[0][0], most_twos), min(limits[0][1], most_twos))
    found = optimize.linprog(
        gradient,
        A_eq=np.vstack((np.ones(len(DEGREES)), 1 / DEGREES)),
        b_eq=[1.0, 1 / mean],
        bounds=limits,
        method="highs",
    )
    return np.asarray(found.x) if found.status == 0 else fractions


def _numbers(name: str, default: tuple[float, ...]) -> tuple[float, ...]:
    given = os.environ.get(name)
    return default if given is None else tuple(map(float, given.split(",")))
