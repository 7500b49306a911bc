"""`wzsim run`."""

from __future__ import annotations

import itertools
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from wzsim.cli.common import report, scenario_argument, set_option, shared_options
from wzsim.errors import WzsimError

if TYPE_CHECKING:
    from wzsim.app import Job, RunStatus, Settings
    from wzsim.contracts import Executor
    from wzsim.registry import Registry
    from wzsim.storage import Record

MOST_ERRORS = 50
"""Failures that the end of a batch spells out."""

AGAIN = " (the machine is to blame: the same command tries again)"
BEFORE = " (it ended so before and was not run again: --retry runs it, --force everything)"


@click.command("run", short_help="Run scenarios, one result file each.")
@scenario_argument
@click.option(
    "-o",
    "--output",
    "directory",
    default="results",
    show_default=True,
    metavar="DIR",
    help="Directory of the results: DIR/<scenario name>.h5, a sweep DIR/<its name>/<point>.h5.",
)
@set_option
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Threads of one run. Part of a result's identity: another number, other last digits.",
)
@click.option(
    "-j",
    "--jobs",
    "at_once",
    type=click.IntRange(min=0),
    metavar="N",
    help="Runs at once, each in a process of its own. Default: one a core for a sweep; 1 runs "
    "one after the other, 0 also several scenarios one a core.",
)
@click.option(
    "--executor",
    metavar="E",
    help="Where runs run: process (the default), serial, dask, or a plugin's.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask cluster to use: tcp://HOST:PORT or its scheduler file. Short for --executor dask "
    "with this address.",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Short for --set seed=N.")
@click.option(
    "--device", default="cpu", show_default=True, metavar="D", help="cpu, cuda, or cuda:1."
)
@click.option("--force", is_flag=True, help="Run everything anew, and replace what is there.")
@click.option("--retry", is_flag=True, help="Run again what failed for its scenario.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@shared_options
def command(
    scenarios: tuple[str, ...],
    directory: str,
    overrides: tuple[str, ...],
    threads: int,
    at_once: int | None,
    executor: str | None,
    scheduler: str | None,
    seed: int | None,
    device: str,
    force: bool,
    retry: bool,
    quiet: bool,
    plugins: tuple[str, ...],
) -> None:
    """Run scenarios: design each code, measure it, write one HDF5 file each.

    A sweep writes a file for each of its points, on several processes or a
    cluster; one that fails does not stop the others. The same command goes on
    after an interruption: what is complete is kept, and what failed because of
    its scenario is not tried again. Everything is checked before any work
    starts. Ends with 0 when all runs are complete, 1 when one failed, 2 when
    the input is wrong.
    """
    from wzsim import app

    if seed is not None:
        overrides = (*overrides, f"seed={seed}")
    registry = app.registry(plugins)
    for failure in registry.failures:
        click.secho(f"warning: skipped plugin {failure}", fg="yellow", err=True)
    settings = app.Settings(device=device, threads=threads)
    chosen = app.choose_executor(registry, settings, executor, at_once, scheduler)
    jobs = app.plan(scenarios, registry, overrides, directory, settings, force=force, retry=retry)
    together = (executor, at_once, scheduler) != (None, None, None)
    failed = False
    with _sigterm_as_ctrl_c():
        for sweep, group in itertools.groupby(jobs, lambda job: job.sweep):
            batch = list(group)
            if sweep is None and not (together and len(batch) > 1):
                ended = [_run_alone(job, registry, settings, quiet=quiet) for job in batch]
            else:
                ended = [_run_batch(sweep, batch, plugins, settings, chosen, quiet=quiet)]
            failed |= not all(ended)
    sys.exit(1 if failed else 0)


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """A cluster's SIGTERM ends a command as Ctrl-C does: no process is left behind."""

    def stop(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run_alone(job: Job, registry: Registry, settings: Settings, *, quiet: bool) -> bool:
    """Run one scenario with its progress on the screen; whether it is done."""
    from wzsim import app
    from wzsim.cli.progress import progress_display
    from wzsim.reporting import tables

    if job.kept:
        click.echo(f"kept {job.output}: it holds this very scenario (--force runs it again)")
        return True
    if job.failed is not None:
        report(WzsimError(job.failed + BEFORE))
        return False
    try:
        with progress_display(quiet=quiet) as listener:
            result = app.run_job(job, registry, settings, listener)
    except KeyboardInterrupt:
        click.echo(
            f"\ninterrupted: {job.output} was not written; "
            f"the progress so far is kept in {app.progress_path(job.output)}"
            + "; the same command goes on from the last checkpoint"
            * app.has_checkpoint(job.output),
            err=True,
        )
        sys.exit(1)
    except WzsimError as error:
        report(error)
        return False
    tables.print_result(app.readable(result), job.output)
    return True


def _run_batch(
    name: str | None,
    jobs: list[Job],
    plugins: tuple[str, ...],
    settings: Settings,
    executor: Executor,
    *,
    quiet: bool,
) -> bool:
    """Run the points of a sweep, or scenarios, with a line for each one; whether all are done."""
    from wzsim import app
    from wzsim.cli.batch_display import batch_display
    from wzsim.storage import read_record

    points, name = ("points" if name else "scenarios"), name or "all"
    kept = sum(job.kept for job in jobs)
    failed = {_name(job): job.failed + BEFORE for job in jobs if job.failed is not None}
    counts = [f"{kept} of them kept"] * bool(kept) + [f"{len(failed)} failed before"] * bool(failed)
    click.echo(", ".join([f"{name}: {len(jobs)} {points}", *counts]))
    width = max(len(_name(job)) for job in jobs)
    due = {job.output: None for job in jobs if job.due}  # in order, and one goes in no time

    def running(since: float) -> list[RunStatus]:
        return app.running(list(due), since)

    try:
        with batch_display(name, len(due), kept, running, quiet=quiet) as display:
            for job, outcome in app.run_jobs(jobs, plugins, executor, settings):
                del due[job.output]
                display.ended(failed=outcome.error is not None)
                if outcome.error is None:
                    figures = point_figures(read_record(job.output, whole=False))
                else:
                    failed[_name(job)] = outcome.error + AGAIN * outcome.of_machine
                    figures = "failed"
                display.echo(f"{_name(job):{width}}  {figures}")
    except KeyboardInterrupt:
        click.echo(
            f"\ninterrupted: {display.done} done, {kept} kept, {len(due)} not; "
            "the same command goes on from here",
            err=True,
        )
        sys.exit(1)
    ended = f"{display.done} done, {kept} kept, {len(failed)} failed"
    click.echo(f"{name}: {ended}, in {jobs[0].output.parent}")
    for point, error in itertools.islice(failed.items(), MOST_ERRORS):
        report(WzsimError(f"{name}/{point}: {error.removeprefix(f'{point}: ')}"))
    if len(failed) > MOST_ERRORS:
        click.echo(f"and {len(failed) - MOST_ERRORS} more that failed", err=True)
    return not failed


def _name(job: Job) -> str:
    return job.loaded.scenario.name


def point_figures(result: Record) -> str:
    """Sum rates and gaps of all stages, and the rates that were sent, in one line."""

    def text(numbers: Iterable[float]) -> str:
        return "  ".join(f"{round(number, 3) + 0.0:6.3f}" for number in numbers)

    stages = result.stages
    line = f"{text(stages.sum_rate)} bit/sample"
    if stages.gap_db is not None:
        line += f"   gap {text(stages.gap_db)} dB"
    if result.coding is not None:
        line += f"   sent {text(result.coding.coded_sum_rate)}"
        if failed := int(result.coding.frame_errors.max(initial=0)):
            line += f", {failed} of {result.coding.frames} frames failed"
    return line + "".join(f"   {flag}" for flag in result.flags)
