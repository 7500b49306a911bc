"""What life-cycle hooks and progress displays are told. Plain frozen data."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import attrs


@final
@attrs.frozen
class RunStarted:
    """A run begins. `output` is the result file it will write, None in a notebook."""

    name: str
    epochs: int
    stages: int
    output: str | None = None


@final
@attrs.frozen
class TrainingResumed:
    """A training that was stopped goes on after this epoch, as if it never had been."""

    name: str
    epoch: int
    epochs: int
    seconds: float
    """That it took so far."""


@final
@attrs.frozen
class CheckpointIgnored:
    """A checkpoint lies where this run keeps its own and is none of it: training begins anew."""

    name: str
    reason: str


@final
@attrs.frozen
class SearchAdvanced:
    """Some rounds of the search for a training's teacher are done, none at its beginning."""

    name: str
    done: int
    total: int


@final
@attrs.frozen
class EpochFinished:
    """One epoch of training is done; averages over the epoch."""

    name: str
    epoch: int
    epochs: int
    loss: float
    """[nat]"""
    stage_rate: tuple[float, ...]
    """[bit per source sample]"""
    stage_distortion: tuple[float, ...]
    """[units of the distortion]"""
    seconds: float
    """Since the first gradient step."""
    relaxed: bool = True
    """Whether the figures are those of relaxed or soft messages, for which no bound holds."""


@final
@attrs.frozen
class EvaluationAdvanced:
    """Some of the evaluation is done."""

    name: str
    samples: int
    total: int


@final
@attrs.frozen
class CodingAdvanced:
    """Some of the samples went through real coders and back."""

    name: str
    samples: int
    total: int


@final
@attrs.frozen
class RunFinished:
    """A run ended. `error` is None when it is complete."""

    name: str
    output: str | None = None
    error: str | None = None


Event = (
    RunStarted
    | TrainingResumed
    | CheckpointIgnored
    | SearchAdvanced
    | EpochFinished
    | EvaluationAdvanced
    | CodingAdvanced
    | RunFinished
)

Listener = Callable[[Event], None]
