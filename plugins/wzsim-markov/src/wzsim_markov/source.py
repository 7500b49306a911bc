"""A stationary Gauss-Markov source, in independent blocks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import DensitySource, Range, Source, doc

if TYPE_CHECKING:
    from torch import Generator, Tensor

Array = NDArray[np.float64]


@final
@attrs.frozen(kw_only=True)
class GaussMarkovSource(Source):
    """X_t = a X_{t-1} + sqrt((1 - a^2) variance) W_t, W_t ~ N(0, 1); each block starts stationary.

    It has memory, so it is no `DensitySource`: bounds on single letters do not hold for it.
    """

    name: ClassVar[str] = "gauss-markov"

    correlation: float = attrs.field(
        validator=Range(gt=-1, lt=1), metadata=doc("a, between a sample and the next")
    )
    variance: float = attrs.field(
        default=1.0, validator=Range(ge=1e-12, le=1e12), metadata=doc("of each sample [units^2]")
    )
    samples: int = attrs.field(
        default=64, validator=Range(ge=1, le=100_000), metadata=doc("samples a block, n")
    )

    @property
    def block_length(self) -> int:
        return self.samples

    def sample(self, batch: int, generator: Generator) -> Tensor:
        import torch

        noise = torch.randn(batch, self.samples, generator=generator, device=generator.device)
        innovation = math.sqrt(1 - self.correlation**2)
        steps = [noise[:, 0]]
        for step in range(1, self.samples):
            steps.append(self.correlation * steps[-1] + innovation * noise[:, step])
        return math.sqrt(self.variance) * torch.stack(steps, dim=1)

    def single_letter(self) -> DensitySource:
        return GaussianSource(variance=self.variance)

    def covariance(self) -> Array:
        """Of a block, shape (n, n) [units^2]."""
        at = np.arange(self.samples)
        distance = np.abs(at[:, None] - at)
        return np.asarray(self.variance * np.power(self.correlation, distance))

    def spectrum(self, frequency: Array) -> Array:
        """Power spectral density at frequencies in cycles a sample [units^2]."""
        a = self.correlation
        power = 1 - 2 * a * np.cos(2 * np.pi * frequency) + a * a
        return np.asarray(self.variance * (1 - a * a) / power)
