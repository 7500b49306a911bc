"""`wzsim show`."""

from __future__ import annotations

import json

import click

from wzsim.cli.common import results_argument, shared_options
from wzsim.errors import printable


@click.command("show", short_help="The numbers of results, as a table.")
@results_argument
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.option("--each", is_flag=True, help="Show replicates one by one.")
@shared_options
def command(results: tuple[str, ...], as_json: bool, each: bool, plugins: tuple[str, ...]) -> None:
    """Print the numbers of results, stage by stage, with their standard errors.

    A directory stands for all results in it. Replicates, which differ in
    nothing but the seed, make one table: median, quartiles, and the mean with its 95 %
    confidence interval.
    """
    from wzsim import app
    from wzsim.reporting import replicate_tables, tables
    from wzsim.reporting.replicates import replicate_groups

    files = app.find_results(results)
    opened = [app.open_result(path) for path in files]
    groups = [[place] for place in range(len(files))] if each else replicate_groups(opened)
    if as_json:
        entries = []
        for group in groups:
            those, paths = [opened[place] for place in group], [files[place] for place in group]
            if len(group) == 1:
                entries.append(tables.as_json(those[0], paths[0]))
            else:
                entries.append(replicate_tables.replicates_as_json(those, paths))
        click.echo(json.dumps(entries, indent=2))
        return
    for group in groups:
        those = [app.readable(opened[place]) for place in group]
        names = [printable(str(files[place])) for place in group]
        if len(group) == 1:
            tables.print_result(those[0], names[0])
        else:
            replicate_tables.print_replicates(those, names)
