"""The bounds of several results as the curves of one figure, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from wzsim.simulation.result import Array, BoundCurve, Result
from wzsim.storage import Record
from wzsim.units import power_db

MAIN = "Wyner-Ziv"
"""How the titles of those bounds begin that a figure is about."""

SAME = 1e-3
"""Curves closer than this fraction of their range look the same."""


@final
@attrs.frozen(eq=False)
class Curve:
    """A bound as a figure shows it, or several bounds that coincide."""

    titles: tuple[str, ...]
    rate: Array
    """Shape (J,), J >= 2, ascending [bit/sample]."""
    lower: Array
    """In the unit of the figure's axis: where the bound is certified to hold."""
    upper: Array
    """Where it is certified to be reached; equal to `lower` for a closed form."""
    owner: str | None = None
    """The result it belongs to, where the same bound has another curve for another result."""

    @property
    def title(self) -> str:
        """The bounds that it shows."""
        return " = ".join(self.titles)

    @property
    def label(self) -> str:
        """What a legend calls it."""
        return self.title if not self.owner else f"{self.title} ({self.owner})"

    def until(self, rate: float) -> Curve:
        """The same curve, cut at the end of the axis."""
        if self.rate[-1] <= rate:
            return self
        cut = np.append(self.rate[self.rate < rate], rate)
        lower, upper = (np.interp(cut, self.rate, array) for array in (self.lower, self.upper))
        return attrs.evolve(self, rate=cut, lower=lower, upper=upper)

    def coincides(self, other: Curve) -> bool:
        """Whether nobody could tell the two apart."""
        grid = np.linspace(0.0, min(self.rate[-1], other.rate[-1]), 50)
        mine, theirs = (np.interp(grid, curve.rate, curve.lower) for curve in (self, other))
        return bool(np.max(np.abs(mine - theirs)) <= SAME * np.ptp(mine))


def bound_curves(results: Sequence[Result | Record]) -> list[Curve]:
    """The bounds of all results, the lowest first.

    Those that coincide are one curve with all their titles; two that share a
    title and differ, because their sources do, are told apart by the result's name.
    """
    curves: list[Curve] = []
    owners: list[str] = []
    for result in results:
        for curve in filter(None, map(_curve, result.bounds.values())):
            for index, other in enumerate(curves):
                if curve.coincides(other):
                    longer = max(curve, other, key=lambda either: float(either.rate[-1]))
                    both = dict.fromkeys((*other.titles, *curve.titles))
                    titles = tuple(sorted(both, key=lambda title: not title.startswith(MAIN)))
                    curves[index] = attrs.evolve(longer, titles=titles)
                    break
            else:
                curves.append(curve)
                owners.append(result.name)
    pairs = {str(sorted(map(str, _pair(result).items()))) for result in results}
    # With results of several pairs a curve of one would be read as that of all.
    of_several = len(pairs) > 1
    shared = [title for title, count in Counter(c.title for c in curves).items() if count > 1]
    named = [
        attrs.evolve(curve, owner=owner) if of_several or curve.title in shared else curve
        for curve, owner in zip(curves, owners, strict=True)
    ]
    return sorted(named, key=lambda curve: float(curve.lower[0]))


def _curve(bound: BoundCurve) -> Curve | None:
    """A bound where it is finite; None where that leaves no curve."""
    if bound.distortion_db is None:
        lower, upper = bound.distortion, bound.distortion_upper
    else:
        lower, upper = bound.distortion_db, power_db(bound.distortion_upper)
    finite = np.isfinite(bound.rate) & np.isfinite(lower) & np.isfinite(upper)
    if finite.sum() < 2:
        return None
    return Curve((bound.title,), bound.rate[finite], lower[finite], upper[finite])


def _pair(result: Result | Record) -> Mapping[str, Any]:
    """The tables of the pair that a result was measured with."""
    scenario = result.scenario
    other = (scenario.get("evaluation") or {}).get("correlation")
    return dict(other or scenario.get("correlation") or {})
