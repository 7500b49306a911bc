"""What networks are fitted to: the cells of a partition of the line, and its exact law."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from wzsim.contracts import (
    DensityPair,
    LearnedDecoder,
    LearnedEncoder,
    LearnedRateEstimator,
)
from wzsim.networks.partition import stage_symbols
from wzsim.simulation.expectation import FAR_TAIL, TAIL
from wzsim.theory.cells import message_moments
from wzsim.theory.exact import graded_edges, prefix_sums
from wzsim.theory.lloyd import conditional_deviation
from wzsim.theory.partition import Partition

STAGGERED = 6
"""Grids, each shifted against the others, that take turns."""

X_POINTS, Y_POINTS = 10.0, 1.5
"""Points of one grid a deviation of X given Y."""


def staggered(
    core: tuple[float, float], ends: tuple[float, float], width: float
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Points and weights of the grids: each integrates by the trapezoid rule."""
    edges = graded_edges(core, ends, width)
    share = (np.arange(STAGGERED) + 0.5) / STAGGERED
    lengths = np.diff(edges)
    return [(edges[:-1] + part * lengths, lengths) for part in share]


@final
@attrs.frozen(eq=False)
class Law:
    """The law of a partition's messages on one grid of y, by stage and prefix."""

    y: Tensor
    """Shape (J, 1)."""
    mass: tuple[Tensor, ...]
    """P(m_1^k, y) dy, stage k of shape (J, M_1 ... M_k)."""
    mean: tuple[Tensor, ...]
    """E[X | m_1^k, y], same shapes; 0 where the mass is."""
    least_distortion: Tensor
    """E Var(X | m_1^k, Y), shape (K,)."""

    def cross_entropies(self, rate_estimator: LearnedRateEstimator) -> Tensor:
        """-E log q of the messages, shape (K,) [nat]."""
        log_q = rate_estimator.tree_log_probs(self.y)
        crossed = [
            -(mass * stage.flatten(1)).sum() for mass, stage in zip(self.mass, log_q, strict=True)
        ]
        return torch.stack(crossed)

    def distortions(self, decoder: LearnedDecoder) -> Tensor:
        """E (X - x_hat_k)^2, shape (K,)."""
        x_hat = decoder.tree(self.y)
        excess = [
            (mass * (estimate - mean).square()).sum()
            for mass, mean, estimate in zip(self.mass, self.mean, x_hat, strict=True)
        ]
        return torch.stack(excess) + self.least_distortion


def laws_of(pair: DensityPair, partition: Partition, device: torch.device) -> list[Law]:
    """The exact law of a partition's messages on each of the staggered grids."""
    width = conditional_deviation(pair) / Y_POINTS
    laws = []
    for y, weights in staggered(pair.y_interval(TAIL), pair.y_interval(FAR_TAIL), width):
        moments = message_moments(pair, partition, y)
        sums = [
            prefix_sums(weights[:, None] * moment, partition.alphabet_sizes)[1:]
            for moment in moments
        ]
        mass, mean, least = [], [], []
        for stage_mass, first, second in zip(*sums, strict=True):
            centre = np.divide(
                first, stage_mass, out=np.zeros_like(first), where=stage_mass > 1e-300
            )
            mass.append(torch.from_numpy(stage_mass).to(device, torch.float32))
            mean.append(torch.from_numpy(centre).to(device, torch.float32))
            least.append(float((second - centre * first).sum()))
        at = torch.from_numpy(y).to(device, torch.float32)[:, None]
        laws.append(Law(at, tuple(mass), tuple(mean), torch.tensor(least, device=device)))
    return laws


@final
@attrs.frozen(eq=False)
class Cells:
    """The symbols of a partition on one grid of x."""

    x: Tensor
    """Shape (J, 1)."""
    weights: Tensor
    """Shape (J,), sum 1."""
    symbols: tuple[Tensor, ...]
    """By stage, each of shape (J,)."""

    def cross_entropy(self, encoder: LearnedEncoder) -> Tensor:
        """-E log p(m_k | m_1^{k-1}, x) of the partition's own symbols, over all stages [nat]."""
        total = torch.zeros((), device=self.x.device)
        rows = torch.arange(len(self.x), device=self.x.device)
        prefix = torch.zeros_like(rows)
        for log_p, symbol in zip(encoder.tree_log_probs(self.x), self.symbols, strict=True):
            along = log_p[rows, prefix if log_p.shape[1] > 1 else torch.zeros_like(prefix)]
            losses = functional.nll_loss(along, symbol, reduction="none")
            total = total + self.weights @ losses
            prefix = prefix * log_p.shape[2] + symbol
        return total


def cells_of(pair: DensityPair, partition: Partition, device: torch.device) -> list[Cells]:
    """The symbols of a partition on each of the staggered grids.

    Weights go with the root of the density of X: cells far out are followed as well, though
    they count for little in the loss.
    """
    problem_cells = []
    width = conditional_deviation(pair) / X_POINTS
    y_ends = pair.y_interval(FAR_TAIL)
    nodes = graded_edges(pair.y_interval(TAIL), y_ends, conditional_deviation(pair))
    for x, lengths in staggered(pair.x_interval(TAIL), pair.x_interval(FAR_TAIL), width):
        density = pair.density(x[:, None], nodes[None, :-1]) @ np.diff(nodes)
        weights = np.sqrt(np.maximum(density, 0.0)) * lengths
        symbols = stage_symbols(
            partition.alphabet_sizes, torch.from_numpy(partition.message_index(x)).to(device)
        )
        problem_cells.append(
            Cells(
                torch.from_numpy(x).to(device, torch.float32)[:, None],
                torch.from_numpy(weights / weights.sum()).to(device, torch.float32),
                symbols,
            )
        )
    return problem_cells
