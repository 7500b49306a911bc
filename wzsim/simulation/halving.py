"""Exact training without a teacher: gradients alone, and successive halving of restarts."""

from __future__ import annotations

import math
from typing import final

import numpy as np
import torch
from torch import Tensor

from wzsim.contracts import DesignProblem, State
from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.checkpoint import Course, UnfitError, joined, required, under
from wzsim.simulation.descent import Cycle, Prices
from wzsim.simulation.ensemble import side_by_side, terms_of_all
from wzsim.simulation.expectation import Terms, as_drawn, as_used, expectation_of
from wzsim.simulation.gumbel import LearnedParts
from wzsim.simulation.report import Report
from wzsim.simulation.restarts import Restarts, due, segments
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.tensors import generator_state, load_generator

SOFT = 0.8
"""Share of the steps with soft messages where there is no teacher; the rest is the refit."""

LEAD = 0.15
"""Share of the soft steps in which the encoder waits: rate estimator and decoder first learn what
its messages say, or silence would look cheaper."""


@final
class Candidate:
    """A restart that gradients move."""

    def __init__(
        self, restart: int, parts: LearnedParts, prices: Prices, training: ExactTraining, soft: int
    ) -> None:
        self.restart, self.parts = restart, parts
        self._prices, self._training, self._soft = prices, training, soft
        self._lead = round(LEAD * soft)
        rate = training.learning_rate
        self._encoding = Cycle(parts.encoder.parameters(), rate, soft - self._lead)
        self.decoding = Cycle(_others(parts), rate, soft)
        self.hard = False
        """Whether its encoder is used as it is, and only the others move."""
        self.rates = self.distortions = torch.empty(0)
        self.entropy_weight = 0.0
        self.score = torch.tensor(math.inf)

    def loss(self, step: int, terms: Terms) -> Tensor:
        """Of these terms, with the encoder's entropy at its weight of this step."""
        self.entropy_weight = self._training.entropy_weight.at(step, self._soft)
        rates = terms.cross_entropy + self.entropy_weight * terms.negative_entropy
        loss = self._prices.of_rates(rates) + self._prices.of_distortions(terms.distortion)
        self.rates = (terms.cross_entropy + terms.negative_entropy).detach()
        self.distortions = terms.distortion.detach()
        self.score = loss.detach()
        return loss

    def advance(self, step: int) -> None:
        """Move by the gradient."""
        self.decoding.step()
        if step < self._lead:
            self._encoding.forget()
        else:
            self._encoding.step()

    def harden(self) -> None:
        """Begin the refit on hard messages."""
        steps = self._training.steps - self._soft
        self.decoding = Cycle(_others(self.parts), self._training.learning_rate, steps)
        self.hard, self.entropy_weight = True, 0.0

    def refit(self, terms: Terms) -> None:
        """One step on the terms of its hard messages."""
        self.rates, self.distortions = terms.cross_entropy.detach(), terms.distortion.detach()
        loss = self._prices.of_rates(terms.cross_entropy)
        self.decoding.descend(loss + self._prices.of_distortions(terms.distortion))

    def state(self) -> State:
        """All that the steps move."""
        return joined(
            {"restart": np.array(self.restart), "hard": np.array(self.hard)},
            parts=self.parts.state(),
            encoding=self._encoding.state(),
            decoding=self.decoding.state(),
        )

    def load(self, state: State) -> None:
        """Back to where `state` was taken."""
        if required(state, "hard", np.bool_, ()):
            self.harden()
        self.parts.load(under(state, "parts"))
        self._encoding.load(under(state, "encoding"))
        self.decoding.load(under(state, "decoding"))


@final
class Halving:
    """The restarts that are left, best first, and the points that they share."""

    def __init__(self, problem: DesignProblem, training: ExactTraining, restarts: Restarts) -> None:
        self._training, self._restarts = training, restarts
        self._generator = restarts.generator
        self._prices = Prices(problem, self._generator.device)
        self._expectation = expectation_of(problem, training.batch_size, self._generator.device)
        self.soft = max(1, round(SOFT * training.steps))
        """Steps with soft messages."""
        self.count = training.candidates(taught=False)
        halvings = math.ceil(math.log2(self.count))
        self.drops = {
            round(self.soft * (LEAD + (0.5 - LEAD) * (k + 1) / halvings)) for k in range(halvings)
        }
        """Steps after which the worse half is dropped."""
        self.candidates = [self._candidate(restart) for restart in range(self.count)]

    @property
    def best(self) -> Candidate:
        """Of the last step of `descend`."""
        return self.candidates[0]

    def descend(self, steps: range) -> None:
        """Gradients on soft messages."""
        for step in steps:
            drawn = self._expectation.draw(self._generator)
            for group in side_by_side(self.candidates, self._generator.device):
                found = terms_of_all([one.parts for one in group], drawn, as_drawn)
                losses = [one.loss(step, term) for one, term in zip(group, found, strict=True)]
                torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]  # of torch
                for candidate in group:
                    candidate.advance(step)
        self.candidates.sort(key=lambda candidate: float(candidate.score))
        if steps.stop in self.drops:
            self.candidates = self.candidates[: -(-len(self.candidates) // 2)]

    def refit(self, steps: range) -> None:
        """Rate estimator and decoder of the best, on its hard messages."""
        if not self.best.hard:
            self.best.harden()
        for _ in steps:
            self.best.refit(self._expectation.draw(self._generator).terms(self.best.parts, as_used))

    def state(self) -> State:
        """The restarts that are left, in order, and what is drawn next."""
        return joined(
            {
                "left": np.array(len(self.candidates)),
                "generator": generator_state(self._generator),
            },
            **{str(rank): candidate.state() for rank, candidate in enumerate(self.candidates)},
        )

    def load(self, state: State) -> None:
        """Back to where `state` was taken."""
        left = int(required(state, "left", np.int64, ()))
        if not 0 < left <= self.count:
            raise UnfitError("it has more restarts than the training")
        load_generator(self._generator, state, "generator")
        self.candidates = []
        for rank in range(left):
            kept = under(state, str(rank))
            self.candidates.append(self._candidate(int(required(kept, "restart", np.int64, ()))))
            self.candidates[-1].load(kept)

    def _candidate(self, restart: int) -> Candidate:
        parts = self._restarts.parts(restart)
        return Candidate(restart, parts, self._prices, self._training, self.soft)


def descend(
    problem: DesignProblem,
    training: ExactTraining,
    restarts: Restarts,
    report: Report,
    course: Course,
) -> tuple[LearnedParts, TrainingHistory]:
    """Gradients alone: successive halving of restarts, then a refit on hard messages."""
    halving = Halving(problem, training, restarts)
    course.add("halving", halving)
    course.add("report", report)
    for steps in course.over(segments(training, [*halving.drops, halving.soft])):
        if steps.start < halving.soft:
            halving.descend(steps)
        else:
            halving.refit(steps)
        if due(training, steps.stop):
            best = halving.best
            report.add(
                f"at step {steps.stop}",
                best.rates,
                best.distortions,
                best.entropy_weight,
                best.decoding.learning_rate,
            )
    notes: dict[str, float | int | str] = {
        "start": "random",
        "restarts": halving.count,
        "teacher": "none",
    }
    return halving.best.parts, report.history(notes)


def _others(parts: LearnedParts) -> list[torch.nn.Parameter]:
    """Parameters of rate estimator and decoder."""
    return [*parts.rate_estimator.parameters(), *parts.decoder.parameters()]
