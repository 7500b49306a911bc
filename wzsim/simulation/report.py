"""The history of a training, kept and told as it goes."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import final

import numpy as np
from torch import Tensor

from wzsim.contracts import (
    EpochFinished,
    Listener,
    Objective,
    SearchAdvanced,
    State,
    TrainingResumed,
)
from wzsim.errors import RunFailedError
from wzsim.simulation.checkpoint import UnfitError, required
from wzsim.simulation.result import TrainingHistory
from wzsim.units import BIT_PER_NAT


@final
class Report:
    """Collects the history of a training and tells the listener."""

    def __init__(
        self,
        name: str,
        epochs: int,
        stages: int,
        learning_rate_key: str,
        listener: Listener,
    ) -> None:
        self._name, self._epochs, self._stages = name, epochs, stages
        self._learning_rate_key, self._listener = learning_rate_key, listener
        self.relaxed = True
        """Whether its figures are those of relaxed or soft messages."""
        self.price: Objective | None = None
        """Of rates and distortions; a teacher may have to find it first."""
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
        when: str,
        rates: Tensor,
        distortions: Tensor,
        temperature: float,
        learning_rate: float,
    ) -> None:
        """The next row; rates [nat] and distortions of shape (K,). when: for an error."""
        assert self.price is not None
        by_stage, levels = rates.tolist(), distortions.tolist()
        loss = float(np.dot(by_stage, self.price.stage_rate_weights)) + float(
            np.dot(levels, self.price.lagrange_multipliers)
        )
        if not math.isfinite(loss):
            raise RunFailedError(
                f"the loss of {self._name} is {loss} {when}: "
                f"try a smaller {self._learning_rate_key}"
            )
        bits = [rate * BIT_PER_NAT for rate in by_stage]
        self._rows.append((loss, bits, levels, temperature, learning_rate))
        self._listener(
            EpochFinished(
                name=self._name,
                epoch=len(self._rows),
                epochs=self._epochs,
                loss=loss,
                stage_rate=tuple(bits),
                stage_distortion=tuple(levels),
                seconds=time.perf_counter() - self._stepping,
                relaxed=self.relaxed and temperature > 0,
            )
        )

    def state(self) -> State:
        """The rows so far, and the seconds that they took: of all, and of the steps."""
        now = time.perf_counter()
        rows = [
            [loss, *rates, *distortions, temperature, rate]
            for loss, rates, distortions, temperature, rate in self._rows
        ]
        return {
            "rows": np.array(rows, np.float64).reshape(len(rows), self._columns),
            "seconds": np.array([now - self._started, now - self._stepping]),
        }

    def load(self, state: State) -> None:
        """Back to where `state` was taken; tells the listener that the training goes on."""
        rows = required(state, "rows", np.float64, (None, self._columns)).tolist()
        seconds = required(state, "seconds", np.float64, (2,))
        if len(rows) > self._epochs:
            raise UnfitError("its history is longer than the training")
        stages = self._stages
        self._rows = [
            (row[0], row[1 : 1 + stages], row[1 + stages : -2], row[-2], row[-1]) for row in rows
        ]
        self._started, self._stepping = (time.perf_counter() - seconds).tolist()
        self._listener(TrainingResumed(self._name, len(rows), self._epochs, float(seconds[0])))

    @property
    def _columns(self) -> int:
        return 3 + 2 * self._stages

    def history(self, notes: Mapping[str, float | int | str] | None = None) -> TrainingHistory:
        """All rows."""
        loss, rates, distortions, temperatures, learning_rates = zip(*self._rows, strict=True)
        return TrainingHistory(
            loss=np.array(loss),
            stage_rate=np.array(rates),
            stage_distortion=np.array(distortions),
            temperature=np.array(temperatures),
            learning_rate=np.array(learning_rates),
            seconds=time.perf_counter() - self._started,
            notes=notes or {},
            relaxed=self.relaxed,
        )
