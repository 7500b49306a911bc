"""Distortions between symbols, and of distributions."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import LogarithmicLoss, SymbolDistortion

if TYPE_CHECKING:
    from torch import Tensor

LEAST = 1e-12
"""Probability below which log-loss is not counted further: 40 bit."""


@final
@attrs.frozen(kw_only=True)
class Hamming(SymbolDistortion):
    """d(x, x_hat) = 1 where they differ; of a distribution the chance that a draw of it differs."""

    name: ClassVar[str] = "hamming"
    unit: ClassVar[str] = "errors/sample"
    is_power: ClassVar[bool] = False

    def measure(self, x: Tensor, x_hat: Tensor) -> Tensor:
        if x_hat.ndim == x.ndim:
            return (x != x_hat).float().mean(dim=-1)
        return 1 - x_hat.gather(-1, x.unsqueeze(-1)).squeeze(-1).mean(dim=-1)

    def bayes(self, values: Tensor, weights: Tensor) -> Tensor:
        most = weights.argmax(dim=-1, keepdim=True)
        return values.expand(weights.shape).gather(-1, most).squeeze(-1)

    def table(self, alphabet: int) -> NDArray[np.float64]:
        return 1 - np.eye(alphabet)


@final
@attrs.frozen(kw_only=True)
class LogLoss(LogarithmicLoss):
    """d(x, q) = -log2 q(x) [bit] of a distribution q over the alphabet of X."""

    name: ClassVar[str] = "log-loss"
    unit: ClassVar[str] = "bit"
    is_power: ClassVar[bool] = False

    def measure(self, x: Tensor, x_hat: Tensor) -> Tensor:
        chance = x_hat.gather(-1, x.unsqueeze(-1)).squeeze(-1)
        return -chance.clamp(min=LEAST).log2().mean(dim=-1)

    def bayes(self, values: Tensor, weights: Tensor) -> Tensor:
        return weights / weights.sum(dim=-1, keepdim=True)
