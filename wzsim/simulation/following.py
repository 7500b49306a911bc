"""Exact training with a teacher: three fits side by side, each without noise."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
import torch

from wzsim.contracts import (
    DensityPair,
    DesignProblem,
    ScalarEncoder,
)
from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.descent import Cycle, Prices
from wzsim.simulation.fitting import Law, cells_of, laws_of
from wzsim.simulation.gumbel import LearnedParts
from wzsim.simulation.report import Report
from wzsim.simulation.restarts import Restarts, due, segments
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.teacher import find_teacher
from wzsim.theory.encoder import encoder_partition
from wzsim.theory.lloyd import lloyd_grid, partition_of
from wzsim.theory.partition import Partition

FOLLOWING = 0.5
"""Share of the steps in which an encoder follows its teacher; the rest fits the others to it."""

ENCODER_RATE = 0.3
"""Of the learning rate: the encoder's, whose thresholds a faster one leaves blurred."""


@final
class Pupil:
    """The parts on their way to a partition: the encoder to its cells, the others to its law."""

    def __init__(
        self,
        parts: LearnedParts,
        problem: DesignProblem,
        training: ExactTraining,
        device: torch.device,
    ) -> None:
        assert isinstance(problem.pair, DensityPair)
        self.parts, self._pair, self._device = parts, problem.pair, device
        self.following = max(1, round(FOLLOWING * training.steps))
        self._prices, highest = Prices(problem, device), training.learning_rate
        self._encoding = Cycle(parts.encoder.parameters(), ENCODER_RATE * highest, self.following)
        self._estimating = Cycle(parts.rate_estimator.parameters(), highest, training.steps)
        self.decoding = Cycle(parts.decoder.parameters(), highest, training.steps)
        self._laws: list[Law] = []

    def set_laws(self, partition: Partition) -> None:
        """What rate estimator and decoder are fitted to from now on."""
        self._laws = laws_of(self._pair, partition, self._device)

    def set_cells(self, partition: Partition) -> None:
        """What the encoder is fitted to."""
        self._cells = cells_of(self._pair, partition, self._device)

    def encode(self, steps: range) -> None:
        """Fit the encoder."""
        for step in steps:
            cells = self._cells[step % len(self._cells)]
            self._encoding.descend(cells.cross_entropy(self.parts.encoder))

    def estimate(self, steps: range) -> None:
        """Fit the rate estimator."""
        for step in steps:
            rates = self._laws[step % len(self._laws)].cross_entropies(self.parts.rate_estimator)
            self._estimating.descend(self._prices.of_rates(rates))

    def decode(self, steps: range) -> None:
        """Fit the decoder."""
        for step in steps:
            distortions = self._laws[step % len(self._laws)].distortions(self.parts.decoder)
            self.decoding.descend(self._prices.of_distortions(distortions))


def follow(
    parts: LearnedParts,
    problem: DesignProblem,
    training: ExactTraining,
    restarts: Restarts,
    report: Report,
) -> TrainingHistory:
    """The encoder follows a teacher; then the others follow its own hard messages."""
    pair, device = problem.pair, restarts.generator.device
    assert isinstance(pair, DensityPair)
    assert isinstance(parts.encoder, ScalarEncoder)
    seed = int(torch.randint(2**62, (1,), generator=restarts.generator, device=device))
    rng = np.random.default_rng(seed)
    teacher = find_teacher(problem, training, restarts, rng, report.search_advanced)
    report.price = teacher.objective
    problem = attrs.evolve(problem, objective=teacher.objective)
    pupil = Pupil(parts, problem, training, device)
    pupil.set_cells(teacher.partition)
    pupil.set_laws(teacher.partition)
    grid = lloyd_grid(pair)
    report.begin_steps()
    for steps in segments(training, training.steps, [pupil.following]):
        if steps.start == pupil.following:
            pupil.set_laws(encoder_partition(parts.encoder, pair)[0])
        pupil.decode(steps)
        pupil.estimate(steps)
        if steps.stop <= pupil.following:
            pupil.encode(steps)
        if due(training, steps.stop):
            # The history is that of its own messages, to the resolution of the grid.
            labels = parts.encoder.message_index(grid.x)
            own = partition_of(grid, labels, problem.shape.alphabet_sizes)
            law = laws_of(pair, own, device)[0]
            with torch.no_grad():
                rates = law.cross_entropies(parts.rate_estimator)
                distortions = law.distortions(parts.decoder)
            report.add(steps.stop, rates, distortions, 0.0, pupil.decoding.learning_rate)
    return report.history(
        {
            "start": teacher.start,
            "teacher": "lloyd",
            "teacher_loss": teacher.loss,
            **teacher.notes,
        }
    )
