"""Nested scalar quantization: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, final

import attrs

from wzsim.contracts import (
    DensityPair,
    DesignProblem,
    Encoder,
    EncoderConfig,
    OneOf,
    Range,
    State,
    doc,
)

if TYPE_CHECKING:
    from torch import Generator
PlaneOrder = Literal["most-significant-first", "least-significant-first"]


@final
@attrs.frozen(kw_only=True)
class NsqConfig(EncoderConfig):
    """floor((x - offset) / step) mod M_1 ... M_K, split into planes, one a stage."""

    name: ClassVar[str] = "nsq"

    step: float | None = attrs.field(
        default=None,
        validator=Range(gt=0),
        metadata=doc("cell width [units]; default: the best for training.lagrange_multiplier"),
    )
    offset: float = attrs.field(
        default=0.0, validator=Range(), metadata=doc("a threshold [units]; 0 puts one at zero")
    )
    plane_order: PlaneOrder = attrs.field(
        default="most-significant-first",
        validator=OneOf(("most-significant-first", "least-significant-first")),
        metadata=doc("which digits of the index the first stage sends"),
    )

    def refusal(self, problem: DesignProblem) -> str | None:
        if not isinstance(problem.pair, DensityPair):
            return "it needs a source and a channel with densities"
        if self.step is None and problem.objective is None:
            return "it needs a 'step', or training.lagrange_multiplier to find the best one"
        return None

    def build(self, problem: DesignProblem, generator: Generator) -> Encoder:
        from wzsim.builtin.scalar.partition_encoder import PartitionEncoder
        from wzsim.builtin.scalar.prices import design_prices
        from wzsim.theory.design import best_step, nested_uniform

        assert isinstance(problem.pair, DensityPair)
        step, sizes = self.step, problem.shape.alphabet_sizes
        if step is None:
            step = best_step(problem.pair, design_prices(problem), self.offset)
        partition = nested_uniform(
            problem.pair,
            step,
            self.offset,
            sizes,
            least_significant_first=self.plane_order == "least-significant-first",
        )
        return PartitionEncoder(problem.shape, partition, {"step": step})

    def restore(self, problem: DesignProblem, state: State) -> Encoder:
        from wzsim.builtin.scalar.partition_encoder import PartitionEncoder, restored_partition

        return PartitionEncoder(problem.shape, restored_partition(problem.shape, state), {})
