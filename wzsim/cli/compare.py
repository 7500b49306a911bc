"""`wzsim compare`."""

from __future__ import annotations

import click

from wzsim.cli.common import results_argument, shared_options
from wzsim.errors import printable


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
@click.option("--all", "everything", is_flag=True, help="Print all results, however many.")
@click.option("--verify", is_flag=True, help="Check all of each file, not only what is read.")
@click.option("--no-index", is_flag=True, help="Read all files anew, and note nothing.")
@shared_options
def command(
    results: tuple[str, ...],
    output: str | None,
    csv_file: str | None,
    parquet: str | None,
    picture: str | None,
    mixed: bool,
    where: str | None,
    group_by: tuple[str, ...],
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
    best, or the groups.
    """
    from wzsim import app
    from wzsim.reporting.compare_groups import groups_of
    from wzsim.reporting.compare_screen import show_comparison

    collection = app.collect(results, index=not no_index, verify=verify or None)
    for reason in collection.skipped:
        click.echo(f"skipped: {printable(reason)}", err=True)
    comparison = app.compare(collection.records, mixed=mixed, where=where)
    groups = groups_of(comparison, group_by) if group_by else []
    app.save_comparison(
        comparison, output=output, csv=csv_file, parquet=parquet, plot=picture, group_by=group_by
    )
    show_comparison(comparison, groups=groups, everything=everything)
    for path in filter(None, (output, csv_file, parquet, picture)):
        click.echo(path)
    if collection.skipped:
        click.echo(f"{len(collection.skipped)} damaged or foreign files were skipped", err=True)
