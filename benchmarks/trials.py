"""Many trainings side by side, one thread each, and their excess over the best codes known."""

from __future__ import annotations

import multiprocessing
import os
import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, final

import attrs

WORKERS = int(os.environ.get("WORKERS", os.cpu_count() or 1))
"""Trainings side by side; with 1 the seconds are those of an idle machine."""


@final
@attrs.frozen
class Trial:
    """What one training gave: hard codes, its own networks, exactly evaluated."""

    loss: float
    """[nat]"""
    seconds: float
    """Of the whole run: search, training, evaluation."""


def trial(scenario: Mapping[str, Any], plugins: Sequence[str] = ()) -> Trial:
    """Run a scenario in this process on one thread."""
    import wzsim

    started = time.perf_counter()
    result = wzsim.run(scenario, plugins=plugins)
    return Trial(float(result.evaluation["loss"]), time.perf_counter() - started)


def trials(scenarios: Iterable[Mapping[str, Any]], plugins: Sequence[str] = ()) -> Iterator[Trial]:
    """`WORKERS` processes, each with one thread; in the order given."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(WORKERS) as pool:
        yield from pool.imap(partial(trial, plugins=plugins), scenarios)


def spread(values: Iterable[float], digits: int = 3) -> str:
    """Median and worst."""
    known = list(values)
    return f"{statistics.median(known):.{digits}f} / {max(known):.{digits}f}"
