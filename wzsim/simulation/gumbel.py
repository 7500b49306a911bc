"""The paper's training: Gumbel-softmax relaxation of Eqs. (10) and (11)."""

from __future__ import annotations

import time
from typing import final

import attrs
import numpy as np
import torch
from torch import Generator, Tensor

from wzsim.contracts import (
    DesignProblem,
    EpochFinished,
    LearnedDecoder,
    LearnedEncoder,
    LearnedRateEstimator,
    Listener,
)
from wzsim.errors import RunFailedError
from wzsim.networks.simplex import gumbel_softmax
from wzsim.scenario.model import GumbelSoftmaxTraining
from wzsim.simulation.result import TrainingHistory
from wzsim.units import BIT_PER_NAT


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


def train_gumbel_softmax(
    parts: LearnedParts,
    problem: DesignProblem,
    training: GumbelSoftmaxTraining,
    generator: Generator,
    name: str,
    listener: Listener,
) -> TrainingHistory:
    """Move the networks by Adam on fresh samples; same seed and threads, same weights.

    Raises RunFailedError when the loss stops being a number.
    """
    stepper = Stepper(parts, problem, generator, training.optimizer.learning_rate)
    steps = -(-training.samples_per_epoch // training.batch_size)
    losses, rates, distortions, temperatures, learning_rates = [], [], [], [], []
    started = time.perf_counter()
    for epoch in range(training.epochs):
        temperature = training.temperature.at(epoch, training.epochs)
        learning_rate = training.learning_rate_at(epoch)
        stepper.set_learning_rate(learning_rate)
        sums = torch.zeros(2, problem.shape.stages, dtype=torch.float64, device=generator.device)
        for _ in range(steps):
            sums += stepper.step(training.batch_size, temperature)
        rate, distortion = (sums / steps).cpu().numpy()
        loss = float(
            rate @ problem.price.stage_rate_weights
            + distortion @ problem.price.lagrange_multipliers
        )
        if not np.isfinite(loss):
            raise RunFailedError(
                f"the loss of {name} is {loss} in epoch {epoch + 1}: "
                "try a smaller training.optimizer.learning_rate"
            )
        losses.append(loss)
        rates.append(rate * BIT_PER_NAT)
        distortions.append(distortion)
        temperatures.append(temperature)
        learning_rates.append(learning_rate)
        listener(
            EpochFinished(
                name=name,
                epoch=epoch + 1,
                epochs=training.epochs,
                loss=loss,
                stage_rate=tuple(rates[-1].tolist()),
                stage_distortion=tuple(distortion.tolist()),
                seconds=time.perf_counter() - started,
            )
        )
    return TrainingHistory(
        loss=np.array(losses),
        stage_rate=np.array(rates),
        stage_distortion=np.array(distortions),
        temperature=np.array(temperatures),
        learning_rate=np.array(learning_rates),
        seconds=time.perf_counter() - started,
    )
