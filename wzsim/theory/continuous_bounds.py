"""Certified rate-distortion functions of pairs with a density, under squared error.

X = Y + N needs the law of N alone, whatever Y is: R_N(D) <= R_WZ(D) <= I(N; N + Z) at
D = mmse(N | N + Z), Z Gaussian. Below stand Csiszar's dual and Shannon's bound
h(X | Y) - log2(2 pi e D) / 2; above the description U = X + Z, time-sharing, and
Gaussian descriptions of what is left. Optimised quantities (reproductions, slopes, Z)
lie on grids, and a coarse one makes an interval wider, never wrong. What remains is
quadrature of given integrands, in panels refined until two rules agree to `ACCURACY`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from wzsim.errors import CapabilityError
from wzsim.theory.certified import CertifiedFunction, Lines
from wzsim.theory.exact import graded_edges, wrong_mass

Array = NDArray[np.float64]

NATS_PER_BIT = float(np.log(2.0))

TAIL, CORE_TAIL = 1e-9, 1e-6
"""Probability outside the panels, and outside their core; counted at its worst."""

ACCURACY = 1e-12
"""Of the integral of each panel."""

ORDER = 8
"""Gauss-Legendre nodes a panel."""

STEP = 0.35
"""Of the trapezoid rule over u, in deviations of Z: its error is below 1e-10."""

REACH = 8.0
"""Deviations of Z beyond which its density counts as zero."""

CHANNELS, CHANNELS_MIXED = 48, 12
"""Variances of Z that are tried, for one law and for many."""

MARGIN = 1e-6
"""Of a distortion, for the quadrature over y of many laws and the Y that it leaves out."""

LEAST_NOISE, MOST_NOISE = 2e-4, 30.0
"""Variance of Z, in variances of the law."""

MOST_ASTRAY = 1e-6
"""Mass and variance of a density may differ from what is declared by so much, relatively."""

HEAVIEST = 50.0
"""What a tail adds to the variance at most, in its probability times its square."""

SLOPES = 24
LOWEST_RATE, HIGHEST_RATE = -0.8, 2.6
"""Slopes of the dual are those of a Gaussian at these rates [bit]; above them Shannon's bound is
nearly as high, and below zero the lines meet at rate zero."""

SPACING = 0.2
"""Between reproductions, in deviations of the distortion."""

FINER = 16
"""Times finer is the grid on which the dual is certified."""

ITERATIONS, STRIDE = 1500, 1.8
"""Steps of Blahut-Arimoto, and the power of each."""

MOST_PRODUCTS = 400_000_000
"""Of all steps at a slope; a heavy tail makes a step dear, and fewer of them a wider interval."""


@final
@attrs.frozen(eq=False)
class Law:
    """A law on the line, in panels on which its density is smooth."""

    density: Callable[[Array], Array]
    edges: Array
    """Of the panels, ascending; `TAIL` lies outside."""
    core: tuple[float, float]
    """`CORE_TAIL` lies outside."""

    def rule(self, width: float) -> tuple[Array, Array]:
        """Nodes, ascending, and weights p(x) dx, each of shape (J,), in panels at most so wide."""
        return _weighted(self.density, _cut(self.edges, width))

    def core_rule(self, width: float) -> tuple[Array, Array]:
        """The same in the core."""
        return _weighted(self.density, _cut(np.unique(np.clip(self.edges, *self.core)), width))


def law_of(
    density: Callable[[Array], Array],
    interval: Callable[[float], tuple[float, float]],
    breakpoints: Sequence[float],
) -> Law:
    """The law of a density, its panels refined; interval: misses at most a given tail."""
    low, high = interval(TAIL)
    core = interval(CORE_TAIL)
    inner = [point for point in (*core, *breakpoints) if low < point < high]
    even = graded_edges(interval(0.5), (low, high), (high - low) / 256)
    edges = np.unique(np.concatenate([even, inner]))
    done = [edges[:1]]
    left = np.stack([edges[:-1], edges[1:]], axis=1)
    while len(left):
        middle = left.mean(axis=1)
        halves = np.stack([left[:, 0], middle, middle, left[:, 1]], axis=1).reshape(-1, 2)
        whole = _integrals(density, left)
        parts = _integrals(density, halves).reshape(len(left), 2, 2).sum(axis=1)
        width = left[:, 1] - left[:, 0]
        poor = (np.abs(whole - parts) > ACCURACY).any(axis=1) & (width > 1e-9 * (high - low))
        done.append(left[~poor, 1])
        left = halves.reshape(len(left), 2, 2)[poor].reshape(-1, 2)
    return Law(density, np.sort(np.concatenate(done)), core)


def one_law_function(law: Law, variance: float) -> CertifiedFunction:
    """R(D) of one law: with X = Y + N that of the noise, which bounds R_WZ from both sides.

    variance: of the whole law, tail included [units^2]. Raises CapabilityError where
    the density does not integrate to one, or its variance is another.
    """
    require_true(law, variance)
    rates, distortions = [0.0], [variance]
    for noise in variance * np.geomspace(MOST_NOISE, LEAST_NOISE, CHANNELS):
        rate, distortion = gaussian_description(law, float(noise), variance)
        rates.append(rate / NATS_PER_BIT)
        distortions.append(distortion)
    return CertifiedFunction(
        certificate="Csiszar's dual and Shannon's bound below, Gaussian descriptions above",
        lines=_dual_lines(law, variance),
        achieved=(np.array(rates), np.array(distortions)),
        shannon=_shannon(differential_entropy(law, variance)),
        is_power=True,
    )


def require_true(law: Law, variance: float) -> None:
    """A wrong density or variance would make a certified number wrong.

    Raises CapabilityError; variance is that of the whole law, tail included.
    """
    x, weight = law.rule(np.inf)
    mass = float(weight.sum())
    if abs(mass - 1.0) > MOST_ASTRAY:
        raise wrong_mass("a density", mass)
    mean = float(weight @ x)
    inside = float(weight @ np.square(x - mean))
    beyond = TAIL * float(np.square(law.edges[[0, -1]] - mean).max())
    if (
        np.isfinite(variance)
        and not inside * (1 - MOST_ASTRAY)
        <= variance
        <= inside * (1 + MOST_ASTRAY) + HEAVIEST * beyond
    ):
        raise CapabilityError(
            f"a variance is declared as {variance:.7g}, and that of the density is {inside:.7g}: "
            "correct noise_variance or variance of the source or channel"
        )


def mixed_laws_function(
    laws: Sequence[Law], share: Array, variance: Array, total: float
) -> CertifiedFunction:
    """R_WZ(D) where X given Y = y has one of many laws: their bounds are averaged over y.

    share: probability of each, which may miss a little of Y; variance: of each; both of
    shape (J,). total: E Var(X | Y) with what is missed.
    """
    known = float(share.sum())
    entropy = share @ [
        differential_entropy(law, float(spread)) for law, spread in zip(laws, variance, strict=True)
    ]
    # Where Y is missed nothing is sent, and a code below the bound may know all.
    missed = max(0.0, total - float(share @ variance)) + MARGIN * total
    rates, distortions = [0.0], [total]
    for noise in total * np.geomspace(MOST_NOISE, LEAST_NOISE, CHANNELS_MIXED):
        found = [
            gaussian_description(law, float(noise), float(spread))
            for law, spread in zip(laws, variance, strict=True)
        ]
        rate, distortion = share @ np.array(found)
        rates.append(float(rate) / NATS_PER_BIT)
        distortions.append(float(distortion) + missed)
    shannon = _shannon(float(entropy) / known) * (1 - MARGIN)
    # A tangent of Shannon's bound says no more than itself.
    tangent = 1 / (2 * shannon)
    return CertifiedFunction(
        certificate="Shannon's bound below, Gaussian descriptions above",
        lines=Lines(
            slope=np.array([tangent]) / NATS_PER_BIT, height=np.array([0.5]) / NATS_PER_BIT
        ),
        achieved=(np.array(rates), np.array(distortions)),
        shannon=shannon,
        is_power=True,
    )


def differential_entropy(law: Law, variance: float) -> float:
    """h of a law at least, whatever its tail adds or takes [nat]."""
    x, weight = law.rule(np.inf)
    positive = weight > 0
    inside = -float(weight[positive] @ np.log(law.density(x[positive])))
    return inside - _tail_entropy(1.0 - float(weight.sum()), variance)


def gaussian_description(law: Law, noise: float, variance: float) -> tuple[float, float]:
    """I(X; X + Z) [nat] and mmse(X | X + Z), Z ~ N(0, noise), each at most."""
    deviation = float(np.sqrt(noise))
    x, weight = law.rule(deviation)
    low, high = x[0] - REACH * deviation, x[-1] + REACH * deviation
    u = np.arange(low, high, STEP * deviation)
    mass, first = np.empty((2, len(u)))
    for start in range(0, len(u), 128):
        part = u[start : start + 128]
        near = slice(
            *np.searchsorted(x, [part[0] - REACH * deviation, part[-1] + REACH * deviation])
        )
        kernel = np.exp(-0.5 * np.square((part[:, None] - x[near]) / deviation))
        mass[start : start + 128] = kernel @ weight[near]
        first[start : start + 128] = kernel @ (weight[near] * x[near])
    mass, first = (one / (np.sqrt(2 * np.pi) * deviation) for one in (mass, first))
    known = mass > 1e-280
    estimate = np.divide(first, mass, out=u.copy(), where=known)
    step = STEP * deviation
    entropy = -step * float((mass[known] * np.log(mass[known])).sum())
    total = float(weight.sum())
    rate = entropy - total * 0.5 * np.log(2 * np.pi * np.e * noise)
    second = float(weight @ np.square(x))
    left = second - step * float((first[known] * estimate[known]).sum())
    # What lies in the tail is estimated by u outside the panels, and by the same inside.
    farthest = float(np.abs(u - estimate)[known].max())
    missing = max(0.0, 1.0 - total)
    at_most = max(0.0, rate) + _tail_entropy(missing, variance / noise)
    return at_most, left + 2 * missing * (noise + farthest**2)


def _dual_lines(law: Law, variance: float) -> Lines:
    """R(D) >= -E ln A - ln sup c - s D for every Q, with A and c the sums of Q and of p / A.

    A(n) = sum over x of Q(x) exp(-s (n - x)^2), c(x) = E [exp(-s (N - x)^2) / A(N)]. Only
    sup c needs a certificate: ln c + s x^2 is convex, so between points h apart c exceeds
    their values at most by a factor exp(s h^2 / 4). The law is cut to its core, and what lies
    outside is given away: R(D) >= P R_cut(D / P).
    """
    slopes, heights = [], []
    for rate in np.linspace(LOWEST_RATE, HIGHEST_RATE, SLOPES):
        distortion = variance * 2.0 ** (-2 * rate)
        slope, spacing = 1 / (2 * distortion), SPACING * float(np.sqrt(distortion))
        n, weight = law.core_rule(float(np.sqrt(distortion)))
        total = float(weight.sum())
        weight = weight / total
        x = np.arange(n[0] - spacing, n[-1] + 2 * spacing, spacing)
        reached = _reached(x, n, weight, slope, law.density(x))
        step = spacing / FINER
        fine = np.arange(x[0], x[-1] + step, step)
        most = float((_kernel(fine, n, slope) @ (weight / reached)).max())
        height = -float(weight @ np.log(reached)) - np.log(most) - slope * step**2 / 4
        # P (height - s D / P) is a line of the whole law.
        slopes.append(slope / NATS_PER_BIT)
        heights.append(total * height / NATS_PER_BIT)
    return Lines(slope=np.array(slopes), height=np.array(heights))


def _reached(x: Array, n: Array, weight: Array, slope: float, start: Array) -> Array:
    """A at the nodes for the Q of Blahut-Arimoto, which begins at `start`."""
    kernel = _kernel(x, n, slope)
    other = kernel.T.tocsr()
    q = np.maximum(start, 1e-13 * start.max())
    for _ in range(min(ITERATIONS, max(100, MOST_PRODUCTS // kernel.nnz))):
        q /= q.sum()
        growth = kernel @ (weight / (other @ q))
        if growth.max() < 1 + 1e-5:
            break
        q = np.maximum(q * growth**STRIDE, 1e-300)
    return np.asarray(other @ (q / q.sum()))


def _kernel(x: Array, n: Array, slope: float) -> sparse.csr_array:
    """exp(-s (n - x)^2) where it is above 1e-17: shape (I, J)."""
    reach = np.sqrt(39.0 / slope)
    first, last = np.searchsorted(n, x - reach), np.searchsorted(n, x + reach)
    count = last - first
    row = np.repeat(np.arange(len(x)), count)
    start = np.concatenate([[0], np.cumsum(count)])
    column = np.arange(start[-1]) - start[row] + first[row]
    value = np.exp(-slope * np.square(n[column] - x[row]))
    return sparse.csr_array((value, column, start), shape=(len(x), len(n)))


def _shannon(entropy: float) -> float:
    """The variance of a Gaussian of this differential entropy [nat]."""
    return float(np.exp(2 * entropy) / (2 * np.pi * np.e))


def _tail_entropy(missing: float, ratio: float) -> float:
    """What a tail of probability `missing` may add to a rate [nat]."""
    if missing <= 1e-14:  # rounding
        return 0.0
    binary = -missing * np.log(missing) - (1 - missing) * np.log1p(-missing)
    return float(binary + missing * 0.5 * np.log1p(abs(ratio) / missing))


def _cut(edges: Array, width: float) -> Array:
    """The edges with every panel cut into equal ones that are at most this wide."""
    lengths = np.diff(edges)
    pieces = np.maximum(1, np.ceil(lengths / width)).astype(np.int64)
    row = np.repeat(np.arange(len(lengths)), pieces)
    part = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    return np.append(edges[row] + lengths[row] * part / pieces[row], edges[-1])


def _weighted(density: Callable[[Array], Array], edges: Array) -> tuple[Array, Array]:
    unit, weight = np.polynomial.legendre.leggauss(ORDER)
    half = 0.5 * np.diff(edges)[:, None]
    x = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * unit).ravel()
    return x, density(x) * (half * weight).ravel()


def _integrals(density: Callable[[Array], Array], panels: Array) -> Array:
    """Of p and of p ln p over each panel: shape (P, 2)."""
    unit, weight = np.polynomial.legendre.leggauss(ORDER)
    half = 0.5 * (panels[:, 1] - panels[:, 0])[:, None]
    x = 0.5 * panels.sum(axis=1)[:, None] + half * unit
    p = density(x.ravel()).reshape(x.shape)
    log = np.log(np.where(p > 0, p, 1.0))
    return np.stack(
        [(p * half * weight).sum(axis=1), (p * log * half * weight).sum(axis=1)], axis=1
    )
