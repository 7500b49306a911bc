"""`wzsim plot`."""

from __future__ import annotations

import click

from wzsim.cli.common import results_argument, shared_options


@click.command("plot", short_help="Draw results to a picture file.")
@results_argument
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="Picture to write: .png, .pdf or .svg."
)
@click.option(
    "--kind",
    type=click.Choice(["rate-distortion", "bins", "training"]),
    default="rate-distortion",
    show_default=True,
    help="'bins' draws the encoder's bins and the reconstructions of one result.",
)
@click.option(
    "--against",
    metavar="KEY",
    help="Draw rate, distortion and gap of the last stage against a numeric key of the scenario.",
)
@click.option("--each", is_flag=True, help="Draw replicates one by one.")
@click.option(
    "--paper", is_flag=True, help="3.5 inch wide, serif letters of 8 point: a column of a paper."
)
@shared_options
def command(
    results: tuple[str, ...],
    output: str,
    kind: str,
    against: str | None,
    each: bool,
    paper: bool,
    plugins: tuple[str, ...],
) -> None:
    """Draw results: rate-distortion points with their bounds, bins, or training curves.

    A directory stands for all results in it. Of replicates, which differ in
    nothing but the seed, the median is drawn, with bars from the lower to the upper quartile.
    """
    from wzsim import app

    if against is not None and kind != "rate-distortion":
        raise click.UsageError(f"--against draws no {kind}; leave --kind out")
    opened = [app.open_result(path) for path in app.find_results(results)]
    app.plot(opened, kind, output, against, each=each, paper=paper)
    click.echo(output)
