"""The decoder: from the message and the side information to the reconstruction."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

import attrs

from wzsim.contracts.component import Component
from wzsim.contracts.message import Message, RelaxedMessage
from wzsim.contracts.state import State, Stateful, Trainable

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from wzsim.contracts.code import DesignProblem
    from wzsim.contracts.encoder import Encoder


class Decoder(Stateful):
    """Gives x_hat_k from m_1^k and y, and from nothing else."""

    @abstractmethod
    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """x_hat_1 .. x_hat_K, each of shape (batch, n) for a real reconstruction.

        A decoder for a distortion on distributions returns (batch, n, A). A
        message cut after k stages gives the first k reconstructions.
        y: shape (batch, n).
        """


class PrefixTreeDecoder(Decoder):
    """A decoder that can be evaluated on all prefixes at once, one symbol a stage."""

    @abstractmethod
    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        """x_hat_k for every m_1^k: stage k has shape (batch, M_1 ... M_k).

        y: shape (batch, 1). The prefix index counts m_1 as the most significant digit.
        """


class LearnedDecoder(PrefixTreeDecoder, Trainable):
    """A decoder whose parameters a gradient moves."""

    @abstractmethod
    def reconstruct_relaxed(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        """x_hat_1 .. x_hat_K along one relaxed message, each of shape (batch, n)."""


@attrs.frozen(kw_only=True)
class DecoderConfig(Component):
    """What a scenario says of its decoder."""

    kind: ClassVar[str] = "decoder"

    learned: ClassVar[bool] = False
    """Whether `build` gives a `LearnedDecoder`, which needs an encoder that learns beside it."""

    def refusal(self, problem: DesignProblem) -> str | None:
        """Why this decoder cannot serve the problem, before any work; None when it can."""
        return None

    def stand_in(self, problem: DesignProblem) -> DecoderConfig:
        """What is trained in its place beside a learned encoder; then `build` sees that encoder.

        By default the decoder itself, which then has to be a `LearnedDecoder`.
        """
        return self

    @abstractmethod
    def build(self, problem: DesignProblem, encoder: Encoder, generator: Generator) -> Decoder:
        """Beside a learned encoder an untrained network, beside another one exact."""

    @abstractmethod
    def restore(self, problem: DesignProblem, state: State) -> Decoder:
        """The decoder whose `state()` this is; the problem is the one it was built for."""
