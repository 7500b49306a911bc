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
    State,
)
from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.checkpoint import Course, joined, under
from wzsim.simulation.descent import Cycle, Prices
from wzsim.simulation.fitting import Law, cells_of, laws_of
from wzsim.simulation.gumbel import LearnedParts
from wzsim.simulation.report import Report
from wzsim.simulation.restarts import Restarts, due, segments
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.teacher import Teacher, find_teacher
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
        self.follows = True
        """Whether the teacher's messages are learned, and not the encoder's own."""

    def set_teacher(self, partition: Partition) -> None:
        """What all three are fitted to at first."""
        self._cells = cells_of(self._pair, partition, self._device)
        self._laws = laws_of(self._pair, partition, self._device)

    def leave_teacher(self) -> None:
        """From now on rate estimator and decoder are fitted to the encoder's own messages."""
        assert isinstance(self.parts.encoder, ScalarEncoder)
        own = encoder_partition(self.parts.encoder, self._pair)[0]
        self._laws, self.follows = laws_of(self._pair, own, self._device), False

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

    def state(self) -> State:
        """All that the steps move; laws and cells follow from the teacher and the encoder."""
        return joined(
            parts=self.parts.state(),
            encoding=self._encoding.state(),
            estimating=self._estimating.state(),
            decoding=self.decoding.state(),
        )

    def load(self, state: State) -> None:
        """Back to where `state` was taken."""
        self.parts.load(under(state, "parts"))
        self._encoding.load(under(state, "encoding"))
        self._estimating.load(under(state, "estimating"))
        self.decoding.load(under(state, "decoding"))


def follow(
    parts: LearnedParts,
    problem: DesignProblem,
    training: ExactTraining,
    restarts: Restarts,
    report: Report,
    course: Course,
) -> TrainingHistory:
    """The encoder follows a teacher; then the others follow its own hard messages."""
    pair, device = problem.pair, restarts.generator.device
    assert isinstance(pair, DensityPair)
    assert isinstance(parts.encoder, ScalarEncoder)
    seed = int(torch.randint(2**62, (1,), generator=restarts.generator, device=device))
    rng = np.random.default_rng(seed)
    teacher = course.once(
        "teacher",
        lambda: find_teacher(problem, training, restarts, rng, report.search_advanced),
        lambda state: Teacher.restored(state, problem.shape),
    )
    report.price = teacher.objective
    pupil = Pupil(parts, attrs.evolve(problem, objective=teacher.objective), training, device)
    pupil.set_teacher(teacher.partition)
    grid = lloyd_grid(pair)
    report.begin_steps()
    course.add("pupil", pupil)
    course.add("report", report)
    for steps in course.over(segments(training, [pupil.following])):
        if pupil.follows and steps.start >= pupil.following:
            pupil.leave_teacher()
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
            rate = pupil.decoding.learning_rate
            report.add(f"at step {steps.stop}", rates, distortions, 0.0, rate)
    return report.history(
        {
            "start": teacher.start,
            "teacher": "lloyd",
            "teacher_loss": teacher.loss,
            **teacher.notes,
        }
    )
