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
    """Print the information-theoretic bounds of a scenario, without any training.

    Of a sweep it prints the bounds of each pair, with the points that have it.
    """
    from wzsim import app

    registry = app.registry(plugins)
    sweep = app.load_sweep(scenario, registry, overrides)
    tables = app.bounds_of_points(sweep, registry, rates or DEFAULT_RATES)
    if as_json:
        plain = [{"points": points, **table} for points, table in tables.items()]
        click.echo(json.dumps(plain if sweep.is_sweep else next(iter(tables.values())), indent=2))
        return
    for count, (points, table) in enumerate(tables.items()):
        if sweep.is_sweep:
            click.echo(("\n" if count else "") + ", ".join(points))
        print_bounds(table)


def print_bounds(table: Mapping[str, Any]) -> None:
    """Print the bounds as `app.bounds` gives them."""
    if not table["bounds"]:
        click.echo("no bounds of this scenario")
        for title, reason in table["other"].items():
            click.echo(f"  {title}: {reason}")
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
    if table["fitted_to"]:
        click.echo(
            f"fitted to {table['fitted_to']}: these are bounds of independent samples of the "
            "fitted laws, not of the data"
        )
