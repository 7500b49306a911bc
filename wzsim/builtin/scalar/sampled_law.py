"""The laws of a message where a pair can only be sampled: counts in bins of y.

Counts on one set of samples, used on another: the rate is a held-out
cross-entropy, an upper bound of the entropy in expectation, and never the
plug-in entropy of the counted set.
"""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from wzsim.contracts import (
    DesignProblem,
    Encoder,
    Message,
    MessageShape,
    PrefixTreeDecoder,
    PrefixTreeRateEstimator,
    State,
)
from wzsim.errors import CapabilityError
from wzsim.networks.partition import prefix_index
from wzsim.theory.exact import prefix_sums

Array = NDArray[np.float64]

SAMPLES = 4_000_000
"""Samples that are counted."""

CHUNK = 100_000

BINS = 2_048
"""Bins of y, of equal probability."""

SMOOTHING = 0.5
"""Added to each count, so that a symbol never seen costs a finite length."""


@final
class SampledLaw:
    """Counts and sums of x by bin of y and message; one bin for a marginal law."""

    def __init__(self, edges: Array, counts: Array, sums: Array, shape: MessageShape) -> None:
        self.edges, self.counts, self.sums, self.shape = edges, counts, sums, shape
        self._edges = torch.from_numpy(edges)

    @classmethod
    def count(
        cls, problem: DesignProblem, encoder: Encoder, generator: Generator, *, bins: int
    ) -> SampledLaw:
        """Count the messages of fresh samples.

        Samples of a block are counted alike, which asks for a symbol of each at every
        stage; raises CapabilityError for an encoder that sends fewer.
        """
        pair, shape = problem.pair, problem.shape
        blocks = max(1, CHUNK // shape.block_length)
        _, first = pair.sample(blocks, generator)
        levels = np.linspace(0, 1, bins + 1)[1:-1]
        edges = np.unique(np.quantile(first.double().cpu().numpy(), levels))
        counts = np.zeros((len(edges) + 1, shape.prefix_counts[-1]))
        sums = np.zeros_like(counts)
        for _ in range(SAMPLES // CHUNK):
            x, y = pair.sample(blocks, generator)
            message = encoder.encode(x, None)
            if any(stage.shape != y.shape for stage in message.stages):
                raise CapabilityError(
                    "the laws of messages are counted for codes of single samples, and this "
                    "encoder sends one message for several"
                )
            last = prefix_index(shape.alphabet_sizes, message.stages)[-1].flatten().cpu().numpy()
            where = np.searchsorted(edges, y.double().flatten().cpu().numpy())
            np.add.at(counts, (where, last), 1.0)
            np.add.at(sums, (where, last), x.double().flatten().cpu().numpy())
        return cls(edges, counts, sums, shape)

    def bins_of(self, y: Tensor) -> Tensor:
        """The bin of each y, same shape."""
        return torch.bucketize(y.to(torch.float64), self._edges.to(y.device))

    def log_probs(self) -> list[Array]:
        """Stage k: shape (bins, M_1 ... M_k), log q(m_k | m_1^{k-1}, bin) [nat]."""
        masses = prefix_sums(self.counts, self.shape.alphabet_sizes)
        stages = []
        for mass, parent, size in zip(
            masses[1:], masses[:-1], self.shape.alphabet_sizes, strict=True
        ):
            above = np.repeat(parent, size, axis=1) + size * SMOOTHING
            stages.append(np.log((mass + SMOOTHING) / above))
        return stages

    def estimates(self) -> list[Array]:
        """Stage k: shape (bins, M_1 ... M_k), the mean of x; that of the bin where nothing came."""
        sizes = self.shape.alphabet_sizes
        masses, sums = prefix_sums(self.counts, sizes), prefix_sums(self.sums, sizes)
        fallback = sums[0] / np.maximum(masses[0], 1.0)
        return [
            np.where(mass > 0, total / np.maximum(mass, 1.0), fallback)
            for mass, total in zip(masses[1:], sums[1:], strict=True)
        ]

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The arrays of `from_state`."""
        return {"edges": self.edges, "counts": self.counts, "sums": self.sums}

    @classmethod
    def from_state(cls, shape: MessageShape, state: State) -> SampledLaw:
        """The law whose `state` this is."""
        arrays = (np.asarray(state[name], dtype=np.float64) for name in ("edges", "counts", "sums"))
        edges, counts, sums = arrays
        return cls(edges, counts, sums, shape)


@final
class SampledRate(PrefixTreeRateEstimator):
    """q counted on samples; with one bin it does not see y."""

    basis = "held-out cross-entropy"

    def __init__(self, law: SampledLaw) -> None:
        self.law = law
        self._logs = [torch.from_numpy(stage) for stage in law.log_probs()]

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        where = self.law.bins_of(y)
        prefixes = prefix_index(self.law.shape.alphabet_sizes, message.stages)
        return tuple(
            -log_q.to(y.device)[where, prefix]
            for log_q, prefix in zip(self._logs, prefixes, strict=False)
        )

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        where = self.law.bins_of(y[:, 0])
        sizes = self.law.shape.alphabet_sizes
        return tuple(
            log_q.to(y.device)[where].reshape(len(y), -1, size)
            for log_q, size in zip(self._logs, sizes, strict=True)
        )

    def state(self) -> dict[str, NDArray[np.generic]]:
        return self.law.state()


@final
class SampledMmse(PrefixTreeDecoder):
    """The mean of x in a bin of y, by message."""

    def __init__(self, law: SampledLaw) -> None:
        self.law = law
        self._means = [torch.from_numpy(stage) for stage in law.estimates()]

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        where = self.law.bins_of(y)
        prefixes = prefix_index(self.law.shape.alphabet_sizes, message.stages)
        return tuple(
            means.to(y.device)[where, prefix]
            for means, prefix in zip(self._means, prefixes, strict=False)
        )

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        where = self.law.bins_of(y[:, 0])
        return tuple(means.to(y.device)[where] for means in self._means)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return self.law.state()
