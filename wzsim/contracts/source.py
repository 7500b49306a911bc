"""The law of the variable that a scenario draws first."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts.component import Component

if TYPE_CHECKING:
    from torch import Generator, Tensor


@attrs.frozen(kw_only=True)
class Source(Component):
    """A source that can be sampled: the least that every source can do."""

    kind: ClassVar[str] = "source"

    @property
    def block_length(self) -> int:
        """Samples a block, n; blocks are independent of each other."""
        return 1

    @abstractmethod
    def sample(self, batch: int, generator: Generator) -> Tensor:
        """Draw `batch` independent blocks.

        Returns shape (batch, n) on the generator's device: float32 for real
        sources, int64 symbol indices for discrete ones. All randomness comes
        from `generator`.
        """

    def single_letter(self) -> DensitySource | None:
        """The law that every sample of a block has, memory left out; None where none is known.

        Scalar quantizers are designed for it.
        """
        return None


@attrs.frozen(kw_only=True)
class DensitySource(Source):
    """A memoryless real source with a density: opens quadrature, exact rates, `lloyd`."""

    @property
    @abstractmethod
    def variance(self) -> float:
        """Variance [units^2]."""

    @abstractmethod
    def log_prob(self, value: Tensor) -> Tensor:
        """Natural logarithm of the density, elementwise, in the dtype of `value`."""

    @abstractmethod
    def interval(self, tail: float) -> tuple[float, float]:
        """An interval that misses at most `tail` of the probability."""

    @final
    def density(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """The density on a float64 array."""
        import torch

        result: NDArray[np.float64] = self.log_prob(torch.from_numpy(value)).exp().numpy()
        return result

    def breakpoints(self) -> tuple[float, ...]:
        """Where the density or its derivative jumps, so that quadrature splits there."""
        return ()

    @final
    def single_letter(self) -> DensitySource:
        return self


@attrs.frozen(kw_only=True)
class GaussianLaw(DensitySource):
    """A density source that is Gaussian with mean zero; opens the Gaussian bounds."""


@attrs.frozen(kw_only=True)
class DiscreteSource(Source):
    """A memoryless source on a finite alphabet 0 .. A-1."""

    @abstractmethod
    def probabilities(self) -> NDArray[np.float64]:
        """Probabilities of the symbols, shape (A,), sum 1."""
