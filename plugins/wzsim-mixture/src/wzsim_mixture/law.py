"""The law of a mixture of Gaussians: p(n) = sum_i w_i N(n; mean_i, variance_i)."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, final

import attrs
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Generator, Tensor

Array = NDArray[np.float64]


@final
@attrs.frozen
class MixtureLaw:
    """Weights, means [units] and variances [units^2] of the components, each of length I."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    variances: tuple[float, ...]

    @property
    def mean(self) -> float:
        """sum_i w_i mean_i [units]."""
        return float(np.dot(self.weights, self.means))

    @property
    def variance(self) -> float:
        """sum_i w_i (variance_i + (mean_i - mean)^2) [units^2].

        >>> MixtureLaw((0.5, 0.5), (-1.0, 1.0), (0.25, 0.25)).variance
        1.25
        """
        squares = np.array(self.variances) + np.square(np.array(self.means) - self.mean)
        return float(np.dot(self.weights, squares))

    def draw(self, like: Tensor, generator: Generator) -> Tensor:
        """Samples of the shape, dtype and device of `like`: a component each, then its Gaussian."""
        import torch

        edges = like.new_tensor(list(accumulate(self.weights))[:-1])
        uniform = like.new_empty(like.shape).uniform_(generator=generator)
        component = torch.bucketize(uniform, edges, right=True)
        deviation = like.new_tensor(self.variances).sqrt()[component]
        normal = like.new_empty(like.shape).normal_(generator=generator)
        return like.new_tensor(self.means)[component] + deviation * normal

    def log_density(self, value: Tensor) -> Tensor:
        """log p(n), elementwise [nat]: log-sum-exp over the components."""
        import torch

        variances = value.new_tensor(self.variances)
        heights = value.new_tensor(self.weights).log() - 0.5 * (2 * math.pi * variances).log()
        away = (value[..., None] - value.new_tensor(self.means)) / variances.sqrt()
        return torch.logsumexp(heights - 0.5 * away.square(), dim=-1)

    def interval(self, tail: float) -> tuple[float, float]:
        """An interval with at most half of `tail` on either side of it."""
        return _interval(self, tail)


@lru_cache(maxsize=256)
def _interval(law: MixtureLaw, tail: float) -> tuple[float, float]:
    upper = _upper_end(law, tail / 2)
    mirrored = attrs.evolve(law, means=tuple(-mean for mean in law.means))
    return -_upper_end(mirrored, tail / 2), upper


def _upper_end(law: MixtureLaw, tail: float) -> float:
    """t with log P(N > t) at most log(tail), by root finding between the components' own ends."""
    from scipy.optimize import brentq
    from scipy.special import log_ndtr, logsumexp, ndtri

    weights, means = np.array(law.weights), np.array(law.means)
    deviations = np.sqrt(np.array(law.variances))
    ends: Array = means - deviations * ndtri(tail)

    def excess(t: float) -> float:
        return float(logsumexp(log_ndtr((means - t) / deviations), b=weights) - math.log(tail))

    # At the least end every component has at least `tail` above it, at the greatest at most.
    slack = 1e-9 * float(deviations.max())
    low, high = float(ends.min()) - slack, float(ends.max()) + slack
    return float(brentq(excess, low, high, xtol=slack)) + 2 * slack
