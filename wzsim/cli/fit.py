"""`wzsim fit`."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import click

from wzsim.cli.common import shared_options
from wzsim.errors import InputError

RATES = (0.5, 1.0, 2.0, 3.0)


@click.command("fit", short_help="Which correlation channel is this data?")
@click.argument("data", type=click.Path())
@click.option("--x", required=True, metavar="COL", help="Column of the source to encode.")
@click.option("--y", required=True, metavar="COL", help="Column of the side information.")
@click.option("-o", "--output", metavar="S.toml", help="Write a scenario with the fitted channel.")
@click.option("--plot", metavar="F.png", help="Draw the noise and the fitted laws.")
@click.option("--force", is_flag=True, help="Replace a scenario that is there already.")
@shared_options
def command(
    data: str,
    x: str,
    y: str,
    output: str | None,
    plot: str | None,
    force: bool,
    plugins: tuple[str, ...],
) -> None:
    """Fit the installed correlation channels that it knows to pairs of numbers, and rank the fits.

    DATA is a CSV, NPY, Parquet or HDF5 file. Prints the ranking by held-out log-likelihood, and
    the bounds and what side information buys under the best fit. Needs the plugin wzsim-data.
    """
    from wzsim import app
    from wzsim.cli.bounds import DEFAULT_RATES, print_bounds
    from wzsim.scenario import parse_scenario
    from wzsim.simulation.bounds import bound_functions
    from wzsim.storage import write_atomically

    reading, fitting, report = (_part(name) for name in ("reading", "fitting", "report"))
    if output is not None and Path(output).exists() and not force:
        raise InputError(f"{output} is there already; use --force to replace it")
    if plot is not None:
        from wzsim.reporting.saving import picture_kind, save_figure

        picture_kind(plot)
    registry = app.registry(plugins)
    study = fitting.fit(reading.read_pairs(data, x, y), registry)
    for line in report.report(study):
        click.echo(line)
    text = _part("scenario").scenario_of(study, data, x, y)
    loaded = parse_scenario(text, registry, file_name=output)
    click.echo(f"\nbounds of a Gaussian Y' with the {study.best.name} channel")
    print_bounds(app.bounds(loaded, registry, DEFAULT_RATES))
    for line in report.gain_lines(RATES, bound_functions(loaded.scenario)):
        click.echo(line)
    if output is not None:
        write_atomically(output, text.encode())
        click.echo(output)
    if plot is not None:
        save_figure(_part("figure").fit_figure(study), plot)
        click.echo(plot)


def _part(name: str) -> ModuleType:
    """A module of wzsim-data, which is a plugin: only this command knows that it may be there."""
    try:
        return importlib.import_module(f"wzsim_data.{name}")
    except ModuleNotFoundError as error:
        if error.name != "wzsim_data":
            raise
        raise InputError(
            "`wzsim fit` needs the plugin wzsim-data: pip install wzsim-data"
        ) from error
