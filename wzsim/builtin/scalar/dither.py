"""Subtractive dither: a shift u that encoder, rate estimator and decoder share.

u is uniform over one cell and the encoder quantizes x + u. With X = Y + N the
shifted pair is (y + u) + N: a dithered code on (X, Y) is an undithered code on
(X + u, Y + u), and the decoder takes u off again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from wzsim.builtin.decoders.mmse_exact import MmseDecoder
from wzsim.builtin.rates.exact import ExactConditional
from wzsim.builtin.scalar.exact_law import ExactLaw, read_table
from wzsim.builtin.scalar.partition_encoder import PartitionEncoder, partition_state
from wzsim.contracts import (
    AdditiveChannel,
    ComposedDensityPair,
    Decoder,
    DensitySource,
    Encoder,
    Message,
    Pair,
    RateEstimator,
)
from wzsim.networks.partition import CubicTable, prefix_index
from wzsim.theory.exact import y_rule
from wzsim.theory.partition import Partition

SMEARING_NODES = 24
"""Gauss-Legendre nodes of the density of Y + u."""

DITHERS = 65
"""Values of u in the table of the marginal law."""


def shifted_pair(pair: Pair, width: float) -> ComposedDensityPair:
    """The pair (X + u, Y + u) of a pair X = Y + N, u uniform on (0, width)."""
    assert isinstance(pair, ComposedDensityPair)
    assert isinstance(pair.channel, AdditiveChannel)
    smeared = SmearedSource(source=pair.source, width=width)
    return ComposedDensityPair(source=smeared, channel=pair.channel, base="y")


@final
@attrs.frozen(kw_only=True)
class SmearedSource(DensitySource):
    """The law of Y + u."""

    name: ClassVar[str] = "smeared"
    source: DensitySource
    width: float

    @property
    def variance(self) -> float:
        return self.source.variance + self.width**2 / 12

    def sample(self, batch: int, generator: Generator) -> Tensor:
        drawn = self.source.sample(batch, generator)
        return drawn + self.width * torch.rand(
            drawn.shape, generator=generator, device=drawn.device
        )

    def log_prob(self, value: Tensor) -> Tensor:
        nodes, weights = np.polynomial.legendre.leggauss(SMEARING_NODES)
        shifts = torch.from_numpy(0.5 * self.width * (nodes + 1)).to(value)
        logs = self.source.log_prob(value.unsqueeze(-1) - shifts)
        return torch.logsumexp(logs + torch.from_numpy(0.5 * weights).to(value).log(), dim=-1)

    def interval(self, tail: float) -> tuple[float, float]:
        low, high = self.source.interval(tail)
        return low, high + self.width

    def breakpoints(self) -> tuple[float, ...]:
        own = self.source.breakpoints()
        return (*own, *(point + self.width for point in own))


@final
class DitheredEncoder(Encoder):
    """A partition of the line, shifted by the dither for each sample."""

    def __init__(self, inner: PartitionEncoder, width: float) -> None:
        self.shape, self.inner, self.width = inner.shape, inner, width

    @property
    def notes(self) -> Mapping[str, float | int | str]:
        return self.inner.notes

    def draw_common_randomness(self, batch: int, generator: Generator) -> Tensor:
        shape = (batch, self.shape.block_length)
        return self.width * torch.rand(shape, generator=generator, device=generator.device)

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        assert common_randomness is not None
        return self.inner.encode(x + common_randomness)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return self.inner.state() | {"width": np.array(self.width)}


@final
class DitheredConditional(RateEstimator):
    """p(m_k | m_1^{k-1}, y, u), exactly."""

    basis = "exact entropy"

    def __init__(self, inner: ExactConditional, width: float) -> None:
        self.inner, self.width = inner, width

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        assert common_randomness is not None
        return self.inner.code_lengths(message, y + common_randomness)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return self.inner.state() | {"width": np.array(self.width)}


@final
class DitheredMarginal(RateEstimator):
    """p(m_k | m_1^{k-1}, u), exactly: the entropy coder knows the dither."""

    basis = "exact entropy"

    def __init__(self, pair: ComposedDensityPair, partition: Partition, width: float) -> None:
        self.partition, self.width = partition, width
        dithers = np.linspace(0.0, width, DITHERS)
        rows = []
        for dither in dithers:
            moved = attrs.evolve(partition, thresholds=partition.thresholds - dither)
            rule = y_rule(pair, moved.thresholds, order=10)
            rows.append(np.hstack(ExactLaw(pair, moved).marginal_log_probs(*rule)))
        self._table = CubicTable(0.0, float(dithers[1]), torch.from_numpy(np.vstack(rows)))

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        assert common_randomness is not None
        sizes = self.partition.alphabet_sizes
        counts = tuple(int(count) for count in np.cumprod(sizes))
        prefixes = prefix_index(sizes, message.stages)
        return tuple(
            -log_q for log_q in read_table(self._table, counts, common_randomness, prefixes)
        )

    def state(self) -> dict[str, NDArray[np.generic]]:
        return partition_state(self.partition) | {"width": np.array(self.width)}


@final
class DitheredMmse(Decoder):
    """E[X | m_1^k, y, u]."""

    def __init__(self, inner: MmseDecoder, width: float) -> None:
        self.inner, self.width = inner, width

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        assert common_randomness is not None
        shifted = self.inner.reconstruct(message, y + common_randomness)
        return tuple(estimate - common_randomness for estimate in shifted)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return self.inner.state() | {"width": np.array(self.width)}
