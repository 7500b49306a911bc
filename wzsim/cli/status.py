"""`wzsim status`."""

from __future__ import annotations

import json
from collections import Counter

import click

from wzsim.cli.common import shared_options
from wzsim.errors import printable


@click.command("status", short_help="How far a running sweep is, from another terminal.")
@click.argument("directory", default="results", metavar="[DIR]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@shared_options
def command(directory: str, as_json: bool, plugins: tuple[str, ...]) -> None:
    """Print how far the runs in DIR are: done, failed, running or waiting. Default: results.

    Reads what they write and disturbs nothing. A run that was killed stays `running`;
    the seconds since it last wrote a line tell.
    """
    import attrs

    from wzsim import app

    runs = app.status(directory)
    if as_json:
        click.echo(json.dumps([attrs.asdict(run) for run in runs], indent=2))
        return
    width = max(len(printable(run.name)) for run in runs)
    for run in runs:
        if run.state == "running":
            done = "" if run.share is None else f"{run.share:.0%} of its stage, "
            click.echo(
                f"{printable(run.name):{width}}  running: {done}"
                f"last line {run.quiet or 0:.0f} s ago"
            )
        elif run.state == "failed":
            click.echo(f"{printable(run.name):{width}}  failed: {printable(run.error or '')}")
    count = Counter(run.state for run in runs)
    states = ("done", "failed", "running", "waiting")
    click.echo(f"{len(runs)} runs: " + ", ".join(f"{count[state]} {state}" for state in states))
