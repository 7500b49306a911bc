"""Nested scalar quantization: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, final

import attrs

from wzsim.contracts import (
    AdditiveChannel,
    ComposedDensityPair,
    DesignProblem,
    Encoder,
    EncoderConfig,
    OneOf,
    Range,
    State,
    doc,
    single_letter,
)
from wzsim.theory.rate_limits import impossible_rate

if TYPE_CHECKING:
    from torch import Generator

    from wzsim.builtin.scalar.partition_encoder import PartitionEncoder
SEEN = 100_000
"""Samples that show where X lies, where no density says it."""

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
        default=0.0,
        validator=Range(ge=-1e9, le=1e9),
        metadata=doc("a threshold [units]; 0 puts one at zero, and the code is then never silent"),
    )
    plane_order: PlaneOrder = attrs.field(
        default="most-significant-first",
        validator=OneOf(("most-significant-first", "least-significant-first")),
        metadata=doc("which digits of the index the first stage sends"),
    )
    dither: bool = attrs.field(
        default=False,
        metadata=doc("whether a uniform shift, known to both ends, is added and taken off again"),
    )

    def refusal(self, problem: DesignProblem) -> str | None:
        pair = problem.pair
        if self.step is None and single_letter(pair) is None:
            return "without a 'step' it needs a source and a channel with densities"
        ways = [self.step, problem.objective, problem.target_rate]
        if sum(way is not None for way in ways) == 0:
            return (
                "it needs a 'step', or training.lagrange_multiplier or training.target_rate "
                "to find one"
            )
        if self.step is not None and problem.target_rate is not None:
            return "'step' and training.target_rate both fix the rate; give one"
        if problem.target_rate is not None:
            if isinstance(problem.target_rate, tuple) and problem.shape.stages > 1:
                return (
                    "it has one step and so one rate: give training.target_rate as one number, "
                    "the total rate, or use encoder 'lloyd'"
                )
            reason = impossible_rate(problem.shape.alphabet_sizes, problem.target_rate)
            if reason is not None:
                return reason
        shiftable = (
            isinstance(pair, ComposedDensityPair)
            and isinstance(pair.channel, AdditiveChannel)
            and pair.base == "y"
        )
        if self.dither and not shiftable:
            return "'dither' needs X = Y + N with densities: base = \"y\" and an additive channel"
        return None

    def build(self, problem: DesignProblem, generator: Generator) -> Encoder:
        from wzsim.builtin.scalar.partition_encoder import PartitionEncoder
        from wzsim.theory.design import nested_uniform

        step = self._step(problem)
        partition = nested_uniform(
            self._range(problem, step, generator),
            step,
            self.offset,
            problem.shape.alphabet_sizes,
            least_significant_first=self.plane_order == "least-significant-first",
        )
        return self._dithered(PartitionEncoder(problem.shape, partition, {"step": step}), step)

    def restore(self, problem: DesignProblem, state: State) -> Encoder:
        from wzsim.builtin.scalar.partition_encoder import PartitionEncoder, restored_partition

        partition = restored_partition(problem.shape, state)
        step = float(state["width"].item()) if self.dither else 0.0
        return self._dithered(PartitionEncoder(problem.shape, partition, {}), step)

    def _step(self, problem: DesignProblem) -> float:
        from wzsim.theory.design import best_step, step_for_rate
        from wzsim.theory.prices import design_prices

        if self.step is not None:
            return self.step
        pair = single_letter(problem.pair)
        assert pair is not None
        if problem.target_rate is None:
            return best_step(pair, design_prices(problem), self.offset)
        target = problem.target_rate
        return step_for_rate(
            pair,
            problem.shape.alphabet_sizes,
            self.offset,
            target[0] if isinstance(target, tuple) else target,
            conditional=problem.rate_estimator.uses_side_information,
        )

    def _range(
        self, problem: DesignProblem, step: float, generator: Generator
    ) -> tuple[float, float]:
        """Where X lies; for a pair of samples twice as wide as what a sample shows."""
        from wzsim.builtin.scalar.dither import shifted_pair
        from wzsim.theory.exact import TAIL

        pair = single_letter(problem.pair)
        if pair is not None:
            return (shifted_pair(pair, step) if self.dither else pair).x_interval(TAIL)
        x, _ = problem.pair.sample(SEEN, generator)
        low, high = float(x.min()), float(x.max())
        return low - 0.5 * (high - low), high + 0.5 * (high - low)

    def _dithered(self, encoder: PartitionEncoder, step: float) -> Encoder:
        from wzsim.builtin.scalar.dither import DitheredEncoder

        return DitheredEncoder(encoder, step) if self.dither else encoder
