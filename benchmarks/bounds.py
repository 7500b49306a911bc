"""Width of the certified Wyner-Ziv interval for X = Y + N of variance one, and time of a function.

The table of docs/bounds.md. Widths in bit, at the rate where the lower end has the distortion.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy import stats

from wzsim.theory.continuous_bounds import law_of, one_law_function

RATES = np.array([0.3, 0.7, 1.9])

IMPULSES, RATIO = 0.05, 100.0
"""Share of impulses, and their variance over that of the rest."""


def impulsive(n: Any) -> Any:
    """Bernoulli-Gaussian density."""
    rest = 1 / (1 - IMPULSES + IMPULSES * RATIO)
    return (1 - IMPULSES) * stats.norm.pdf(n, scale=math.sqrt(rest)) + IMPULSES * stats.norm.pdf(
        n, scale=math.sqrt(RATIO * rest)
    )


def run() -> Iterator[str]:
    laws: dict[str, tuple[Callable[[Any], Any], Callable[[float], float], tuple[float, ...]]] = {}
    for name, law, kinks in (
        ("Gaussian, by this path", stats.norm(), ()),
        ("Laplacian", stats.laplace(scale=math.sqrt(0.5)), (0.0,)),
        ("uniform", stats.uniform(-math.sqrt(3), 2 * math.sqrt(3)), (-math.sqrt(3), math.sqrt(3))),
        ("Student-t, 4 degrees of freedom", stats.t(4, scale=math.sqrt(0.5)), ()),
    ):
        laws[name] = law.pdf, law.isf, kinks
    wide = stats.norm(scale=math.sqrt(RATIO / (1 - IMPULSES + IMPULSES * RATIO)))
    laws["Bernoulli-Gaussian: 5% with 100 times the variance"] = impulsive, wide.isf, ()
    yield "| noise of X = Y + N | 0.3 bit | 0.7 bit | 1.9 bit | s |"
    yield "|---|---|---|---|---|"
    for name, (density, isf, kinks) in laws.items():
        started = time.process_time()

        def interval(tail: float, isf: Callable[[float], float] = isf) -> tuple[float, float]:
            return -float(isf(tail / 2)), float(isf(tail / 2))

        function = one_law_function(law_of(density, interval, kinks), 1.0)
        width = function.rate(function.distortion(RATES).lower).upper - RATES
        cells = " | ".join(f"{one:.1g}" if one < 1e-3 else f"{one:.3f}" for one in width)
        yield f"| {name} | {cells} | {time.process_time() - started:.1f} |"
