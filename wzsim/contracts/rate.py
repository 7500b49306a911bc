"""The rate estimator: how many bits an ideal lossless coder spends on the message."""

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


class RateEstimator(Stateful):
    """Code lengths -log q(m_k | m_1^{k-1} [, y]).

    A marginal estimator ignores y (rate of an ideal entropy coder, Eq. (8) of
    the paper); a conditional one uses it (rate of an ideal Slepian-Wolf coder,
    Eq. (9)).
    """

    basis: str = "cross-entropy of a model"
    """What kind of number its rates are; shown beside them."""

    @abstractmethod
    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """-log q of the symbols sent [nat]; stage k has shape (batch, S_k).

        q may depend on all earlier symbols, those of the same stage included.
        y: shape (batch, n).
        """


class PrefixTreeRateEstimator(RateEstimator):
    """An estimator that can be evaluated on all prefixes at once, one symbol a stage.

    Exact expectation, exact rates and soft decoding need it.
    """

    @abstractmethod
    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        """log q(m_k | m_1^{k-1} [, y]) for every prefix [nat].

        y: shape (batch, n). Stage k has shape (batch, M_1 ... M_{k-1}, M_k), the
        prefix index counting m_1 as the most significant digit; batch may be 1
        where q does not depend on y.
        """


class LearnedRateEstimator(PrefixTreeRateEstimator, Trainable):
    """An estimator whose parameters a gradient moves."""

    @abstractmethod
    def log_probs(self, message: RelaxedMessage, y: Tensor) -> tuple[Tensor, ...]:
        """log q over each stage's alphabet along one relaxed message [nat].

        Stage k has shape (batch, S_k, M_k). No gradient flows into `message`
        (the paper's stop-gradient).
        """


@attrs.frozen(kw_only=True)
class RateEstimatorConfig(Component):
    """What a scenario says of its rate estimator."""

    kind: ClassVar[str] = "rate_estimator"

    uses_side_information: ClassVar[bool]
    """Whether q sees y: the rate of a Slepian-Wolf coder instead of an entropy coder."""

    def refusal(self, problem: DesignProblem) -> str | None:
        """Why this estimator cannot serve the problem, before any work; None when it can."""
        return None

    def stand_in(self, problem: DesignProblem) -> RateEstimatorConfig:
        """What is trained in its place beside a learned encoder; then `build` sees that encoder.

        By default the estimator itself, which then has to be a `LearnedRateEstimator`.
        """
        return self

    @abstractmethod
    def build(
        self, problem: DesignProblem, encoder: Encoder, generator: Generator
    ) -> RateEstimator:
        """Beside a learned encoder an untrained network, beside another one exact."""

    @abstractmethod
    def restore(self, problem: DesignProblem, state: State) -> RateEstimator:
        """The estimator whose `state()` this is; the problem is the one it was built for."""
