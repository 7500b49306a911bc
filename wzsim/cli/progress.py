"""Progress of a run: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from wzsim.contracts import (
    CheckpointIgnored,
    CodingAdvanced,
    EpochFinished,
    EvaluationAdvanced,
    Event,
    Listener,
    RunStarted,
    SearchAdvanced,
    TrainingResumed,
)
from wzsim.errors import printable

PLAIN_LINES = 20
"""About how many lines a training prints where there is no terminal."""

SEARCH_LINES = 4
"""About how many lines the search before it prints there."""


@contextmanager
def progress_display(*, quiet: bool) -> Iterator[Listener]:
    """A listener that shows what it hears on standard error."""
    if quiet:
        yield lambda _event: None
    elif sys.stderr.isatty():
        with LiveDisplay() as display:
            yield display
    else:
        yield print_plain_line


def print_plain_line(event: Event) -> None:
    """One line for the start, some rounds of a search, about twenty epochs, and the rest."""
    if isinstance(event, RunStarted):
        line = f"{event.name}: started" + (f", {event.epochs} epochs" if event.epochs else "")
    elif isinstance(event, TrainingResumed):
        line = resumed(event)
    elif isinstance(event, CheckpointIgnored):
        line = ignored(event)
    elif isinstance(event, SearchAdvanced):
        if event.done % max(1, event.total // SEARCH_LINES):
            return
        line = f"{event.name}: search {event.done}/{event.total} rounds"
    elif isinstance(event, EpochFinished):
        every = max(1, event.epochs // PLAIN_LINES)
        if event.epoch % every and event.epoch not in (1, event.epochs):
            return
        left = event.seconds / event.epoch * (event.epochs - event.epoch)
        line = (
            f"{event.name}: epoch {event.epoch}/{event.epochs} {describe_epoch(event)}"
            f"  {left:.0f} s left"
        )
    elif isinstance(event, EvaluationAdvanced | CodingAdvanced):
        if event.samples < event.total:
            return
        coded = isinstance(event, CodingAdvanced)
        done = "coded and decoded" if coded else "evaluated on"
        line = f"{event.name}: {done} {event.total:,} samples"
    else:
        return
    print(line, file=sys.stderr, flush=True)


def resumed(event: TrainingResumed) -> str:
    """Where a training goes on."""
    return f"{event.name}: goes on after epoch {event.epoch}/{event.epochs} from its checkpoint"


def ignored(event: CheckpointIgnored) -> str:
    """Why a training begins anew."""
    return f"{event.name}: begins anew, its checkpoint is not used: {printable(event.reason)}"


def describe_epoch(event: EpochFinished) -> str:
    """Loss, and rate and distortion by stage; whether of relaxed messages."""
    # A relaxed rate may be slightly negative; a tiny one is not shown as -0.000.
    rates = " ".join(f"{round(rate, 3) + 0.0:.3f}" for rate in event.stage_rate)
    distortions = " ".join(f"{distortion:.4g}" for distortion in event.stage_distortion)
    kind = "relaxed: " if event.relaxed else ""
    return f"{kind}loss {event.loss:.3f}  R {rates} bit  D {distortions}"


class LiveDisplay:
    """Bars for search, training, evaluation and coding, and figures below, redrawn in place."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns: tuple[ProgressColumn, ...] = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=console)
        self._figures = Text()
        self._live = Live(Group(self._progress, self._figures), console=console)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._live.stop()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, TrainingResumed):
            self._live.console.print(Text(resumed(event)))
        elif isinstance(event, CheckpointIgnored):
            self._live.console.print(Text(ignored(event)))
        elif isinstance(event, SearchAdvanced):
            label = f"{event.name} search {event.done}/{event.total}"
            self._show("search", label, event.done, event.total)
        elif isinstance(event, EpochFinished):
            label = f"{event.name} epoch {event.epoch}/{event.epochs}"
            self._show("training", label, event.epoch, event.epochs)
            self._figures.plain = f"  {describe_epoch(event)}"
        elif isinstance(event, EvaluationAdvanced | CodingAdvanced):
            what = "coding" if isinstance(event, CodingAdvanced) else "evaluation"
            self._show(what, f"{event.name} {what}", event.samples, event.total)

    def _show(self, key: str, label: str, done: int, total: int) -> None:
        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(label, total=total)
        self._progress.update(self._tasks[key], description=label, completed=done)
