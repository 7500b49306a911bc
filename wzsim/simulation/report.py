"""The history of a training, kept and told as it goes."""

from __future__ import annotations

import math
import time
from typing import final

import numpy as np
from torch import Tensor

from wzsim.contracts import EpochFinished, Listener, Objective, SearchAdvanced
from wzsim.errors import RunFailedError
from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.result import TrainingHistory
from wzsim.units import BIT_PER_NAT


@final
class Report:
    """Collects the history of a training and tells the listener."""

    def __init__(
        self,
        name: str,
        training: ExactTraining,
        price: Objective | None,
        listener: Listener,
        *,
        relaxed: bool,
    ) -> None:
        self._name, self._training, self._listener = name, training, listener
        self.relaxed = relaxed
        """Whether its figures are those of soft messages."""
        self.price = price
        """Of rates and distortions; a teacher may find it first."""
        self._rows: list[tuple[float, list[float], list[float], float, float]] = []
        self._started = self._stepping = time.perf_counter()

    def search_advanced(self, done: int, total: int) -> None:
        """Some rounds of a search are done."""
        self._listener(SearchAdvanced(self._name, done, total))

    def begin_steps(self) -> None:
        """A search is over: the clock of the listener starts again."""
        self._stepping = time.perf_counter()

    def add(
        self,
        step: int,
        rates: Tensor,
        distortions: Tensor,
        temperature: float,
        learning_rate: float,
    ) -> None:
        """The row after a number of steps; rates [nat] and distortions of shape (K,)."""
        assert self.price is not None
        by_stage, levels = rates.tolist(), distortions.tolist()
        loss = float(np.dot(by_stage, self.price.stage_rate_weights)) + float(
            np.dot(levels, self.price.lagrange_multipliers)
        )
        if not math.isfinite(loss):
            raise RunFailedError(
                f"the loss of {self._name} is {loss} at step {step}: "
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
                seconds=time.perf_counter() - self._stepping,
                relaxed=self.relaxed and temperature > 0,
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
            relaxed=self.relaxed,
        )
