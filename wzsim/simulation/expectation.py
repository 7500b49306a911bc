"""The loss of Eqs. (10) and (11) with all messages enumerated.

Where the pair has a density, x and y are integrated too: the encoder is
evaluated on a grid of x, rate estimator and decoder on the tree of all message
prefixes over a grid of y, and both meet in p(x, y). Grid points are jittered
within their cells at each step, so that no bin can hide between them. Of other
pairs fresh samples are drawn, and the messages of each are enumerated.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import NamedTuple, final

import attrs
import torch
from torch import Generator, Tensor
from torch.nn import functional

from wzsim.contracts import DensityPair, DesignProblem, Distortion
from wzsim.simulation.gumbel import LearnedParts
from wzsim.theory.exact import graded_edges
from wzsim.theory.lloyd import conditional_deviation

X_POINTS, Y_POINTS = 6.0, 2.5
"""Grid points a deviation of X given Y."""

TAIL, FAR_TAIL = 1e-5, 1e-8
"""Probability outside the even part of a grid, and outside the grid."""


class Terms(NamedTuple):
    """Expectations by stage, each of shape (K,)."""

    negative_entropy: Tensor
    """E log p(m_k | m_1^{k-1}, x), at most zero [nat]."""
    cross_entropy: Tensor
    """-E log q(m_k | m_1^{k-1} [, y]) [nat]."""
    distortion: Tensor
    """E d(x, x_hat_k)."""


Soften = Callable[[Tensor], Tensor]
"""log p of a stage, shape (..., M_k), to the probabilities that messages are drawn with."""


def as_drawn(log_p: Tensor) -> Tensor:
    """The encoder's own probabilities."""
    return log_p.exp()


def as_used(log_p: Tensor) -> Tensor:
    """The most likely symbol: how a trained encoder is used. No gradient passes."""
    return functional.one_hot(log_p.argmax(dim=-1), log_p.shape[-1]).to(log_p.dtype)


class Expectation(ABC):
    """E over x, y and m."""

    @abstractmethod
    def draw(self, generator: Generator) -> Drawn:
        """Fresh points of x and y, which all candidates of a step may share."""


class Drawn(ABC):
    """Points of x and y, and their weights."""

    @abstractmethod
    def terms(self, parts: LearnedParts, soften: Soften) -> Terms:
        """The terms of the loss on them; messages are weighed with `soften(log p)`."""


def _weigh(
    log_p: tuple[Tensor, ...], soften: Soften, count: int
) -> tuple[list[Tensor], list[Tensor]]:
    """P(m_1^k | x) and sum over m_k of p log p, for each prefix of each stage."""
    reached, entropies = [], []
    prefix = torch.ones(count, 1, device=log_p[0].device)
    for stage in log_p:
        probability = soften(stage)
        branch = prefix[:, :, None] * probability
        entropies.append((branch * stage).sum(dim=(1, 2)))
        prefix = branch.flatten(1)
        reached.append(prefix)
    return reached, entropies


@final
class GridExpectation(Expectation):
    """Over a grid of x and y, for pairs with a density and the squared error."""

    def __init__(self, pair: DensityPair, device: torch.device) -> None:
        self._pair = pair
        scale = conditional_deviation(pair)
        x = graded_edges(pair.x_interval(TAIL), pair.x_interval(FAR_TAIL), scale / X_POINTS)
        y = graded_edges(pair.y_interval(TAIL), pair.y_interval(FAR_TAIL), scale / Y_POINTS)
        self._x_edges, self._y_edges = (
            torch.from_numpy(edges).to(device, torch.float32) for edges in (x, y)
        )

    @torch.no_grad()
    def draw(self, generator: Generator) -> Drawn:
        x, x_width = _jittered(self._x_edges, generator)
        y, y_width = _jittered(self._y_edges, generator)
        joint = self._pair.log_prob(x[:, None], y[None, :]).exp() * x_width[:, None] * y_width
        joint = joint / joint.sum()
        # Deviations from E[X | y]: second moments of small numbers keep their digits.
        mean = (x @ joint) / joint.sum(dim=0).clamp(min=1e-30)
        deviation = x[:, None] - mean
        second = (joint * deviation.square()).sum()
        moments = torch.cat([joint, joint * deviation], dim=1).t().contiguous()
        return _DrawnGrid(x, y, joint.sum(dim=1), mean, second, moments)


