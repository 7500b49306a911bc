"""What exact training starts from, and how its steps are divided."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import final

import attrs
from torch import Generator

from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.gumbel import LearnedParts


@final
@attrs.frozen
class Restarts:
    """The untrained parts of each restart, and the randomness of the rest."""

    parts: Callable[[int], LearnedParts]
    generator: Generator


def segments(training: ExactTraining, breaks: Iterable[int]) -> list[range]:
    """All steps of a training, cut after each report and at the breaks."""
    reports = range(0, training.steps, training.report_every)
    cuts = sorted({*reports, *breaks, training.steps})
    return [range(*pair) for pair in itertools.pairwise(cuts)]


def due(training: ExactTraining, step: int) -> bool:
    """Whether the history wants a row after this many steps."""
    return step % training.report_every == 0 or step == training.steps
