"""`wzsim report`."""

from __future__ import annotations

import click

from wzsim.cli.common import results_argument, shared_options


@click.command("report", short_help="One HTML page of many results, which works offline.")
@results_argument
@click.option("-o", "--output", required=True, metavar="FILE", help="Page to write: .html.")
@click.option("--title", metavar="TEXT", help="Heading of the page.")
@shared_options
def command(
    results: tuple[str, ...], output: str, title: str | None, plugins: tuple[str, ...]
) -> None:
    """Write one HTML page of results: curves with bounds, filters, a table, and details.

    A directory stands for all results in it. The page holds all that it shows,
    and loads nothing. A damaged file is named and left out.
    """
    from wzsim import app

    def warn(reason: str) -> None:
        click.echo(
            f"{click.style('warning:', fg='yellow', bold=True)} left out: {reason}", err=True
        )

    def progress(done: int, total: int) -> None:
        if done and done % 100 == 0:
            click.echo(f"{done} of {total} files read", err=True)

    count = app.report(results, output, title=title, warn=warn, progress=progress)
    click.echo(f"{output}: {count} {'result' if count == 1 else 'results'}")
