"""Memoryless channels between finite alphabets."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import DiscreteChannel, Range, doc
from wzsim.errors import Problem, ScenarioError
from wzsim_discrete.sources import require_law

if TYPE_CHECKING:
    from torch import Generator, Tensor


@attrs.frozen(kw_only=True)
class TableChannel(DiscreteChannel):
    """A channel that is drawn from its transition matrix."""

    def sample(self, given: Tensor, generator: Generator) -> Tensor:
        import torch

        edges = torch.from_numpy(np.cumsum(self.transition_matrix(), axis=1)[:, :-1])
        uniform = torch.rand(
            (*given.shape, 1), dtype=torch.float64, generator=generator, device=given.device
        )
        rows = edges.to(given.device)[given]
        return (uniform >= rows).sum(dim=-1).to(given.dtype)


@final
@attrs.frozen(kw_only=True)
class BinarySymmetricChannel(TableChannel):
    """Each bit is flipped with probability `crossover`."""

    name: ClassVar[str] = "binary-symmetric"

    crossover: float = attrs.field(validator=Range(ge=0, le=1), metadata=doc("P(flipped)"))

    def transition_matrix(self) -> NDArray[np.float64]:
        p = self.crossover
        return np.array([[1 - p, p], [p, 1 - p]])


@final
@attrs.frozen(kw_only=True)
class ZChannel(TableChannel):
    """A 1 becomes 0 with probability `loss`; a 0 stays."""

    name: ClassVar[str] = "z-channel"

    loss: float = attrs.field(validator=Range(ge=0, le=1), metadata=doc("P(0 | 1)"))

    def transition_matrix(self) -> NDArray[np.float64]:
        return np.array([[1.0, 0.0], [self.loss, 1 - self.loss]])


@final
@attrs.frozen(kw_only=True)
class ErasureChannel(TableChannel):
    """A symbol is lost with probability `erasure`; the output A says so."""

    name: ClassVar[str] = "erasure"

    erasure: float = attrs.field(validator=Range(ge=0, le=1), metadata=doc("P(lost)"))
    alphabet: int = attrs.field(
        default=2, validator=Range(ge=2, le=4096), metadata=doc("symbols of the input, A")
    )

    def transition_matrix(self) -> NDArray[np.float64]:
        kept = (1 - self.erasure) * np.eye(self.alphabet)
        return np.hstack([kept, np.full((self.alphabet, 1), self.erasure)])


@final
@attrs.frozen(kw_only=True)
class MatrixChannel(TableChannel):
    """Any channel between finite alphabets, row after row."""

    name: ClassVar[str] = "matrix"

    inputs: int = attrs.field(validator=Range(ge=1, le=4096), metadata=doc("symbols of the input"))
    transition: tuple[float, ...] = attrs.field(
        validator=Range(ge=0, le=1),
        metadata=doc("p(output | input), the rows one after the other; each sums to 1"),
    )

    def __attrs_post_init__(self) -> None:
        if not self.transition or len(self.transition) % self.inputs:
            message = f"{len(self.transition)} numbers do not make {self.inputs} equal rows"
            raise ScenarioError([Problem(message, "$.transition")])
        for row in self.transition_matrix():
            require_law(tuple(row), "$.transition")

    def transition_matrix(self) -> NDArray[np.float64]:
        return np.array(self.transition).reshape(self.inputs, -1)
