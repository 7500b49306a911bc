"""Squared error."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.contracts import Distortion

if TYPE_CHECKING:
    from torch import Tensor


@final
@attrs.frozen(kw_only=True)
class SquaredError(Distortion):
    """d(x, x_hat) = (x - x_hat)^2; the Bayes estimate is the conditional mean."""

    name: ClassVar[str] = "squared-error"
    unit: ClassVar[str] = "units^2"
    is_power: ClassVar[bool] = True

    def measure(self, x: Tensor, x_hat: Tensor) -> Tensor:
        return (x - x_hat).square().mean(dim=-1)

    def bayes(self, values: Tensor, weights: Tensor) -> Tensor:
        return (values * weights).sum(dim=-1) / weights.sum(dim=-1)
