"""Rate-distortion bounds: float64 numpy, certified intervals."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, final

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from wzsim.contracts.component import Component

if TYPE_CHECKING:
    from wzsim.contracts.distortion import Distortion
    from wzsim.contracts.pair import Pair


@final
@attrs.frozen(eq=False)
class Interval:
    """Certified: lower <= truth <= upper, elementwise. Equal for a closed form."""

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]

    @staticmethod
    def exact(value: ArrayLike) -> Interval:
        """The interval of a closed form."""
        array = np.asarray(value, dtype=np.float64)
        return Interval(array, array)


class RateDistortionFunction(ABC):
    """One bound on one pair."""

    certificate: str
    """Where the values come from, such as `closed form` or `dual of ...`."""

    @property
    @abstractmethod
    def largest_distortion(self) -> float:
        """The distortion at rate zero."""

    @abstractmethod
    def distortion(self, rate: ArrayLike) -> Interval:
        """Least distortion at each rate [bit per source sample], same shape."""

    @abstractmethod
    def rate(self, distortion: ArrayLike) -> Interval:
        """Least rate [bit per source sample] at each distortion, same shape."""


@attrs.frozen(kw_only=True)
class Bound(Component):
    """A bound of information theory that applies to some pairs."""

    kind: ClassVar[str] = "bound"

    title: ClassVar[str]
    """What a legend calls it."""

    scope: ClassVar[str]
    """What it applies to, in one line; shown where it does not apply."""

    binds: ClassVar[bool]
    """Whether no code with side information at the decoder can cross it (the gap refers to it)."""

    @abstractmethod
    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        """Whether the bound is true for this pair and distortion."""

    @abstractmethod
    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        """The bound on a pair to which it applies."""
