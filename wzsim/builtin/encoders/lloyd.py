"""The designed quantizer: what a scenario says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

import attrs

from wzsim.contracts import (
    DesignProblem,
    Encoder,
    EncoderConfig,
    Range,
    State,
    doc,
    single_letter,
)
from wzsim.theory.rate_limits import impossible_rate

if TYPE_CHECKING:
    from torch import Generator

    from wzsim.theory.design import LloydDesign
    from wzsim.theory.partition import Partition


@final
@attrs.frozen(kw_only=True)
class LloydConfig(EncoderConfig):
    """The best scalar layered code that Lloyd's iteration finds from many starts.

    A source with memory is quantized sample by sample, as its single letters ask for.
    """

    name: ClassVar[str] = "lloyd"

    nested_starts: int = attrs.field(
        default=30, validator=Range(ge=0), metadata=doc("starts from nested uniform quantizers")
    )
    annealed_starts: int = attrs.field(
        default=30, validator=Range(ge=0), metadata=doc("starts by deterministic annealing")
    )
    search_rounds: int = attrs.field(
        default=40, validator=Range(ge=0), metadata=doc("rounds of splicing the best ones")
    )

    start_thresholds: tuple[float, ...] | None = attrs.field(
        default=None,
        validator=Range(),
        metadata=doc("thresholds of one more start, such as a learned code, ascending [units]"),
    )
    start_labels: tuple[int, ...] | None = attrs.field(
        default=None,
        validator=Range(ge=0),
        metadata=doc("message of each cell of that start, m_1 the most significant digit"),
    )

    def refusal(self, problem: DesignProblem) -> str | None:
        if single_letter(problem.pair) is None:
            return "it needs a source and a channel with densities"
        if problem.objective is None:
            if problem.target_rate is None:
                return (
                    "it needs training.lagrange_multiplier, the price of distortion, or "
                    "training.target_rate"
                )
            reason = impossible_rate(problem.shape.alphabet_sizes, problem.target_rate)
            if reason is not None:
                return reason
        try:
            self._given(problem)
        except ValueError as error:
            return f"its start is no partition: {error}"
        return None

    def _given(self, problem: DesignProblem) -> list[Partition]:
        """The start that the scenario gives, if it gives one; raises ValueError for a wrong one."""
        import numpy as np

        from wzsim.theory.partition import Partition

        if self.start_thresholds is None and self.start_labels is None:
            return []
        thresholds = np.array(self.start_thresholds or (), dtype=np.float64)
        labels = np.array(self.start_labels or (), dtype=np.int64)
        return [Partition(thresholds, labels, problem.shape.alphabet_sizes)]

    def build(self, problem: DesignProblem, generator: Generator) -> Encoder:
        import numpy as np

        from wzsim.builtin.scalar.partition_encoder import PartitionEncoder

        design, notes = self._designed(problem, generator)
        notes |= {"start": design.family, "loss": design.loss}
        for family, losses in design.starts.items():
            least, median, most = np.quantile(losses, [0.0, 0.5, 1.0])
            notes[f"{family}_starts"] = len(losses)
            notes[f"{family}_least_loss"] = float(least)
            notes[f"{family}_median_loss"] = float(median)
            notes[f"{family}_largest_loss"] = float(most)
        return PartitionEncoder(problem.shape, design.partition, notes)

    def _designed(
        self, problem: DesignProblem, generator: Generator
    ) -> tuple[LloydDesign, dict[str, float | int | str]]:
        """The design, and the prices that it found if it had a rate to meet."""
        import numpy as np
        import torch

        from wzsim.theory.design import design_lloyd
        from wzsim.theory.lloyd_search import Effort
        from wzsim.theory.prices import design_prices, price_notes
        from wzsim.theory.target_rate import design_for_rate

        pair = single_letter(problem.pair)
        assert pair is not None
        seed = int(torch.randint(2**62, (1,), generator=generator, device=generator.device))
        effort = Effort(
            nested=self.nested_starts, annealed=self.annealed_starts, rounds=self.search_rounds
        )
        rng, given = np.random.default_rng(seed), self._given(problem)
        if problem.target_rate is None:
            design = design_lloyd(pair, design_prices(problem), effort, rng, given)
            return design, {}
        found = design_for_rate(
            pair,
            problem.shape.alphabet_sizes,
            problem.target_rate,
            conditional=problem.rate_estimator.uses_side_information,
            effort=effort,
            rng=rng,
            rate_weights=problem.rate_weights,
            given=given,
        )
        return found.design, price_notes(found.objective)

    def restore(self, problem: DesignProblem, state: State) -> Encoder:
        from wzsim.builtin.scalar.partition_encoder import PartitionEncoder, restored_partition

        return PartitionEncoder(problem.shape, restored_partition(problem.shape, state), {})
