"""The kit of pairs."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from wzsim.contracts import DensityPair, DiscretePair, PairSource
from wzsim.testing import law
from wzsim.testing.component import ComponentKit
from wzsim.testing.discrete import check_rows, check_symbols
from wzsim.testing.draws import check_draws, check_like, devices, seeded
from wzsim.testing.law import FALSE_ALARM, TAILS, Law

Array = NDArray[np.float64]

TAIL = 1e-12
"""Probability that integrals over x leave out."""

PIECES, NODES = 8, 16
"""Of an integral over x, and Gauss-Legendre nodes in each piece; kinks are its ends too."""

CHUNK = 20_000
"""Values of y worked on at once."""

QUARTERS = ("the least quarter of y", "the second one", "the third one", "the greatest one")


class PairKit(ComponentKit):
    """Tests of a pair (X, Y) that is drawn jointly: inherit, and say which one.

        class TestMine(PairKit):
            component = Mine()

    A pair that is a DensityPair or a DiscretePair as well is compared with its law.
    """

    component: PairSource

    samples: int = 200_000
    """Pairs that are compared with a density."""

    def test_the_generator_alone_decides_the_sample(self) -> None:
        """One seed, one sample of x and of y."""

        def both(generator: Generator) -> Tensor:
            return torch.stack([part.double() for part in self.component.sample(1_000, generator)])

        check_draws(self._who, both)

    def test_samples_have_the_shape_type_and_device_that_is_due(self) -> None:
        """Each (batch, n), float32 or int64 for symbols, where the generator is."""
        dtype = torch.int64 if isinstance(self.component, DiscretePair) else torch.float32
        for device in devices():
            for batch in (0, 1, 7):
                due = torch.empty((batch, self.component.block_length), dtype=dtype, device=device)
                drawn = self.component.sample(batch, seeded(1, device))
                for name, part in zip("xy", drawn, strict=True):
                    check_like(f"{self._who}: {name} of sample({batch})", part, due)

    def test_samples_are_finite(self) -> None:
        """NaN has no place on the line."""
        for name, part in zip("xy", self._drawn(), strict=True):
            assert bool(torch.isfinite(part).all()), (
                f"{self._who}: sample gives {name} = {float(part[~torch.isfinite(part)][0])}"
            )

    def test_intervals_grow_as_their_tail_shrinks(self) -> None:
        """`x_interval(tail)` and `y_interval(tail)`."""
        pair, of_y = self._density(), self._law_of_y()
        for name, interval in (("x", pair.x_interval), ("y", pair.y_interval)):
            methods = ("log_prob", f"{name}_interval")
            law.check_intervals(attrs.evolve(of_y, interval=interval, methods=methods))

    def test_intervals_hold_the_samples(self) -> None:
        """No more of them lie outside than the tail says."""
        pair = self._density()
        x, y = self._rows()
        slack = _limit(len(x))
        for name, values, interval in (("x", x, pair.x_interval), ("y", y, pair.y_interval)):
            for tail in TAILS:
                low, high = interval(tail)
                outside = float(((values < low) | (values > high)).mean())
                assert outside <= tail + slack, (
                    f"{self._who}: {outside:.3g} of the samples of {name} lie outside of "
                    f"{name}_interval({tail:g}), which may miss {tail:g}"
                )

    def test_density_integrates_to_one(self) -> None:
        """p(x, y) over the line of x where its mass lies, and then over y."""
        total = float(self._law_of_y().distribution()[-1])
        assert abs(total - 1) < 1e-4, (
            f"{self._who}: the density integrates to {total:.6g} and not to 1; correct log_prob, "
            "or x_interval_given and y_interval, which then leave mass out"
        )

    def test_y_follows_the_density(self) -> None:
        """Kolmogorov-Smirnov at a false-alarm rate of 1e-6; the seed is fixed."""
        law.check_samples(self._law_of_y(), self._rows()[1], "sample")

    def test_x_given_y_follows_the_density(self) -> None:
        """P(X <= x | y) of each sample is uniform, whatever y."""
        x, y = self._rows()
        below = np.concatenate(
            [
                self._chance_below(x[first : first + CHUNK], y[first : first + CHUNK])
                for first in range(0, len(x), CHUNK)
            ]
        )
        order = np.argsort(y)
        quarters = zip(QUARTERS, np.array_split(order, 4), strict=True)
        for what, chosen in (("all y", order), *quarters):
            found = np.sort(below[chosen])
            apart = float(np.abs(found - (np.arange(len(found)) + 0.5) / len(found)).max())
            assert apart < _limit(len(found)), (
                f"{self._who}: sample and log_prob do not belong together: for {what}, "
                f"P(X <= x | y) of the samples is off uniform by {apart:.3g}, and chance explains "
                f"{_limit(len(found)):.2g}"
            )

    def test_log_prob_broadcasts(self) -> None:
        """x of shape (J, 1) and y of shape (1, I) give (J, I)."""
        pair = self._density()
        x, y = (torch.from_numpy(part[:5].copy()) for part in self._rows())
        table = pair.log_prob(x[:, None], y[None, :])
        assert table.shape == (5, 5), (
            f"{self._who}: log_prob of {(5, 1)} and {(1, 5)} has the shape {tuple(table.shape)}; "
            "it is elementwise, with broadcasting"
        )
        assert torch.allclose(table.diagonal(), pair.log_prob(x, y)), (
            f"{self._who}: log_prob of a pair depends on the other pairs"
        )

    def test_joint_sums_to_one(self) -> None:
        """p(x, y) of a discrete pair."""
        check_rows(self._who, self._joint().reshape(1, -1), "joint, all in one row,")

    def test_symbols_follow_the_joint_law(self) -> None:
        """Chi-square of x A_y + y at a false-alarm rate of 1e-6; the seed is fixed."""
        joint = self._joint()
        x, y = (part.flatten().numpy() for part in self._drawn(200_000))
        for name, part, size in zip("xy", (x, y), joint.shape, strict=True):
            assert part.min() >= 0 and part.max() < size, (
                f"{self._who} draws {name} of {part.min()} .. {part.max()}, and joint has "
                f"0 .. {size - 1}"
            )
        row = joint.ravel()
        check_symbols(f"{self._who}, (x, y) in one number,", x * joint.shape[1] + y, row, "joint")

    def _drawn(self, samples: int | None = None) -> tuple[Tensor, Tensor]:
        blocks = (samples or self.samples) // self.component.block_length
        return self.component.sample(blocks, seeded(2))

    def _rows(self) -> tuple[Array, Array]:
        """x and y, each of shape (J,)."""
        x, y = (part.double().flatten().numpy() for part in self._drawn())
        return x, y

    def _density(self) -> DensityPair:
        if not isinstance(self.component, DensityPair):
            pytest.skip("it has no density: it is no DensityPair")
        return self.component

    def _joint(self) -> Array:
        if not isinstance(self.component, DiscretePair):
            pytest.skip("it has no table of probabilities: it is no DiscretePair")
        return self.component.joint()

    def _law_of_y(self) -> Law:
        pair = self._density()

        def log_prob(y: Tensor) -> Tensor:
            flat = y.double().flatten().numpy()
            _, high = pair.x_interval_given(flat, TAIL)
            return torch.from_numpy(self._mass(flat, high)).log().reshape(y.shape)

        return Law(
            f"{self._who}, y",
            log_prob,
            pair.y_interval,
            tuple(pair.y_breakpoints(np.empty(0)).tolist()),
            ("log_prob", "y_interval"),
        )

    def _chance_below(self, x: Array, y: Array) -> Array:
        """P(X <= x | y), shape (J,)."""
        low, high = self._density().x_interval_given(y, TAIL)
        return self._mass(y, np.clip(x, low, high)) / self._mass(y, high)

    def _mass(self, y: Array, end: Array) -> Array:
        """The integral of p(x, y) over x up to `end`, shape (J,)."""
        pair = self._density()
        low, high = pair.x_interval_given(y, TAIL)
        kinks = pair.x_breakpoints_given(y)
        even = np.linspace(low, high, PIECES + 1, axis=1)
        edges = np.sort(np.clip(np.hstack([even, kinks]), low[:, None], end[:, None]), axis=1)
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        total = np.zeros(len(y))
        for first, last in zip(edges.T[:-1], edges.T[1:], strict=True):
            half = 0.5 * (last - first)[:, None]
            x = 0.5 * (last + first)[:, None] + half * nodes
            total += (half * weights * pair.density(x, y[:, None])).sum(axis=1)
        return total


def _limit(samples: int) -> float:
    """How far frequencies may be from probabilities [Massart 1990], at a chance of FALSE_ALARM."""
    return math.sqrt(-math.log(FALSE_ALARM / 2) / (2 * samples))
