"""The distortion measure, and with it what a reconstruction is."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts.component import Component

if TYPE_CHECKING:
    from torch import Tensor


@attrs.frozen(kw_only=True)
class Distortion(Component):
    """d(x, x_hat). It owns the shape of x_hat: a number, a symbol or a distribution."""

    kind: ClassVar[str] = "distortion"

    unit: ClassVar[str]
    """Unit shown beside the numbers, such as `units^2`, `errors/sample` or `bit`."""

    is_power: ClassVar[bool]
    """Whether decibels make sense: 10 log10(D) is reported only where this is true."""

    @abstractmethod
    def measure(self, x: Tensor, x_hat: Tensor) -> Tensor:
        """d(x, x_hat) averaged over the n samples of a block: shape (batch,).

        x: shape (batch, n). x_hat: (batch, n), or (batch, n, A) for a distribution.
        """

    @abstractmethod
    def bayes(self, values: Tensor, weights: Tensor) -> Tensor:
        """The reconstruction of least expected distortion.

        values: shape (..., J), what X may be; weights: shape (..., J), how likely
        each is, not normalised. Returns shape (...), or (..., A) for a distribution.
        """


@attrs.frozen(kw_only=True)
class SymbolDistortion(Distortion):
    """A distortion between symbols, known from a table; opens the bounds of small alphabets."""

    @abstractmethod
    def table(self, alphabet: int) -> NDArray[np.float64]:
        """d(x, x_hat) for x in 0 .. A-1: shape (A, reproductions)."""


@attrs.frozen(kw_only=True)
class LogarithmicLoss(Distortion):
    """d(x, q) = -log2 q(x) [bit], q a distribution; opens its closed forms."""
