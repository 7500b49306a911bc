"""The kit of bounds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import (
    Bound,
    Distortion,
    Interval,
    Pair,
    RateDistortionFunction,
    compose,
)
from wzsim.testing.component import ComponentKit

Array = NDArray[np.float64]


class BoundKit(ComponentKit):
    """Tests of a bound: inherit, and say which one.

        class TestMine(BoundKit):
            component = Mine()

    Every statement is tested as far as the bound's certified intervals decide it: a closed
    form to rounding, a numeric bound to its own width.
    """

    component: Bound

    pair: Pair = compose(GaussianSource(), GaussianChannel(noise_variance=0.1), "y")
    """A pair (X, Y) to which the bound applies."""

    distortion: Distortion = SquaredError()

    rates: tuple[float, ...] = (0.0, 0.01, 0.1, 0.3, 0.6, 1.0, 1.5, 2.0, 3.0, 4.0)
    """Rates that are tried, ascending [bit/sample]."""

    def test_applies_to_the_pair_of_the_kit(self) -> None:
        """And says in words what it is and what it applies to."""
        assert self.component.applies_to(self.pair, self.distortion), (
            f"{self._who} does not apply to the pair of this kit; give the kit one that it applies "
            "to, pair = compose(source, channel, base)"
        )
        for name in ("title", "scope"):
            assert getattr(self.component, name, "").strip(), f"{self._who} has no {name}"
        assert isinstance(self.component.binds, bool), f"{self._who}: binds is True or False"
        assert self._curve().certificate, f"{self._who}: its function has no certificate"

    def test_intervals_have_the_shape_of_their_argument(self) -> None:
        """A number, a row, a table; lower <= upper, and no NaN."""
        curve = self._curve()
        rates = np.array(self.rates)
        distortions = curve.distortion(rates).upper
        for name, function, argument in (
            ("distortion", curve.distortion, rates),
            ("rate", curve.rate, distortions),
        ):
            for shaped in (argument[-1], argument, argument.reshape(2, -1)):
                found = function(shaped)
                for end in (found.lower, found.upper):
                    assert np.shape(end) == np.shape(shaped), (
                        f"{self._who}: {name} of shape {np.shape(shaped)} has the shape "
                        f"{np.shape(end)}"
                    )
                assert np.all(found.lower <= found.upper), (  # NaN fails too
                    f"{self._who}: the interval of {name} has its lower end above its upper one, "
                    "or a NaN"
                )
                assert np.all(np.asarray(found.lower) >= 0), f"{self._who}: {name} is negative"

    def test_rate_is_zero_at_the_largest_distortion(self) -> None:
        """And beyond it; rate zero gives the largest distortion."""
        curve = self._curve()
        most = curve.largest_distortion
        free = curve.rate(np.array([most, 2 * most]))
        assert np.all(free.lower <= 1e-9), (
            f"{self._who}: rate is at least {free.lower.max():.6g} at largest_distortion "
            f"{most:.6g}, and must be 0"
        )
        silent = curve.distortion(0.0)
        slack = 1e-6 * most
        assert silent.lower - slack <= most <= silent.upper + slack, (
            f"{self._who}: the distortion of rate 0 lies between {float(silent.lower):.6g} and "
            f"{float(silent.upper):.6g}, and largest_distortion is {most:.6g}"
        )

    def test_rate_and_distortion_are_inverse(self) -> None:
        """R lies in rate(distortion(R))."""
        curve, rates = self._curve(), np.array(self.rates)
        found = curve.distortion(rates)
        most, least = curve.rate(found.lower).upper, curve.rate(found.upper).lower
        wrong = np.flatnonzero(~((least <= rates + 1e-6) & (rates - 1e-6 <= most)))
        assert not len(wrong), (
            f"{self._who}: distortion({rates[wrong[0]]:g}) lies between "
            f"{found.lower[wrong[0]]:.6g} and {found.upper[wrong[0]]:.6g}, and rate there between "
            f"{least[wrong[0]]:.6g} and {most[wrong[0]]:.6g}; one function is the inverse of the "
            "other"
        )

    def test_distortion_never_grows_with_the_rate(self) -> None:
        """Nor rate with the distortion."""
        curve, rates = self._curve(), np.array(self.rates)
        found = curve.distortion(rates)
        self._check_order("distortion", "rate", rates, found)
        distortions = np.unique(found.upper)
        self._check_order("rate", "distortion", distortions, curve.rate(distortions))

    def test_is_convex(self) -> None:
        """Time sharing reaches every point of a chord."""
        curve, rates = self._curve(), np.array(self.rates)
        ends = curve.distortion(rates)
        middle = curve.distortion(0.5 * (rates[1:] + rates[:-1])).lower
        chord = 0.5 * (ends.upper[1:] + ends.upper[:-1])
        wrong = np.flatnonzero(middle > chord + 1e-9 * curve.largest_distortion)
        assert not len(wrong), (
            f"{self._who}: distortion is not convex between the rates {rates[wrong[0]]:g} and "
            f"{rates[wrong[0] + 1]:g}: at least {middle[wrong[0]]:.6g} in the middle, at most "
            f"{chord[wrong[0]]:.6g} on the chord"
        )

    def _curve(self) -> RateDistortionFunction:
        return self.component.on(self.pair, self.distortion)

    def _check_order(self, what: str, of: str, arguments: Array, found: Interval) -> None:
        slack = 1e-9 * max(1.0, float(np.max(found.upper)))
        wrong = np.flatnonzero(found.lower[1:] > found.upper[:-1] + slack)
        assert not len(wrong), (
            f"{self._who}: {what} grows with the {of}: at most {found.upper[wrong[0]]:.6g} at "
            f"{arguments[wrong[0]]:g}, at least {found.lower[wrong[0] + 1]:.6g} at "
            f"{arguments[wrong[0] + 1]:g}"
        )
