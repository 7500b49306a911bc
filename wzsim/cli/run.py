"""`wzsim run`."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from wzsim.cli.common import report, scenario_argument, set_option, shared_options
from wzsim.errors import WzsimError

if TYPE_CHECKING:
    from wzsim.app import Job, Settings
    from wzsim.contracts import Executor
    from wzsim.registry import Registry
    from wzsim.simulation.result import Result


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
    default=1,
    show_default=True,
    metavar="N",
    help="Points of a sweep at once, each in a process of its own; 0 for one a core.",
)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Short for --set seed=N.")
@click.option(
    "--device", default="cpu", show_default=True, metavar="D", help="cpu, cuda, or cuda:1."
)
@click.option("--force", is_flag=True, help="Replace results that are there already.")
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@shared_options
def command(
    scenarios: tuple[str, ...],
    directory: str,
    overrides: tuple[str, ...],
    threads: int,
    at_once: int,
    seed: int | None,
    device: str,
    force: bool,
    quiet: bool,
    plugins: tuple[str, ...],
) -> None:
    """Run scenarios: design each code, measure it, write one HDF5 file each.

    A sweep writes a file for each of its points; one that fails does not stop
    the others. A result of the same scenario that is there already is kept. Everything is
    checked before any work starts. Ends with 0 when all runs are complete, 1
    when one failed, 2 when the input is wrong.
    """
    from wzsim import app

    if seed is not None:
        overrides = (*overrides, f"seed={seed}")
    registry = app.registry(plugins)
    for failure in registry.failures:
        click.secho(f"warning: skipped plugin {failure}", fg="yellow", err=True)
    settings = app.Settings(device=device, threads=threads)
    jobs = app.plan(scenarios, registry, overrides, directory, settings, force=force)
    executor = app.executor(registry)
    if at_once != 1:
        executor = app.executor(registry, "process", workers=at_once or None)
    failed = False
    for sweep, group in itertools.groupby(jobs, lambda job: job.sweep):
        if sweep is None:
            ended = [_run_alone(job, registry, settings, quiet=quiet) for job in group]
        else:
            ended = [_run_sweep(sweep, list(group), plugins, settings, executor)]
        failed |= not all(ended)
    sys.exit(1 if failed else 0)


def _run_alone(job: Job, registry: Registry, settings: Settings, *, quiet: bool) -> bool:
    """Run one scenario with its progress on the screen; whether it is done."""
    from wzsim import app
    from wzsim.cli.progress import progress_display
    from wzsim.reporting import tables

    if job.kept:
        click.echo(f"kept {job.output}: it holds this very scenario (--force runs it again)")
        return True
    try:
        with progress_display(quiet=quiet) as listener:
            result = app.run_job(job, registry, settings, listener)
    except KeyboardInterrupt:
        click.echo(
            f"\ninterrupted: {job.output} was not written; "
            f"the progress so far is kept in {app.progress_path(job.output)}",
            err=True,
        )
        sys.exit(1)
    except WzsimError as error:
        report(error)
        return False
    tables.print_result(app.readable(result), job.output)
    return True


def _run_sweep(
    name: str,
    jobs: list[Job],
    plugins: tuple[str, ...],
    settings: Settings,
    executor: Executor,
) -> bool:
    """Run the points of a sweep, with a line for each one; whether all are done."""
    from wzsim import app

    kept = sum(job.kept for job in jobs)
    click.echo(f"{name}: {len(jobs)} points" + (f", {kept} of them kept" if kept else ""))
    width = max(len(job.loaded.scenario.name) for job in jobs)
    done = 0
    failed: dict[str, str] = {}
    try:
        for job, outcome in app.run_jobs(jobs, plugins, executor, settings):
            point = job.loaded.scenario.name
            if outcome.error is None:
                done += 1
                figures = point_figures(app.open_result(job.output))
            else:
                failed[point] = outcome.error
                figures = "failed"
            click.echo(f"{point:{width}}  {figures}")
    except KeyboardInterrupt:
        click.echo(
            f"\ninterrupted: {done} done, {kept} kept, {len(jobs) - done - kept} not; "
            "the same command goes on from here",
            err=True,
        )
        sys.exit(1)
    click.echo(
        f"{name}: {done} done, {kept} kept, {len(failed)} failed, in {jobs[0].output.parent}"
    )
    for point, error in failed.items():
        report(WzsimError(f"{name}/{point}: {error.removeprefix(f'{point}: ')}"))
    return not failed


def point_figures(result: Result) -> str:
    """Sum rates and gaps of all stages in one line."""

    def text(numbers: Iterable[float]) -> str:
        return "  ".join(f"{round(number, 3) + 0.0:6.3f}" for number in numbers)

    stages = result.stages
    line = f"{text(stages.sum_rate)} bit/sample"
    if stages.gap_db is not None:
        line += f"   gap {text(stages.gap_db)} dB"
    return line + "".join(f"   {flag}" for flag in result.flags)
