"""The correlation channel: how X and Y depend on each other."""

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
class Channel(Component):
    """A correlation channel that can be sampled: the least that every channel can do.

    It maps Y to X when the scenario has `base = "y"`, X to Y when `base = "x"`.
    Most channels should derive from `AdditiveChannel` (independent noise added),
    `DensityChannel` (any noise with a density) or `DiscreteChannel`: more of
    wzsim works with them.
    """

    kind: ClassVar[str] = "channel"

    @abstractmethod
    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        """Pass blocks through the channel.

        given: shape (batch, n). Returns the same shape, dtype and device; all
        randomness comes from `generator`.
        """


@attrs.frozen(kw_only=True)
class DensityChannel(Channel):
    """A memoryless channel with a conditional density, elementwise."""

    @abstractmethod
    def log_prob(self, output: Tensor, given: Tensor) -> Tensor:
        """Natural logarithm of p(output | given), elementwise with broadcasting."""

    @abstractmethod
    def interval(self, given: float, tail: float) -> tuple[float, float]:
        """An interval that misses at most `tail` of the probability of the output."""

    def breakpoints(self, given: float) -> tuple[float, ...]:
        """Where the density of the output, or its derivative, jumps."""
        return ()


@attrs.frozen(kw_only=True)
class AdditiveChannel(DensityChannel):
    """output = given + N with noise N independent of the input and with a density.

    A plugin writes the three abstract methods and the variance; the rest
    follows. With X = Y + N every bound becomes one-dimensional whatever Y is.
    """

    @property
    @abstractmethod
    def noise_variance(self) -> float:
        """Variance of N [units^2]; `inf` where it does not exist."""

    @abstractmethod
    def noise_like(self, given: Tensor, generator: Generator) -> Tensor:
        """Draw noise of the shape, dtype and device of `given`."""

    @abstractmethod
    def noise_log_prob(self, noise: Tensor) -> Tensor:
        """Natural logarithm of the density of N, elementwise."""

    @abstractmethod
    def noise_interval(self, tail: float) -> tuple[float, float]:
        """An interval that misses at most `tail` of the probability of N."""

    def noise_breakpoints(self) -> tuple[float, ...]:
        """Where the density of N, or its derivative, jumps."""
        return ()

    @final
    def noise_density(self, noise: NDArray[np.float64]) -> NDArray[np.float64]:
        """The density of N on a float64 array."""
        import torch

        result: NDArray[np.float64] = self.noise_log_prob(torch.from_numpy(noise)).exp().numpy()
        return result

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        return given + self.noise_like(given, generator)

    def log_prob(self, output: Tensor, given: Tensor) -> Tensor:
        return self.noise_log_prob(output - given)

    def interval(self, given: float, tail: float) -> tuple[float, float]:
        low, high = self.noise_interval(tail)
        return given + low, given + high

    def breakpoints(self, given: float) -> tuple[float, ...]:
        return tuple(given + point for point in self.noise_breakpoints())


@attrs.frozen(kw_only=True)
class GaussianNoise(AdditiveChannel):
    """An additive channel whose noise is Gaussian with mean zero; opens the Gaussian bounds."""


@attrs.frozen(kw_only=True)
class DiscreteChannel(Channel):
    """A memoryless channel between finite alphabets."""

    @abstractmethod
    def transition_matrix(self) -> NDArray[np.float64]:
        """p(output | given), shape (A_given, A_output), rows sum to 1."""
