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
@click.option("--plot", "picture", metavar="FILE", help="Picture: .png, .pdf or .svg.")
@click.option(
    "--mixed", is_flag=True, help="Compare results of different pairs (X, Y) or distortions, too."
)
@click.option("--where", metavar="CONDITION", help="Only stages for which it is true.")
@shared_options
def command(
    results: tuple[str, ...],
    output: str | None,
    csv_file: str | None,
    picture: str | None,
    mixed: bool,
    where: str | None,
    plugins: tuple[str, ...],
) -> None:
    """Compare results, stage by stage. A directory stands for all results in it.

    Each result is called by the scenario keys that differ. Where all have one
    training.lagrange_multiplier and the same rate_weights, the last column is
    the loss [nat], by which such codes rank. Results that were
    measured with different pairs (X, Y) or distortions are refused, because
    their gaps and bounds do not compare.
    """
    from wzsim import app
    from wzsim.reporting.compare_table import print_comparison

    collection = app.collect(results)
    for reason in collection.skipped:
        click.echo(f"skipped: {printable(reason)}", err=True)
    comparison = app.compare(collection.records, mixed=mixed, where=where)
    app.save_comparison(comparison, output=output, csv=csv_file, plot=picture)
    print_comparison(comparison)
    for path in filter(None, (output, csv_file, picture)):
        click.echo(path)
