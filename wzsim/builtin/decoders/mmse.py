"""`mmse`: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.builtin.scalar.limits import why_not_own_law
from wzsim.contracts import (
    Decoder,
    DecoderConfig,
    DesignProblem,
    Encoder,
    State,
)

if TYPE_CHECKING:
    from torch import Generator


@final
@attrs.frozen(kw_only=True)
class MmseConfig(DecoderConfig):
    """E[X | m_1^k, y] of the hard encoder, exactly; beside a learned one a network trains first."""

    name: ClassVar[str] = "mmse"

    def refusal(self, problem: DesignProblem) -> str | None:
        if problem.distortion.name != "squared-error":
            return f"the conditional mean is not the best for '{problem.distortion.name}'"
        return why_not_own_law(problem)

    def stand_in(self, problem: DesignProblem) -> DecoderConfig:
        from wzsim.builtin.decoders.mlp_monolithic import MlpMonolithicDecoderConfig
        from wzsim.builtin.decoders.rnn_layered import RnnLayeredDecoderConfig

        if problem.shape.stages == 1:
            return MlpMonolithicDecoderConfig()
        return RnnLayeredDecoderConfig()

    def build(self, problem: DesignProblem, encoder: Encoder, generator: Generator) -> Decoder:
        from wzsim.builtin.scalar.exact_parts import build_decoder

        return build_decoder(problem, encoder, generator)

    def restore(self, problem: DesignProblem, state: State) -> Decoder:
        from wzsim.builtin.scalar.exact_parts import restore_decoder

        return restore_decoder(problem, state)
