"""Training on the exact expectation of Eqs. (10) and (11), from start to hard codes.

With a teacher: the encoder follows it, and rate estimator and decoder follow
its exact law; then the encoder is frozen, used hard, and the other two are
fitted to the law of its own cells. Without one: gradients move all three on
the loss with the encoder's entropy priced less and less, the worse half of the
restarts is dropped again and again, and the last one's rate estimator and
decoder are fitted to its hard messages.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import final

import attrs
import numpy as np
import torch
from torch import Generator, Tensor

from wzsim.contracts import (
    DensityPair,
    DesignProblem,
    EpochFinished,
    Listener,
    ScalarEncoder,
)
from wzsim.errors import CapabilityError, RunFailedError
from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.expectation import Expectation, as_drawn, as_used, expectation_of
from wzsim.simulation.fitting import cells_of, laws_of
from wzsim.simulation.gumbel import LearnedParts
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.teacher import find_teacher, why_no_teacher
from wzsim.theory.encoder import encoder_partition
from wzsim.theory.lloyd import lloyd_grid, partition_of
from wzsim.units import BIT_PER_NAT

FOLLOWING = 0.4
"""Share of the steps in which an encoder follows its teacher; the rest fits the others to it."""

SOFT = 0.8
"""Share of the steps with soft messages where there is no teacher; the rest is the refit."""

LEAD = 0.15
"""Share of the soft steps in which the encoder waits: rate estimator and decoder first learn what
its messages say, or silence would look cheaper."""

WARM_UP = 0.15
"""Share of a cycle in which the learning rate rises."""

MOMENTS = (0.9, 0.95)
"""Of Adam: a short memory of squares, since nothing here is noisy."""


@final
class Cycle:
    """Adam with one cycle of the learning rate over a number of steps."""

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], highest: float, steps: int
    ) -> None:
        self._optimizer = torch.optim.Adam(parameters, lr=highest, betas=MOMENTS, fused=True)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, highest, total_steps=max(steps, 1) + 1, pct_start=WARM_UP
        )

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return float(self._schedule.get_last_lr()[0])

    def step(self) -> None:
        """Move the parameters by the gradients that they have."""
        self._optimizer.step()
        self._schedule.step()
        self.forget()

    def forget(self) -> None:
        """Drop the gradients."""
        self._optimizer.zero_grad()


@final
class Prices:
    """The loss of rates and distortions by stage [nat]."""

    def __init__(self, problem: DesignProblem, device: torch.device) -> None:
        self._rates = torch.tensor(problem.price.stage_rate_weights, device=device)
        self._multipliers = torch.tensor(problem.price.lagrange_multipliers, device=device)

    def of(self, rates: Tensor, distortions: Tensor) -> Tensor:
        """rates [nat] and distortions: shape (K,)."""
        return self._rates @ rates + self._multipliers @ distortions


@final
class Report:
    """Collects the history of a training and tells the listener."""

    def __init__(
        self, name: str, problem: DesignProblem, training: ExactTraining, listener: Listener
    ) -> None:
        self._name, self._problem, self._listener = name, problem, listener
        self._training, self._done = training, 0
        self._rows: list[tuple[float, list[float], list[float], float, float]] = []
        self._started = time.perf_counter()

    def due(self) -> bool:
        """Count a step; whether the history wants a row after it."""
        self._done += 1
        return self._done % self._training.report_every == 0 or self._done == self._training.steps

    def add(
        self, rates: Tensor, distortions: Tensor, temperature: float, learning_rate: float
    ) -> None:
        """One row; rates [nat] and distortions of shape (K,)."""
        price = self._problem.price
        by_stage, levels = rates.tolist(), distortions.tolist()
        loss = float(np.dot(by_stage, price.stage_rate_weights)) + float(
            np.dot(levels, price.lagrange_multipliers)
        )
        if not math.isfinite(loss):
            raise RunFailedError(
                f"the loss of {self._name} is {loss} at step {self._done}: "
                "try a smaller training.learning_rate"
            )
        bits = [rate * BIT_PER_NAT for rate in by_stage]
        self._rows.append((loss, bits, levels, temperature, learning_rate))
        self._listener(
            EpochFinished(
                name=self._name,
                epoch=len(self._rows),
                epochs=self._training.epochs,
                loss=loss,
                stage_rate=tuple(bits),
                stage_distortion=tuple(levels),
                seconds=time.perf_counter() - self._started,
            )
        )

    def history(self, notes: dict[str, float | int | str]) -> TrainingHistory:
        """All rows."""
        loss, rates, distortions, temperatures, learning_rates = zip(*self._rows, strict=True)
        return TrainingHistory(
            loss=np.array(loss),
            stage_rate=np.array(rates),
            stage_distortion=np.array(distortions),
            temperature=np.array(temperatures),
            learning_rate=np.array(learning_rates),
            seconds=time.perf_counter() - self._started,
            notes=notes,
        )


@final
@attrs.frozen
class Restarts:
    """The untrained parts of each restart, and the randomness of the rest."""

    parts: Callable[[int], LearnedParts]
    generator: Generator


def train_exact(
    problem: DesignProblem,
    training: ExactTraining,
    restarts: Restarts,
    name: str,
    listener: Listener,
) -> tuple[LearnedParts, TrainingHistory]:
    """Train and harden; same seed and threads, same weights.

    Raises RunFailedError when the loss stops being a number, CapabilityError
    where `training.init` needs what the pair does not have.
    """
    report = Report(name, problem, training, listener)
    first = restarts.parts(0)
    reason = why_no_teacher(problem, first.encoder)
    if training.teacher and reason is None:
        return first, _follow(first, problem, training, restarts, report)
    if training.init != "random":
        without = reason or "training.teacher is false"
        raise CapabilityError(f"training.init '{training.init}' is impossible: {without}")
    return _descend(problem, training, restarts, report)


def _follow(
    parts: LearnedParts,
    problem: DesignProblem,
    training: ExactTraining,
    restarts: Restarts,
    report: Report,
) -> TrainingHistory:
    """The encoder follows a teacher; then the others its own hard messages."""
    pair, device = problem.pair, restarts.generator.device
    assert isinstance(pair, DensityPair)
    assert isinstance(parts.encoder, ScalarEncoder)
    seed = int(torch.randint(2**62, (1,), generator=restarts.generator, device=device))
    teacher = find_teacher(
        problem,
        training,
        lambda restart: restarts.parts(restart).encoder,
        np.random.default_rng(seed),
    )
    prices = Prices(problem, device)
    following = max(1, round(FOLLOWING * training.steps))
    encoding = Cycle(parts.encoder.parameters(), training.learning_rate, following)
    decoding = Cycle(_others(parts), training.learning_rate, training.steps)
    cells = cells_of(pair, teacher.partition, device)
    laws = laws_of(pair, teacher.partition, device)
    grid = lloyd_grid(pair)
    for step in range(training.steps):
        if step < following:
            _backward(cells[step % len(cells)].cross_entropy(parts.encoder))
            encoding.step()
        elif step == following:
            laws = laws_of(pair, encoder_partition(parts.encoder, pair)[0], device)
        law = laws[step % len(laws)]
        _backward(prices.of(*law.terms(parts.rate_estimator, parts.decoder)))
        decoding.step()
        if report.due():
            if step < following:  # of its own messages, to the resolution of the grid
                labels = parts.encoder.message_index(grid.x)
                own = partition_of(grid, labels, problem.shape.alphabet_sizes)
                law = laws_of(pair, own, device)[0]
            with torch.no_grad():
                figures = law.terms(parts.rate_estimator, parts.decoder)
            report.add(*figures, 0.0, decoding.learning_rate)
    return report.history(
        {
            "start": training.init,
            "restarts": training.candidates(taught=True),
            "teacher": "lloyd",
            "teacher_loss": teacher.loss,
        }
    )


@final
class Candidate:
    """A restart that gradients move."""

    def __init__(
        self, parts: LearnedParts, prices: Prices, training: ExactTraining, steps: int
    ) -> None:
        self.parts, self._prices = parts, prices
        self._lead, self._done = round(LEAD * steps), 0
        rate = training.learning_rate
        self._encoding = Cycle(parts.encoder.parameters(), rate, steps - self._lead)
        self.decoding = Cycle(_others(parts), rate, steps)
        self.rates = self.distortions = torch.empty(0)
        self.score = math.inf

    def advance(self, expectation: Expectation, weight: float, generator: Generator) -> None:
        """One step with the encoder's entropy at this weight."""
        terms = expectation.terms(self.parts, as_drawn, generator)
        rates = terms.cross_entropy + weight * terms.negative_entropy
        loss = self._prices.of(rates, terms.distortion)
        _backward(loss)
        self.decoding.step()
        if self._done < self._lead:
            self._encoding.forget()
        else:
            self._encoding.step()
        self._done += 1
        self.rates = (terms.cross_entropy + terms.negative_entropy).detach()
        self.distortions = terms.distortion.detach()
        self.score = float(loss.detach())


def _descend(
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
    for step in range(soft):
        weight = training.entropy_weight.at(step, soft)
        for candidate in candidates:
            candidate.advance(expectation, weight, generator)
        candidates.sort(key=lambda candidate: candidate.score)
        best = candidates[0]
        if step in drops:
            candidates = candidates[: -(-len(candidates) // 2)]
        if report.due():
            report.add(best.rates, best.distortions, weight, best.decoding.learning_rate)
    parts = candidates[0].parts
    decoding = Cycle(_others(parts), training.learning_rate, training.steps - soft)
    for _ in range(soft, training.steps):
        terms = expectation.terms(parts, as_used, generator)
        _backward(prices.of(terms.cross_entropy, terms.distortion))
        decoding.step()
        if report.due():
            figures = terms.cross_entropy.detach(), terms.distortion.detach()
            report.add(*figures, 0.0, decoding.learning_rate)
    return parts, report.history({"start": "random", "restarts": count, "teacher": "none"})


def _others(parts: LearnedParts) -> list[torch.nn.Parameter]:
    """Parameters of rate estimator and decoder."""
    return [*parts.rate_estimator.parameters(), *parts.decoder.parameters()]


def _backward(loss: Tensor) -> None:
    loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
