"""A trellis code fits the contracts: several symbols a block, q depends on the symbols before."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.builtin.distortions.squared_error import SquaredError
from wzsim.contracts import Code, Decoder, Encoder, Message, MessageShape, RateEstimator
from wzsim.simulation.monte_carlo import evaluate_by_monte_carlo

N = 6


class SignChanges(Encoder):
    """Symbol t says whether sample t has another sign than sample t - 1 (the first: than +)."""

    shape = MessageShape((2,), block_length=N, symbols_per_stage=(N,))

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        negative = (x < 0).long()
        before = torch.cat([torch.zeros_like(negative[:, :1]), negative[:, :-1]], dim=1)
        return Message((negative ^ before,))

    def state(self) -> dict[str, NDArray[np.generic]]:
        return {}


class AfterAChange(RateEstimator):
    """q(change) is 1/4 right after a change and 1/2 else."""

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        (symbols,) = message.stages
        before = torch.cat([torch.zeros_like(symbols[:, :1]), symbols[:, :-1]], dim=1)
        chance = torch.where(before == 1, 0.25, 0.5)
        return (-torch.where(symbols == 1, chance, 1 - chance).log(),)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return {}


class Signs(Decoder):
    """Follows the changes; reconstructs to the mean of a half Gaussian."""

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        negative = message.stages[0].cumsum(dim=1) % 2
        return ((1 - 2.0 * negative) * math.sqrt(2 / math.pi),)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return {}


class Independent:
    """Blocks of independent N(0, 1)."""

    block_length = N

    def sample(self, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = torch.randn(batch, N, generator=generator)
        return x, torch.zeros_like(x)


def test_a_trellis_is_measured_per_source_sample() -> None:
    """Changes are fair coins, so the rate is 1 bit, and log2(4/3)/2 + 1 after a change."""
    code = Code(SignChanges(), AfterAChange(), Signs())
    moments = evaluate_by_monte_carlo(
        code,
        Independent(),
        SquaredError(),
        60_000,
        torch.Generator().manual_seed(2),
        "trellis",
        lambda _event: None,
    )
    after = 0.5 * (2 + math.log2(4 / 3))
    rate = (1 + (N - 1) * (0.5 * 1 + 0.5 * after)) / N
    error = moments.standard_error(np.eye(2))
    assert moments.mean[0] == pytest.approx(rate, abs=4.5 * error[0])
    assert moments.mean[1] == pytest.approx(1 - 2 / math.pi, abs=4.5 * error[1])
