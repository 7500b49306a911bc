"""A batch of runs on a terminal: how many are done, which are running, how long it will take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console, ConsoleRenderable, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from wzsim.app.status import RunStatus

ROWS = 8
"""Running points that are shown; of the others only the count."""

EVERY = 1.0
"""Seconds between two looks at what is running."""


class BatchDisplay:
    """The state of a batch, which a terminal shows in place, below what is printed."""

    def __init__(
        self, name: str, due: int, kept: int, running: Callable[[float], Sequence[RunStatus]]
    ) -> None:
        self._name, self._due, self._kept = name, due, kept
        self._running_since = running
        self._done = self._failed = 0
        self._started = time.monotonic()
        self._looked, self._running = float("-inf"), list[RunStatus]()
        self.echo: Callable[[str], object] = click.echo
        """Print a line."""

    def ended(self, *, failed: bool) -> None:
        """One more run is over."""
        self._failed += failed
        self._done += not failed

    @property
    def done(self) -> int:
        """Runs that are complete since the batch began."""
        return self._done

    def __rich__(self) -> ConsoleRenderable:
        ended, seconds = self._done + self._failed, time.monotonic() - self._started
        if seconds - self._looked > EVERY:
            # One may have ended since the count of those that have.
            self._running = list(self._running_since(seconds))[: self._due - ended]
            self._looked = seconds
        head = Table.grid(padding=(0, 1))
        counts = [f"{self._done} done"]
        counts += [f"{self._kept} kept"] if self._kept else []
        counts += [f"{len(self._running)} running"]
        counts += [f"{self._failed} failed"] if self._failed else []
        counts += [f"{self._due - ended - len(self._running)} waiting"]
        left = _clock(seconds / ended * (self._due - ended)) if ended else "-:--"
        head.add_row(
            Text(self._name, style="bold"),
            ProgressBar(total=max(1, self._due), completed=ended, width=16),
            Text(", ".join(counts) + f"  {_clock(seconds)} left {left}"),
        )
        rows = [_row(run) for run in self._running[:ROWS]]
        more = len(self._running) - ROWS
        return Group(head, *rows, *([Text(f"  and {more} more", style="dim")] if more > 0 else []))


@contextmanager
def batch_display(
    name: str,
    due: int,
    kept: int,
    running: Callable[[float], Sequence[RunStatus]],
    *,
    quiet: bool,
) -> Iterator[BatchDisplay]:
    """Show a batch on standard error, where that is a terminal.

    due: runs that are to come. running: those that are being made, given the
    seconds since the batch began.
    """
    display = BatchDisplay(name, due, kept, running)
    if quiet or not due or not sys.stderr.isatty():
        yield display
        return
    console = Console(stderr=True)
    with Live(display, console=console, redirect_stdout=False, transient=True) as live:
        if sys.stdout.isatty():  # the same terminal: lines go above what is shown
            display.echo = lambda line: live.console.print(Text(line), soft_wrap=True)
        yield display


def _row(run: RunStatus) -> Text:
    share = "" if run.share is None else f"{run.share:4.0%}"
    return Text(f"  {run.name}  {share}", style="dim")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
