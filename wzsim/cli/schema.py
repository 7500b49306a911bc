"""`wzsim schema`."""

from __future__ import annotations

import json

import click

from wzsim.cli.common import shared_options


@click.command("schema", short_help="JSON Schema of scenarios, for editors.")
@shared_options
def command(plugins: tuple[str, ...]) -> None:
    """Print the JSON Schema of scenarios, with all installed components, for editors."""
    from wzsim import app

    click.echo(json.dumps(app.schema(app.registry(plugins)), indent=2))
