"""What a gradient step is made of: one cycle of Adam, and the loss that it lowers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import numpy as np
import torch
from torch import Tensor

from wzsim.contracts import DesignProblem, State
from wzsim.simulation.checkpoint import UnfitError, joined, required, under
from wzsim.simulation.tensors import adam_state, load_adam

WARM_UP = 0.15
"""Share of a cycle in which the learning rate rises."""

MOMENTS = (0.9, 0.95)
"""Of Adam: a short memory of squares, since little here is noisy."""


@final
class Cycle:
    """Adam with one cycle of the learning rate over a number of steps."""

    def __init__(
        self, parameters: Iterable[torch.nn.Parameter], highest: float, steps: int
    ) -> None:
        self._optimizer = torch.optim.Adam(parameters, lr=highest, betas=MOMENTS, fused=True)
        self._steps = max(steps, 1)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, highest, total_steps=self._steps + 1, pct_start=WARM_UP
        )

    @property
    def learning_rate(self) -> float:
        """Of the next step."""
        return float(self._schedule.get_last_lr()[0])

    def descend(self, loss: Tensor) -> None:
        """One step down the gradient of a loss."""
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        self.step()

    def step(self) -> None:
        """Move the parameters by the gradients that they have."""
        self._optimizer.step()
        self._schedule.step()
        self.forget()

    def forget(self) -> None:
        """Drop the gradients."""
        self._optimizer.zero_grad()

    def state(self) -> State:
        """Steps that were taken, and moments."""
        return joined(
            {"steps": np.array(self._schedule.last_epoch)}, adam=adam_state(self._optimizer)
        )

    def load(self, state: State) -> None:
        """Back to where `state` was taken."""
        taken = int(required(state, "steps", np.int64, ()))
        if not 0 <= taken <= self._steps:
            raise UnfitError("it took more steps than its cycle has")
        if taken:
            # Rate and momentum of a step depend on nothing but its number; a count of 1 would
            # make torch warn that the optimizer missed a step.
            self._schedule.load_state_dict({"last_epoch": taken - 1, "_step_count": taken + 1})
            self._schedule.step()
        load_adam(self._optimizer, under(state, "adam"))


@final
class Prices:
    """The loss of rates and distortions by stage [nat]."""

    def __init__(self, problem: DesignProblem, device: torch.device) -> None:
        self._rates = torch.tensor(problem.price.stage_rate_weights, device=device)
        self._multipliers = torch.tensor(problem.price.lagrange_multipliers, device=device)

    def of_rates(self, rates: Tensor) -> Tensor:
        """What rates of shape (K,) [nat] cost."""
        return self._rates @ rates

    def of_distortions(self, distortions: Tensor) -> Tensor:
        """What distortions of shape (K,) cost."""
        return self._multipliers @ distortions
