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
@shared_options
def command(
    results: tuple[str, ...],
    output: str,
    kind: str,
    against: str | None,
    plugins: tuple[str, ...],
) -> None:
    """Draw results: rate-distortion points with their bounds, bins, or training curves."""
    from wzsim import app

    if against is not None and kind != "rate-distortion":
        raise click.UsageError(f"--against draws no {kind}; leave --kind out")
    app.plot([app.open_result(path) for path in results], kind, output, against)
    click.echo(output)
