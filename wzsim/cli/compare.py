"""`wzsim compare`."""

from __future__ import annotations

import math
import os
import sys

import click

from wzsim.cli.common import results_argument, shared_options, without_collector
from wzsim.errors import printable

MANY = 500
"""New files from which a terminal shows how many were read."""

MOST_PROCESSES = 8
"""Processes that read new files; more would wait for the disk."""


def _rates(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> tuple[float, ...]:
    """Rates between commas."""
    try:
        rates = tuple(map(float, value.split(","))) if value else ()
    except ValueError:
        rates = (-1.0,)
    if not all(math.isfinite(rate) and rate >= 0 for rate in rates):
        raise click.BadParameter(f"expected rates in bit such as 0.5,1,1.5, found {value!r}")
    return rates


def _tell(done: int, total: int) -> None:
    """How far the reading of many files is, in one line that goes when it is done."""
    if total >= MANY and (done % 100 == 0 or done == total):
        line = f"read {done} of {total} files" if done < total else ""
        click.echo(f"\r{line:40}\r", nl=False, err=True)


@click.command("compare", short_help="Results side by side: table, CSV, HDF5, figure.")
@results_argument
@click.option(
    "-o", "--output", metavar="FILE", help="HDF5 file of all curves, with their sources' hashes."
)
@click.option("--csv", "csv_file", metavar="FILE", help="CSV file: a line for each stage.")
@click.option("--parquet", metavar="FILE", help="The same as Parquet file; needs wzsim[frame].")
@click.option("--plot", "picture", metavar="FILE", help="Picture: .png, .pdf or .svg.")
@click.option(
    "--mixed", is_flag=True, help="Compare results of different pairs (X, Y) or distortions, too."
)
@click.option(
    "--where",
    metavar="CONDITION",
    help="Only stages that meet it, such as 'code.encoder.name == \"nsq\" and sum_rate < 2'.",
)
@click.option(
    "--group-by",
    "group_by",
    metavar="KEY",
    multiple=True,
    help="Group results by a key such as code.encoder.name. May be given several times.",
)
@click.option("--each", is_flag=True, help="Replicates one by one, not their median and spread.")
@click.option("--front", is_flag=True, help="Only the stages on the Pareto front.")
@click.option(
    "--best-per-rate",
    "best",
    metavar="R[,R...]",
    callback=_rates,
    help="Only the stage of least distortion at a sum rate of at most R bit, for each R.",
)
@click.option(
    "--average-gap",
    "gaps",
    is_flag=True,
    help="Average gap of each curve to the bound, and to the first curve.",
)
@click.option("--reference", metavar="LABEL", help="The curve of --average-gap, by its label.")
@click.option("--paper", is_flag=True, help="The picture in the size and letters of a paper.")
@click.option("--all", "everything", is_flag=True, help="Print all results, however many.")
@click.option("--verify", is_flag=True, help="Check all of each file, not only what is read.")
@click.option("--no-index", is_flag=True, help="Read all files anew, and note nothing.")
@shared_options
@without_collector()
def command(
    results: tuple[str, ...],
    output: str | None,
    csv_file: str | None,
    parquet: str | None,
    picture: str | None,
    mixed: bool,
    where: str | None,
    group_by: tuple[str, ...],
    each: bool,
    front: bool,
    best: tuple[float, ...],
    gaps: bool,
    reference: str | None,
    paper: bool,
    everything: bool,
    verify: bool,
    no_index: bool,
    plugins: tuple[str, ...],
) -> None:
    """Compare results, stage by stage.

    A directory stands for all results in it, a quoted pattern such as
    'results/**/*.h5' for all that it fits; damaged files among them are named
    and skipped. Each result is called by the scenario keys that differ. Where
    all have one training.lagrange_multiplier and the same rate_weights, the
    last column is the loss [nat], by which such codes rank. Results that were
    measured with different pairs (X, Y) or distortions are refused, because
    their gaps and bounds do not compare. Of many results the screen shows the
    best, or the groups; replicates, which differ in nothing but the seed, are
    one group. A curve is a group, without groups a result.
    """
    from wzsim import app
    from wzsim.reporting.compare_groups import groups_of
    from wzsim.reporting.compare_replicates import replicates_of
    from wzsim.reporting.compare_screen import show_comparison, show_gaps, show_stages

    if reference is not None and not gaps:
        raise click.UsageError("--reference names the curve of --average-gap; give that too")

    collection = app.collect(
        results,
        index=not no_index,
        verify=verify or None,
        processes=min(MOST_PROCESSES, os.cpu_count() or 1),
        progress=_tell if sys.stderr.isatty() else None,
    )
    for reason in collection.skipped:
        click.echo(f"skipped: {printable(reason)}", err=True)
    comparison = app.compare(collection.records, mixed=mixed, where=where)
    if front or best:
        comparison = app.best_of(comparison, front=front, rates=best)
        each = True  # a median of some replicates would mislead
    groups = [] if each else replicates_of(comparison)
    if group_by:
        groups = groups_of(comparison, group_by, each=each)
    found = app.average_gaps(comparison, group_by, reference, each=each) if gaps else []
    app.save_comparison(
        comparison,
        output=output,
        csv=csv_file,
        parquet=parquet,
        plot=picture,
        group_by=group_by,
        each=each,
        paper=paper,
    )
    if (front or best) and not group_by:
        show_stages(comparison)
    else:
        show_comparison(comparison, groups=groups, everything=everything)
    if gaps:
        show_gaps(comparison, found)
    for path in filter(None, (output, csv_file, parquet, picture)):
        click.echo(path)
    if collection.skipped:
        click.echo(f"{len(collection.skipped)} damaged or foreign files were skipped", err=True)
