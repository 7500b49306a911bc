"""Exact training without a teacher: gradients alone, and successive halving of restarts."""

from __future__ import annotations

import math
from typing import final

import torch
from torch import Tensor

from wzsim.contracts import DesignProblem
from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.descent import Cycle, Prices
from wzsim.simulation.ensemble import side_by_side, terms_of_all
from wzsim.simulation.expectation import Terms, as_drawn, as_used, expectation_of
from wzsim.simulation.gumbel import LearnedParts
from wzsim.simulation.report import Report
from wzsim.simulation.restarts import Restarts, due, segments
from wzsim.simulation.result import TrainingHistory

SOFT = 0.8
"""Share of the steps with soft messages where there is no teacher; the rest is the refit."""

LEAD = 0.15
"""Share of the soft steps in which the encoder waits: rate estimator and decoder first learn what
its messages say, or silence would look cheaper."""


@final
class Candidate:
    """A restart that gradients move."""

    def __init__(
        self,
        parts: LearnedParts,
        prices: Prices,
        training: ExactTraining,
        steps: int,
    ) -> None:
        self.parts = parts
        self._prices, self._training, self._steps = prices, training, steps
        self._lead = round(LEAD * steps)
        rate = training.learning_rate
        self._encoding = Cycle(parts.encoder.parameters(), rate, steps - self._lead)
        self.decoding = Cycle(_others(parts), rate, steps)
        self.rates = self.distortions = torch.empty(0)
        self.score = torch.tensor(math.inf)

    def loss(self, step: int, terms: Terms) -> Tensor:
        """Of these terms, with the encoder's entropy at its weight of this step."""
        weight = self._training.entropy_weight.at(step, self._steps)
        rates = terms.cross_entropy + weight * terms.negative_entropy
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


def descend(
    problem: DesignProblem, training: ExactTraining, restarts: Restarts, report: Report
) -> tuple[LearnedParts, TrainingHistory]:
    """Gradients alone: successive halving of restarts, then a refit on hard messages."""
    generator = restarts.generator
    prices = Prices(problem, generator.device)
    expectation = expectation_of(problem, training.batch_size, generator.device)
    soft = max(1, round(SOFT * training.steps))
    count = training.candidates(taught=False)
    candidates = [
        Candidate(restarts.parts(restart), prices, training, soft) for restart in range(count)
    ]
    halvings = math.ceil(math.log2(count))
    drops = {round(soft * (LEAD + (0.5 - LEAD) * (k + 1) / halvings)) for k in range(halvings)}
    for segment in segments(training, soft, drops):
        for step in segment:
            drawn = expectation.draw(generator)
            for group in side_by_side(candidates, generator.device):
                found = terms_of_all([one.parts for one in group], drawn, as_drawn)
                losses = [one.loss(step, term) for one, term in zip(group, found, strict=True)]
                torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]  # of torch
                for candidate in group:
                    candidate.advance(step)
        candidates.sort(key=lambda candidate: float(candidate.score))
        best = candidates[0]
        if segment.stop in drops:
            candidates = candidates[: -(-len(candidates) // 2)]
        if due(training, segment.stop):
            weight = training.entropy_weight.at(segment.stop - 1, soft)
            rate = best.decoding.learning_rate
            report.add(segment.stop, best.rates, best.distortions, weight, rate)
    kept = candidates[0].parts
    decoding = Cycle(_others(kept), training.learning_rate, training.steps - soft)
    for step in range(soft + 1, training.steps + 1):
        terms = expectation.draw(generator).terms(kept, as_used)
        loss = prices.of_rates(terms.cross_entropy) + prices.of_distortions(terms.distortion)
        decoding.descend(loss)
        if due(training, step):
            figures = terms.cross_entropy.detach(), terms.distortion.detach()
            report.add(step, *figures, 0.0, decoding.learning_rate)
    return kept, report.history({"start": "random", "restarts": count, "teacher": "none"})


def _others(parts: LearnedParts) -> list[torch.nn.Parameter]:
    """Parameters of rate estimator and decoder."""
    return [*parts.rate_estimator.parameters(), *parts.decoder.parameters()]
