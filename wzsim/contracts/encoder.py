"""The encoder: from x to the message. It never sees the side information."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts.component import Component
from wzsim.contracts.message import Message, MessageShape, RelaxedMessage
from wzsim.contracts.state import State, Stateful, Trainable

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from wzsim.contracts.code import DesignProblem

    Choose = Callable[[int, Tensor], Tensor]
    """choose(k, log p of shape (batch, S, M)) -> a point of the simplex a symbol, same shape."""


class Encoder(Stateful):
    """All that every encoder can do, a trellis and a block quantizer included."""

    shape: MessageShape

    @abstractmethod
    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        """The message of each block.

        x: shape (batch, n). `common_randomness` is what `draw_common_randomness`
        gave for the same blocks.
        """

    @property
    def notes(self) -> Mapping[str, float | int | str]:
        """What a design says of itself (a step, a start, a spread), kept in the result."""
        return {}

    def draw_common_randomness(self, batch: int, generator: Generator) -> Tensor | None:
        """Randomness that encoder, rate estimator and decoder share (a subtractive dither).

        Returns shape (batch, n), or None for an encoder that uses none.
        """
        return None


class StochasticEncoder(Encoder):
    """An encoder with probabilities log p(m_k | m_1^{k-1}, x)."""

    @abstractmethod
    def draw(self, x: Tensor, choose: Choose) -> tuple[tuple[Tensor, ...], RelaxedMessage]:
        """Walk through the stages; at each, `choose` turns probabilities into symbols.

        Stage k calls `choose(k, log_p)` with k = 0 .. K-1 and log_p of shape
        (batch, S_k, M_k) [nat], and goes on from what it returned. With a
        Gumbel-softmax as `choose` this is relaxed sampling, with a one-hot
        argmax it is hard encoding. A product encoder is free to compute all
        stages at once.

        Returns the log p of all stages and the chosen message.
        """

    @abstractmethod
    def tree_log_probs(self, x: Tensor) -> tuple[Tensor, ...]:
        """log p(m_k | m_1^{k-1}, x) for all prefixes at once [nat], one symbol a stage.

        Returns for stage k the shape (batch, M_1 ... M_{k-1}, M_k), or
        (batch, 1, M_k) where p does not depend on the prefix.
        """


class LearnedEncoder(StochasticEncoder, Trainable):
    """A stochastic encoder whose parameters a gradient moves."""


class ScalarEncoder(Encoder):
    """An encoder of single samples that, used hard, is a labelled partition of the real line.

    In blocks (n > 1) it codes each sample by the same partition, S_k = n.
    Exact rates and distortions by quadrature, and table look-up instead of a
    network, need no more than this. A learned encoder is one too where a sample's
    message depends on nothing but that sample.
    """

    @abstractmethod
    def message_index(self, x: NDArray[np.float64]) -> NDArray[np.int64]:
        """The whole message of each sample as one number, m_1 the most significant digit.

        x: shape (J,), float64, so that thresholds can be found to machine
        precision. Returns shape (J,); `encode` agrees with it up to rounding of x.
        It is the encoder as it is now: training changes it.
        """

    def thresholds(self, low: float, high: float) -> NDArray[np.float64] | None:
        """All points of (low, high) where the message changes, or None to have them searched.

        Strictly ascending, shape (C - 1,). To be listed they must be all: between
        two neighbours the message is constant.
        """
        return None


@attrs.frozen(kw_only=True)
class EncoderConfig(Component):
    """What a scenario says of its encoder."""

    kind: ClassVar[str] = "encoder"

    learned: ClassVar[bool] = False
    """Whether `build` gives a `LearnedEncoder`, to be trained by gradients."""

    def message_shape(self, alphabet_sizes: tuple[int, ...], block_length: int) -> MessageShape:
        """The shape of this encoder's messages: by default one symbol a sample and stage."""
        return MessageShape(alphabet_sizes, block_length, (block_length,) * len(alphabet_sizes))

    def refusal(self, problem: DesignProblem) -> str | None:
        """Why this encoder cannot serve the problem, before any work; None when it can."""
        return None

    @abstractmethod
    def build(self, problem: DesignProblem, generator: Generator) -> Encoder:
        """A learned encoder comes back untrained, any other one designed."""

    @abstractmethod
    def restore(self, problem: DesignProblem, state: State) -> Encoder:
        """The encoder whose `state()` this is; the problem is the one it was built for."""
