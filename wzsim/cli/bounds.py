"""`wzsim bounds`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import click

from wzsim.cli.common import set_option, shared_options

DEFAULT_RATES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)


@click.command("bounds", short_help="The bounds of a scenario, no training.")
@click.argument("scenario", type=click.Path())
@click.option(
    "-r",
    "--rate",
    "rates",
    multiple=True,
    type=click.FloatRange(min=0.0),
    metavar="BITS",
    help="Rate in bit per source sample; may be given several times. Default: 0 to 3 by 0.5.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@set_option
@shared_options
def command(
    scenario: str,
    rates: tuple[float, ...],
    as_json: bool,
    overrides: tuple[str, ...],
    plugins: tuple[str, ...],
) -> None:
    """Print the information-theoretic bounds of a scenario, without any training."""
    from wzsim import app

    table = app.bounds(app.load(scenario, app.registry(plugins), overrides), rates or DEFAULT_RATES)
    if as_json:
        click.echo(json.dumps(table, indent=2))
        return
    print_bounds(table)


def print_bounds(table: Mapping[str, Any]) -> None:
    """Print the bounds as `app.bounds` gives them."""
    if not table["bounds"]:
        click.echo("no installed bound applies to this scenario")
        return
    width = max(len(row["title"]) for row in table["bounds"])
    unit = table["unit"]
    click.echo(" " * width + "  rate [bit/sample]")
    click.echo(" " * width + "".join(f"{rate:>12g}" for rate in table["rate"]))
    for row in table["bounds"]:
        click.echo(f"{row['title']:{width}}" + "".join(f"{v:>12.6g}" for v in row["distortion"]))
        if row["distortion_upper"] != row["distortion"]:
            uppers = "".join(f"{value:>12.6g}" for value in row["distortion_upper"])
            click.echo(f"{'  at most':{width}}" + uppers)
        if "distortion_db" in row:
            decibels = "".join(f"{value:>12.3f}" for value in row["distortion_db"])
            click.echo(f"{'  [dB]':{width}}" + decibels)
    click.echo(
        f"distortion [{unit}]; "
        + "; ".join(f"{row['title']}: {row['certificate']}" for row in table["bounds"])
    )
