"""`wzsim show`."""

from __future__ import annotations

import json

import click

from wzsim.cli.common import results_argument, shared_options
from wzsim.errors import printable


@click.command("show", short_help="The numbers of results, as a table.")
@results_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@shared_options
def command(results: tuple[str, ...], as_json: bool, plugins: tuple[str, ...]) -> None:
    """Print the numbers of results, stage by stage, with their standard errors."""
    from wzsim import app
    from wzsim.reporting import tables

    opened = [(app.open_result(path), path) for path in results]
    if as_json:
        click.echo(json.dumps([tables.as_json(*one) for one in opened], indent=2))
        return
    for result, path in opened:
        tables.print_result(app.readable(result), printable(path))
