"""`wzsim validate`."""

from __future__ import annotations

import sys

import click

from wzsim.cli.common import report, scenario_argument, set_option, shared_options


@click.command("validate", short_help="Check scenarios without running them.")
@scenario_argument
@set_option
@shared_options
def command(
    scenarios: tuple[str, ...], overrides: tuple[str, ...], plugins: tuple[str, ...]
) -> None:
    """Check scenarios: every problem at once, with its place. Nothing is run or written."""
    from wzsim import app
    from wzsim.errors import InputError

    registry = app.registry(plugins)
    wrong = False
    for path in scenarios:
        try:
            app.load(path, registry, overrides)
        except InputError as error:
            report(error)
            wrong = True
        else:
            click.echo(f"{path}: ok")
    sys.exit(2 if wrong else 0)
