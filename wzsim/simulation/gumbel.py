"""The paper's training: Gumbel-softmax relaxation of Eqs. (10) and (11)."""

from __future__ import annotations

from typing import final

import attrs
import torch
from torch import Generator, Tensor

from wzsim.contracts import (
    DesignProblem,
    LearnedDecoder,
    LearnedEncoder,
    LearnedRateEstimator,
    Listener,
    State,
)
from wzsim.networks.simplex import gumbel_softmax
from wzsim.scenario.model import GumbelSoftmaxTraining
from wzsim.simulation.checkpoint import Course, joined, under
from wzsim.simulation.report import Report
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.tensors import (
    adam_state,
    generator_state,
    load_adam,
    load_generator,
    load_part,
    part_state,
)


@final
@attrs.frozen
class LearnedParts:
    """The three networks that one gradient step moves together."""

    encoder: LearnedEncoder
    rate_estimator: LearnedRateEstimator
    decoder: LearnedDecoder

    def parameters(self) -> list[torch.nn.Parameter]:
        """All parameters, encoder first."""
        parts = (self.encoder, self.rate_estimator, self.decoder)
        return [parameter for part in parts for parameter in part.parameters()]

    def state(self) -> State:
        """All that training moves."""
        return joined(
            encoder=part_state(self.encoder),
            rate_estimator=part_state(self.rate_estimator),
            decoder=part_state(self.decoder),
        )

    def load(self, state: State) -> None:
        """Back to where `state` was taken."""
        load_part(self.encoder, under(state, "encoder"))
        load_part(self.rate_estimator, under(state, "rate_estimator"))
        load_part(self.decoder, under(state, "decoder"))


def relaxed_terms(
    parts: LearnedParts,
    problem: DesignProblem,
    x: Tensor,
    y: Tensor,
    temperature: float,
    generator: Generator,
) -> tuple[Tensor, Tensor]:
    """Rate and distortion of each stage on one batch of relaxed messages.

    x, y: shape (batch, n). Returns two tensors of shape (K,): the rates
    E[log p(m_k | m_1^{k-1}, x) - log q(m_k | m_1^{k-1} [, y])] in nat per source
    sample, with the relaxed symbol as the weights of the expectation over m_k,
    and the distortions E[d(x, x_hat_k)] (the two terms of Eqs. (10), (11)).
    """
    log_p, message = parts.encoder.draw(x, gumbel_softmax(temperature, generator))
    log_q = parts.rate_estimator.log_probs(message, y)
    x_hat = parts.decoder.reconstruct_relaxed(message, y)
    rates = [
        torch.linalg.vecdot(weights.flatten(), (p - q).flatten())
        for weights, p, q in zip(message.stages, log_p, log_q, strict=True)
    ]
    distortions = [problem.distortion.measure(x, estimate).mean() for estimate in x_hat]
    return torch.stack(rates) / x.numel(), torch.stack(distortions)


@final
class Stepper:
    """Adam on relaxed messages: networks, optimizer and fresh samples."""

    def __init__(
        self,
        parts: LearnedParts,
        problem: DesignProblem,
        generator: Generator,
        learning_rate: float,
    ) -> None:
        self.parts, self.problem, self.generator = parts, problem, generator
        device = generator.device
        objective = problem.price
        self._rate_prices = torch.tensor(objective.stage_rate_weights, device=device)
        self._multipliers = torch.tensor(objective.lagrange_multipliers, device=device)
        self.optimizer = torch.optim.Adam(parts.parameters(), lr=learning_rate, fused=True)

    def step(self, samples: int, temperature: float) -> Tensor:
        """One gradient step on fresh samples.

        Returns shape (2, K): rate [nat per source sample] and distortion by stage.
        """
        blocks = -(-samples // self.problem.pair.block_length)
        x, y = self.problem.pair.sample(blocks, self.generator)
        rates, distortions = relaxed_terms(
            self.parts, self.problem, x, y, temperature, self.generator
        )
        loss = rates @ self._rate_prices + distortions @ self._multipliers
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        self.optimizer.step()
        return torch.stack((rates, distortions)).detach()

    def set_learning_rate(self, rate: float) -> None:
        """For the steps to come."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def state(self) -> State:
        """Networks, moments and what is drawn next; learning rates are the schedule's."""
        return joined(
            {"generator": generator_state(self.generator)},
            parts=self.parts.state(),
            adam=adam_state(self.optimizer),
        )

    def load(self, state: State) -> None:
        """Back to where `state` was taken."""
        load_generator(self.generator, state, "generator")
        self.parts.load(under(state, "parts"))
        load_adam(self.optimizer, under(state, "adam"))


def train_gumbel_softmax(
    parts: LearnedParts,
    problem: DesignProblem,
    training: GumbelSoftmaxTraining,
    generator: Generator,
    name: str,
    listener: Listener,
    course: Course | None = None,
) -> TrainingHistory:
    """Move the networks by Adam on fresh samples; same seed and threads, same weights.

    Raises RunFailedError when the loss stops being a number.
    """
    course = course or Course()
    stepper = Stepper(parts, problem, generator, training.optimizer.learning_rate)
    report = Report(
        name, training.epochs, problem.shape.stages, "training.optimizer.learning_rate", listener
    )
    report.price = problem.price
    course.add("stepper", stepper)
    course.add("report", report)
    steps = -(-training.samples_per_epoch // training.batch_size)
    for epoch in course.over(range(training.epochs)):
        temperature = training.temperature.at(epoch, training.epochs)
        learning_rate = training.learning_rate_at(epoch)
        stepper.set_learning_rate(learning_rate)
        sums = torch.zeros(2, problem.shape.stages, dtype=torch.float64, device=generator.device)
        for _ in range(steps):
            sums += stepper.step(training.batch_size, temperature)
        rates, distortions = sums / steps
        report.add(f"in epoch {epoch + 1}", rates, distortions, temperature, learning_rate)
    return report.history()
