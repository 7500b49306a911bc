"""`ideal-sw`: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.builtin.scalar.limits import why_not_own_law
from wzsim.contracts import (
    DesignProblem,
    Encoder,
    RateEstimator,
    RateEstimatorConfig,
    State,
)

if TYPE_CHECKING:
    from torch import Generator


@final
@attrs.frozen(kw_only=True)
class IdealSlepianWolfConfig(RateEstimatorConfig):
    """H(m_k | m_1^{k-1}, Y) of the hard encoder, exactly, whatever the encoder is.

    With samples only it is a held-out cross-entropy, and says so.
    """

    name: ClassVar[str] = "ideal-sw"
    uses_side_information: ClassVar[bool] = True

    def refusal(self, problem: DesignProblem) -> str | None:
        return why_not_own_law(problem)

    def stand_in(self, problem: DesignProblem) -> RateEstimatorConfig:
        from wzsim.builtin.rates.priors import ConditionalConfig

        return ConditionalConfig()

    def build(
        self, problem: DesignProblem, encoder: Encoder, generator: Generator
    ) -> RateEstimator:
        from wzsim.builtin.scalar.exact_parts import build_rate

        return build_rate(problem, encoder, generator, conditional=True)

    def restore(self, problem: DesignProblem, state: State) -> RateEstimator:
        from wzsim.builtin.scalar.exact_parts import restore_rate

        return restore_rate(problem, state, conditional=True)
