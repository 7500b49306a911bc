"""A density on the line, against what its component says of it and against samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from scipy.integrate import quad
from torch import Tensor

Array = NDArray[np.float64]

TAILS = (0.5, 0.1, 1e-2, 1e-4, 1e-7, 1e-11, 1e-15)
"""wzsim asks for intervals with these tails, and cuts its integrals there."""

MASS_TOLERANCE = 1e-6

FALSE_ALARM = 1e-6
"""Chance that a right sampler fails a test of samples; the seed of a kit is fixed."""

CELLS = 100
"""Cells of the table of a distribution function between two ends of intervals."""

NODES = 10
"""Gauss-Legendre nodes a cell."""


@final
@attrs.frozen(eq=False)
class Law:
    """A density, and what its component says of it."""

    who: str
    """What messages call it."""
    log_prob: Callable[[Tensor], Tensor]
    interval: Callable[[float], tuple[float, float]]
    breakpoints: tuple[float, ...]
    methods: tuple[str, str]
    """Names of the methods behind `log_prob` and `interval`."""

    def ends(self) -> Array:
        """Ends of all intervals and the breakpoints between them, ascending."""
        ladder = [end for tail in TAILS for end in self.interval(tail)]
        inside = [point for point in self.breakpoints if min(ladder) < point < max(ladder)]
        return np.unique([*ladder, *inside])

    def integrals(self, power: int = 0, centre: float = 0.0) -> Array:
        """Integrals of (v - centre)^power p(v) between neighbouring ends."""

        def integrand(value: float) -> float:
            density = self.log_prob(torch.tensor(value, dtype=torch.float64)).exp()
            return float((value - centre) ** power * density)

        def between(low: float, high: float) -> float:
            # full_output keeps scipy from warning: a wrong density is reported in our words.
            return float(
                quad(integrand, low, high, epsabs=1e-12, epsrel=1e-9, limit=200, full_output=1)[0]
            )

        return np.array([between(low, high) for low, high in pairwise(self.ends().tolist())])

    def inside(self, integrals: Array, tail: float) -> float:
        """The part of `integrals` that lies in the interval of that tail."""
        low, high = self.interval(tail)
        ends = self.ends()
        return float(integrals[(ends[:-1] >= low) & (ends[1:] <= high)].sum())

    def cells(self) -> Array:
        """Edges of the table of the distribution function."""
        parts = [np.linspace(*pair, CELLS + 1) for pair in pairwise(self.ends().tolist())]
        return np.unique(np.concatenate(parts))

    def distribution(self) -> Array:
        """P(V <= v) at each edge of `cells`, by Gauss-Legendre quadrature."""
        edges = self.cells()
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        half = 0.5 * np.diff(edges)[:, None]
        points = 0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes
        density = self.log_prob(torch.from_numpy(points)).exp().numpy()
        return np.concatenate([[0.0], np.cumsum((density * half * weights).sum(axis=1))])

    def middles(self) -> tuple[Array, Array]:
        """Values all over the law, and how far each is from an edge: both of shape (J,)."""
        edges = self.cells()
        low, high = self.interval(1e-4)
        middles, half = 0.5 * (edges[1:] + edges[:-1]), 0.5 * np.diff(edges)
        chosen = (middles > low) & (middles < high) & (half > 1e-7 * (high - low))
        return middles[chosen][:: CELLS // 10], half[chosen][:: CELLS // 10]


def check_intervals(law: Law) -> None:
    """Intervals are finite and grow as their tail shrinks."""
    name = law.methods[1]
    wider = (math.nan, math.nan)
    for tail in reversed(TAILS):
        low, high = law.interval(tail)
        assert math.isfinite(low) and math.isfinite(high) and low < high, (
            f"{law.who}: {name}({tail:g}) is ({low:g}, {high:g}); it must be finite and ascending, "
            "also for a tail as small as 1e-15"
        )
        assert not (low < wider[0] or high > wider[1]), (
            f"{law.who}: {name}({tail:g}) reaches beyond that of a smaller tail; a smaller tail "
            "needs a wider interval"
        )
        wider = low, high


def check_mass(law: Law) -> None:
    """The density integrates to one, and each interval misses at most its tail."""
    log_prob, interval = law.methods
    masses = law.integrals()
    total = float(masses.sum())
    assert abs(total - 1.0) < MASS_TOLERANCE, (
        f"{law.who}: the density integrates to {total:.7g} and not to 1; correct {log_prob} (is "
        f"the factor in front of the density in it?), or {interval}, which then leaves mass out"
    )
    for tail in TAILS[:-1]:
        missed = float(masses.sum()) - law.inside(masses, tail)
        assert missed <= tail * 1.001 + 1e-12, (
            f"{law.who}: {interval}({tail:g}) misses {missed:.4g} of the probability, and may miss "
            f"{tail:g}; half of a tail lies at each end"
        )


def check_variance(law: Law, declared: float, name: str) -> None:
    """The declared variance is that of the density, `inf` where it has none."""
    mean = float(law.integrals(1).sum())
    squares = law.integrals(2, mean)
    light, middle, heavy = (law.inside(squares, tail) for tail in TAILS[-3:])
    # Beyond a power tail the rest is a geometric series in steps of equal ratios of the tail.
    steps = middle - light, heavy - middle
    ratio = steps[1] / steps[0] if steps[0] > 1e-12 * middle else 0.0
    found = heavy + steps[1] * ratio / (1 - ratio) if ratio < 0.95 else math.inf
    if math.isinf(found) or math.isinf(declared):
        assert found == declared, (
            f"{law.who}: {name} is {declared:g}, and the integral of the squared deviation from "
            f"the mean {'grows without limit' if math.isinf(found) else f'is {found:.6g}'}"
        )
        return
    # What is extrapolated is known to about a tenth.
    tolerance = 1e-4 * found + 0.1 * (found - heavy)
    assert abs(declared - found) <= tolerance, (
        f"{law.who}: {name} is {declared:.6g}, and the integral of the squared deviation from the "
        f"mean is {found:.6g}; correct {name}, or {law.methods[0]}"
    )


def check_samples(law: Law, samples: Array, name: str) -> None:
    """Kolmogorov-Smirnov: samples lie below each edge as often as the density says.

    The limit is that of Dvoretzky, Kiefer, Wolfowitz and Massart, exact for any
    number of samples, at a chance of `FALSE_ALARM`.
    """
    assert np.isfinite(samples).all(), (
        f"{law.who}: {name} draws {samples[~np.isfinite(samples)][0]}; look for the logarithm or "
        "the inverse of a zero, which a generator draws about once in 2^24"
    )
    edges = law.cells()
    counts = np.bincount(np.searchsorted(edges, samples), minlength=len(edges) + 1)
    below, expected = np.cumsum(counts)[:-1] / len(samples), law.distribution()
    apart = np.abs(below - expected)
    limit = math.sqrt(-math.log(FALSE_ALARM / 2) / (2 * len(samples)))
    at = int(np.argmax(apart))
    assert apart[at] < limit, (
        f"{law.who}: {name} and {law.methods[0]} do not belong together: of {len(samples)} samples "
        f"{below[at]:.5f} lie below {edges[at]:.6g}, and {expected[at]:.5f} should; "
        f"chance explains a difference of {limit:.2g}. Draw from the density, in its scale"
    )


def check_precisions(law: Law) -> None:
    """float32 in, float32 out, and close to what float64 gives."""
    name = law.methods[0]
    values = torch.from_numpy(law.middles()[0]).float()
    single, double = law.log_prob(values), law.log_prob(values.double())
    for given, dtype in ((single, torch.float32), (double, torch.float64)):
        assert given.dtype == dtype, (
            f"{law.who}: {name} of {dtype} gives {given.dtype}; compute in the type of its argument"
        )
    known = torch.isfinite(double)
    apart = (single.double() - double).abs()[known]
    assert torch.equal(torch.isfinite(single), known), (
        f"{law.who}: {name} is finite in float64 and not in float32, or the other way round"
    )
    assert bool((apart <= 1e-3 + 1e-4 * double.abs()[known]).all()), (
        f"{law.who}: {name} differs by {float(apart.max()):.3g} nat between float32 and float64; "
        "rewrite the formula so that it keeps its digits (log1p, expm1, logsumexp)"
    )


def check_gradients(law: Law) -> None:
    """Where autograd gives a gradient it is finite and the slope of the density."""
    name = law.methods[0]
    points, half = (torch.from_numpy(array) for array in law.middles())
    values, step = points.requires_grad_(), 1e-3 * half
    logs = law.log_prob(values)
    if not logs.requires_grad:
        return  # a constant density, or one that is computed outside of torch
    (slope,) = torch.autograd.grad(logs.sum(), values)
    assert bool(torch.isfinite(slope).all()), (
        f"{law.who}: the gradient of {name} is not finite at "
        f"{float(values[~torch.isfinite(slope)][0]):.6g}; torch.where hides a NaN from the value "
        "but not from the gradient"
    )
    with torch.no_grad():
        expected = (law.log_prob(values + step) - law.log_prob(values - step)) / (2 * step)
    apart = (slope - expected).abs()
    assert bool((apart <= 1e-3 * (expected.abs() + expected.abs().mean())).all()), (
        f"{law.who}: the gradient of {name} is not its slope; is a part of it detached?"
    )


def check_far_away(law: Law) -> None:
    """No NaN at huge and tiny values; -inf is the logarithm of no density."""
    far = torch.tensor([0.0, 1e-30, -1e-30, 1e30, -1e30])
    for values in (far, far.double()):
        logs = law.log_prob(values)
        assert not bool(torch.isnan(logs).any()), (
            f"{law.who}: {law.methods[0]} is NaN at {float(values[torch.isnan(logs)][0]):g}; where "
            "there is no density it is -inf"
        )
