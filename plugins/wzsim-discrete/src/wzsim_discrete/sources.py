"""Memoryless sources of symbols 0 .. A-1."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import DiscreteSource, Range, doc
from wzsim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from torch import Generator, Tensor


def draw(law: NDArray[np.float64], shape: tuple[int, ...], generator: Generator) -> Tensor:
    """Independent symbols of one law: int64 of this shape, on the generator's device."""
    import torch

    edges = torch.from_numpy(np.cumsum(law)[:-1]).to(generator.device)
    uniform = torch.rand(shape, dtype=torch.float64, generator=generator, device=generator.device)
    return torch.searchsorted(edges, uniform, right=True)


def require_law(probabilities: tuple[float, ...], path: str) -> None:
    """Raise ScenarioError where probabilities do not sum to one."""
    total = sum(probabilities)
    if abs(total - 1) > 1e-9:
        message = f"probabilities sum to {total:.9g} and not to 1"
        raise ScenarioError([Problem(message, path)])


@final
@attrs.frozen(kw_only=True)
class BernoulliSource(DiscreteSource):
    """Bits: P(1) = probability."""

    name: ClassVar[str] = "bernoulli"

    probability: float = attrs.field(default=0.5, validator=Range(ge=0, le=1), metadata=doc("P(1)"))

    def probabilities(self) -> NDArray[np.float64]:
        return np.array([1 - self.probability, self.probability])

    def sample(self, batch: int, generator: Generator) -> Tensor:
        return draw(self.probabilities(), (batch, 1), generator)


@final
@attrs.frozen(kw_only=True)
class SymbolSource(DiscreteSource):
    """Symbols 0 .. A-1 with given probabilities."""

    name: ClassVar[str] = "symbols"

    law: tuple[float, ...] = attrs.field(
        validator=Range(ge=0, le=1), metadata=doc("P(0) .. P(A-1), sum 1")
    )

    def __attrs_post_init__(self) -> None:
        require_law(self.law, "$.law")

    def probabilities(self) -> NDArray[np.float64]:
        return np.array(self.law)

    def sample(self, batch: int, generator: Generator) -> Tensor:
        return draw(self.probabilities(), (batch, 1), generator)
