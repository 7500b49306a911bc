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
    device = generator.device
    price_rate = torch.tensor(problem.objective.stage_rate_weights, device=device)
    price_distortion = torch.tensor(problem.objective.lagrange_multipliers, device=device)
    parameters = parts.parameters()
    optimizer = torch.optim.Adam(parameters, lr=training.optimizer.learning_rate, fused=True)
    steps = -(-training.samples_per_epoch // training.batch_size)
    blocks = -(-training.batch_size // problem.pair.block_length)
    stages = problem.shape.stages
    record = np.empty((training.epochs, 2 * stages + 3))
    started = time.perf_counter()
    for epoch in range(training.epochs):
        temperature = training.temperature.at(epoch, training.epochs)
        decay = training.learning_rate_decay
        rate = training.optimizer.learning_rate * decay.factor ** (epoch // decay.every)
        for group in optimizer.param_groups:
            group["lr"] = rate
        sums = torch.zeros(2 * stages, dtype=torch.float64, device=device)
        for _ in range(steps):
            x, y = problem.pair.sample(blocks, generator)
            rates, distortions = relaxed_terms(parts, problem, x, y, temperature, generator)
            loss = rates @ price_rate + distortions @ price_distortion
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            optimizer.step()
            sums += torch.cat((rates, distortions)).detach()
        mean = (sums / steps).cpu().numpy()
        loss_value = float(
            mean[:stages] @ problem.objective.stage_rate_weights
            + mean[stages:] @ problem.objective.lagrange_multipliers
        )
        if not np.isfinite(loss_value):
            raise RunFailedError(
                f"the loss of {name} is {loss_value} in epoch {epoch + 1}: "
                "try a smaller training.optimizer.learning_rate"
            )
        record[epoch] = loss_value, *mean, temperature, rate
        listener(
            EpochFinished(
                name=name,
                epoch=epoch + 1,
                epochs=training.epochs,
                loss=loss_value,
                stage_rate=tuple((mean[:stages] * BIT_PER_NAT).tolist()),
                stage_distortion=tuple(mean[stages:].tolist()),
                seconds=time.perf_counter() - started,
            )
        )
    return TrainingHistory(
        loss=record[:, 0],
        stage_rate=record[:, 1 : 1 + stages] * BIT_PER_NAT,
        stage_distortion=record[:, 1 + stages : 1 + 2 * stages],
        temperature=record[:, -2],
        learning_rate=record[:, -1],
        seconds=time.perf_counter() - started,
    )
