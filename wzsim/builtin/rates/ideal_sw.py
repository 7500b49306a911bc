"""`ideal-sw`: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.contracts import (
    DensityPair,
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
    """H(m_k | m_1^{k-1}, Y) of the hard encoder, exactly, whatever the encoder is."""

    name: ClassVar[str] = "ideal-sw"
    uses_side_information: ClassVar[bool] = True

    def refusal(self, problem: DesignProblem) -> str | None:
        if not isinstance(problem.pair, DensityPair):
            return "it is exact, and that needs a source and a channel with densities"
        return None

    def stand_in(self, problem: DesignProblem) -> RateEstimatorConfig:
        from wzsim.builtin.rates.priors import ConditionalConfig

        return ConditionalConfig()

    def build(
        self, problem: DesignProblem, encoder: Encoder, generator: Generator
    ) -> RateEstimator:
        from wzsim.builtin.scalar.exact_parts import encoder_state, exact_rate

        return exact_rate(problem, encoder_state(problem, encoder), conditional=True)

    def restore(self, problem: DesignProblem, state: State) -> RateEstimator:
        from wzsim.builtin.scalar.exact_parts import exact_rate

        return exact_rate(problem, state, conditional=True)
