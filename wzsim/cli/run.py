"""`wzsim run`."""

from __future__ import annotations

import sys

import click

from wzsim.cli.common import report, scenario_argument, set_option, shared_options


@click.command("run", short_help="Run scenarios, one result file each.")
@scenario_argument
@click.option(
    "-o",
    "--output",
    "directory",
    default="results",
    show_default=True,
    metavar="DIR",
    help="Directory of the results; each becomes DIR/<scenario name>.h5.",
)
@set_option
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Threads of one run. Part of a result's identity: another number, other last digits.",
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
    seed: int | None,
    device: str,
    force: bool,
    quiet: bool,
    plugins: tuple[str, ...],
) -> None:
    """Run scenarios: design each code, measure it, write one HDF5 file each.

    A result of the same scenario that is there already is kept. Everything is
    checked before any work starts. Ends with 0 when all runs are complete, 1
    when one failed, 2 when the input is wrong.
    """
    from wzsim import app
    from wzsim.cli.progress import progress_display
    from wzsim.errors import WzsimError
    from wzsim.reporting import tables

    if seed is not None:
        overrides = (*overrides, f"seed={seed}")
    registry = app.registry(plugins)
    for failure in registry.failures:
        click.secho(f"warning: skipped plugin {failure}", fg="yellow", err=True)
    settings = app.Settings(device=device, threads=threads)
    jobs = app.plan(scenarios, registry, overrides, directory, settings, force=force)
    failed = False
    for job in jobs:
        if job.kept:
            click.echo(f"kept {job.output}: it holds this very scenario (--force runs it again)")
            continue
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
            failed = True
            continue
        tables.print_result(result, job.output)
    sys.exit(1 if failed else 0)