@final
@attrs.frozen(eq=False)
class _DrawnGrid(Drawn):
    x: Tensor
    y: Tensor
    by_x: Tensor
    """p(x) dx, shape (I,)."""
    mean: Tensor
    """E[X | y], shape (J,)."""
    second: Tensor
    """E (X - E[X | Y])^2."""
    moments: Tensor
    """p(x, y) and (x - E[X | y]) p(x, y), shape (2 J, I)."""

    def terms(self, parts: LearnedParts, soften: Soften) -> Terms:
        x, y = self.x, self.y
        reached, entropies = _weigh(parts.encoder.tree_log_probs(x[:, None]), soften, len(x))
        log_q = parts.rate_estimator.tree_log_probs(y[:, None])
        x_hat = parts.decoder.tree(y[:, None])
        crossed, distortions = [], []
        for prefix, stage_q, estimate in zip(reached, log_q, x_hat, strict=True):
            both = self.moments @ prefix
            mass, first = both[: len(y)], both[len(y) :]
            crossed.append(-(mass * stage_q.flatten(1)).sum())
            error = estimate - self.mean[:, None]
            distortions.append(self.second + (error * (error * mass - 2 * first)).sum())
        negative = torch.stack([self.by_x @ entropy for entropy in entropies])
        return Terms(negative, torch.stack(crossed), torch.stack(distortions))


@final
class SampledExpectation(Expectation):
    """Over fresh samples (x, y), with every message of each."""

    def __init__(self, problem: DesignProblem, samples: int) -> None:
        self._problem, self._samples = problem, samples

    def draw(self, generator: Generator) -> Drawn:
        x, y = self._problem.pair.sample(self._samples, generator)
        return _DrawnSamples(x, y, self._problem.distortion)


@final
@attrs.frozen(eq=False)
class _DrawnSamples(Drawn):
    x: Tensor
    """Shape (batch, 1)."""
    y: Tensor
    distortion: Distortion

    def terms(self, parts: LearnedParts, soften: Soften) -> Terms:
        x, y = self.x, self.y
        reached, entropies = _weigh(parts.encoder.tree_log_probs(x), soften, len(x))
        log_q = parts.rate_estimator.tree_log_probs(y)
        x_hat = parts.decoder.tree(y)
        crossed = [
            -(prefix * stage_q.flatten(1)).sum() / len(x)
            for prefix, stage_q in zip(reached, log_q, strict=True)
        ]
        distortions = [
            (prefix * self._measured(x, estimate)).sum() / len(x)
            for prefix, estimate in zip(reached, x_hat, strict=True)
        ]
        negative = torch.stack([entropy.mean() for entropy in entropies])
        return Terms(negative, torch.stack(crossed), torch.stack(distortions))

    def _measured(self, x: Tensor, estimate: Tensor) -> Tensor:
        """d(x, x_hat) for the x_hat of every prefix; x: (batch, 1), estimate: (batch, P [, A])."""
        each = x.expand(estimate.shape[:2])
        flat = estimate.flatten(0, 1).unsqueeze(1)
        return self.distortion.measure(each.reshape(-1, 1), flat).reshape(each.shape)


def expectation_of(problem: DesignProblem, samples: int, device: torch.device) -> Expectation:
    """The grid where the pair allows it, else samples."""
    if isinstance(problem.pair, DensityPair) and problem.distortion.name == "squared-error":
        return GridExpectation(problem.pair, device)
    return SampledExpectation(problem, samples)


def _jittered(edges: Tensor, generator: Generator) -> tuple[Tensor, Tensor]:
    """One point in each cell, uniformly, and the width of the cell: both of shape (J,)."""
    width = edges[1:] - edges[:-1]
    shift = torch.rand(len(width), generator=generator, device=edges.device)
    return edges[:-1] + shift * width, width
