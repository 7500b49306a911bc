"""The correlated pair (X, Y): what the encoder and the decoder observe."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts.channel import (
    AdditiveChannel,
    Channel,
    DensityChannel,
    DiscreteChannel,
)
from wzsim.contracts.component import Component
from wzsim.contracts.source import DensitySource, DiscreteSource, Source

if TYPE_CHECKING:
    from torch import Generator, Tensor

Array = NDArray[np.float64]

Base = Literal["x", "y"]
"""Which variable the source draws; the channel gives the other."""


class Pair(ABC):
    """X, the source to encode, and Y, the side information at the decoder."""

    @property
    @abstractmethod
    def block_length(self) -> int:
        """Samples a block, n."""

    @abstractmethod
    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        """Draw `batch` independent blocks (x, y), each of shape (batch, n)."""


class DensityPair(Pair):
    """A memoryless real pair with a joint density: opens quadrature and exact expectation.

    The methods in float64 numpy serve quadrature: where the mass of X lies given
    Y, and where integrands have kinks. Their defaults are true for every pair and
    slow for most.
    """

    @abstractmethod
    def log_prob(self, x: Tensor, y: Tensor) -> Tensor:
        """Natural logarithm of the joint density p(x, y), elementwise with broadcasting."""

    @abstractmethod
    def x_interval(self, tail: float) -> tuple[float, float]:
        """An interval that misses at most `tail` of the probability of X."""

    @abstractmethod
    def y_interval(self, tail: float) -> tuple[float, float]:
        """An interval that misses at most `tail` of the probability of Y."""

    def x_interval_given(self, y: Array, tail: float) -> tuple[Array, Array]:
        """Ends, each of shape (J,), that miss about `tail` of the probability of X given y."""
        low, high = self.x_interval(tail)
        return np.full(y.shape, low), np.full(y.shape, high)

    def x_breakpoints_given(self, y: Array) -> Array:
        """Where p(x | y) or its slope jumps in x: shape (J, B)."""
        return np.empty((len(y), 0))

    def y_breakpoints(self, thresholds: Array) -> Array:
        """Where the mass of cells between `thresholds`, as a function of y, has kinks."""
        return np.empty(0)

    @final
    def density(self, x: Array, y: Array) -> Array:
        """p(x, y) on float64 arrays, with broadcasting."""
        import torch

        value = self.log_prob(torch.from_numpy(np.asarray(x)), torch.from_numpy(np.asarray(y)))
        result: Array = value.exp().numpy()
        return result


class DiscretePair(Pair):
    """A memoryless pair on finite alphabets."""

    @abstractmethod
    def joint(self) -> NDArray[np.float64]:
        """p(x, y), shape (A_x, A_y), sum 1."""


@attrs.frozen(kw_only=True)
class PairSource(Component, Pair):
    """A component that samples (x, y) jointly: data, feature maps. `[correlation.pair]`."""

    kind: ClassVar[str] = "pair"


@attrs.frozen(kw_only=True)
class ComposedPair(Pair):
    """A pair made of a source and a channel: X = channel(Y) or Y = channel(X).

    Bounds that need more than samples look at `source`, `channel` and `base`.
    Make one with `compose`.
    """

    source: Source
    channel: Channel
    base: Base

    @property
    def block_length(self) -> int:
        return self.source.block_length

    def sample(self, batch: int, generator: Generator) -> tuple[Tensor, Tensor]:
        drawn = self.source.sample(batch, generator)
        other = self.channel.sample(drawn, generator)
        return (other, drawn) if self.base == "y" else (drawn, other)


@final
@attrs.frozen(kw_only=True)
class ComposedDensityPair(ComposedPair, DensityPair):
    """Source and channel both have densities."""

    source: DensitySource
    channel: DensityChannel

    def log_prob(self, x: Tensor, y: Tensor) -> Tensor:
        drawn, other = (y, x) if self.base == "y" else (x, y)
        return self.source.log_prob(drawn) + self.channel.log_prob(other, drawn)

    def x_interval(self, tail: float) -> tuple[float, float]:
        return self._output_interval(tail) if self.base == "y" else self.source.interval(tail)

    def y_interval(self, tail: float) -> tuple[float, float]:
        return self.source.interval(tail) if self.base == "y" else self._output_interval(tail)

    def x_interval_given(self, y: Array, tail: float) -> tuple[Array, Array]:
        if self.base == "y":
            ends = [self.channel.interval(float(value), tail) for value in y]
            return np.array([end[0] for end in ends]), np.array([end[1] for end in ends])
        low, high = self.source.interval(tail)
        if not isinstance(self.channel, AdditiveChannel):
            return np.full(y.shape, low), np.full(y.shape, high)
        least, most = self.channel.noise_interval(tail)
        # Both ends clipped alike: an observed y far out leaves an empty, not a reversed, interval.
        return np.clip(y - most, low, high), np.clip(y - least, low, high)

    def x_breakpoints_given(self, y: Array) -> Array:
        if self.base == "y":
            rows: Array = np.array([self.channel.breakpoints(float(value)) for value in y])
            breakpoints: Array = rows.reshape(len(y), -1)
            return breakpoints
        own = np.broadcast_to(self.source.breakpoints(), (len(y), len(self.source.breakpoints())))
        if not isinstance(self.channel, AdditiveChannel):
            return own
        return np.hstack([own, y[:, None] - np.array(self.channel.noise_breakpoints())])

    def y_breakpoints(self, thresholds: Array) -> Array:
        points = np.array(self.source.breakpoints())
        if not isinstance(self.channel, AdditiveChannel):
            return points if self.base == "y" else np.empty(0)
        noise = np.array(self.channel.noise_breakpoints())
        if self.base == "y":
            return np.concatenate([points, np.subtract.outer(thresholds, noise).ravel()])
        kinks: Array = np.add.outer(np.concatenate([points, thresholds]), noise).ravel()
        return kinks

    def _output_interval(self, tail: float) -> tuple[float, float]:
        """Half of the tail for the input, half for the output given each input."""
        low, high = self.source.interval(tail / 2)
        inputs = np.linspace(low, high, 65)
        ends = [self.channel.interval(float(point), tail / 2) for point in inputs]
        return min(end[0] for end in ends), max(end[1] for end in ends)


@final
@attrs.frozen(kw_only=True)
class ComposedDiscretePair(ComposedPair, DiscretePair):
    """Source and channel both on finite alphabets."""

    source: DiscreteSource
    channel: DiscreteChannel

    def joint(self) -> NDArray[np.float64]:
        table = self.source.probabilities()[:, None] * self.channel.transition_matrix()
        return table.T.copy() if self.base == "y" else table


def single_letter(pair: Pair) -> DensityPair | None:
    """The joint law of one sample of X and its Y, where memory is left out; None if unknown."""
    if isinstance(pair, ComposedPair):
        source = pair.source.single_letter()
        if source is not None and isinstance(pair.channel, DensityChannel):
            return ComposedDensityPair(source=source, channel=pair.channel, base=pair.base)
    return pair if isinstance(pair, DensityPair) else None


def compose(source: Source, channel: Channel, base: Base) -> ComposedPair:
    """The pair of a source and a channel, with every capability that both can pay for."""
    if isinstance(source, DensitySource) and isinstance(channel, DensityChannel):
        return ComposedDensityPair(source=source, channel=channel, base=base)
    if isinstance(source, DiscreteSource) and isinstance(channel, DiscreteChannel):
        return ComposedDiscretePair(source=source, channel=channel, base=base)
    return ComposedPair(source=source, channel=channel, base=base)
