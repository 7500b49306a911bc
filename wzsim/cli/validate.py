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
    """Check scenarios and all points of sweeps: every problem at once, with its place.

    Nothing is run or written. Ends with 0 when all are right and 2 otherwise.
    """
    from wzsim import app
    from wzsim.errors import InputError, printable

    registry = app.registry(plugins)
    wrong = False
    for path in scenarios:
        try:
            sweep = app.load_sweep(path, registry, overrides)
        except InputError as error:
            report(error)
            wrong = True
        else:
            count = len(sweep.points)
            points = f", a sweep of {count} point{'' if count == 1 else 's'}"
            click.echo(f"{printable(path)}: ok{points if sweep.is_sweep else ''}")
    sys.exit(2 if wrong else 0)
