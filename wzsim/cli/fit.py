"""`wzsim fit`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from wzsim.cli.common import shared_options
from wzsim.errors import InputError

if TYPE_CHECKING:
    from wzsim.registry import Registry
    from wzsim.scenario import LoadedScenario

RATES = (0.5, 1.0, 2.0, 3.0)


@click.command("fit", short_help="Which correlation channel is this data?")
@click.argument("data", type=click.Path())
@click.option("--x", required=True, metavar="COL", help="Column of the source to encode.")
@click.option("--y", required=True, metavar="COL", help="Column of the side information.")
@click.option(
    "-o",
    "--output",
    metavar="S.toml",
    help="Write a scenario with the fitted law, and beside it S_coders.toml: codes for that law, "
    "measured on rows that it was not fitted to.",
)
@click.option("--plot", metavar="F.png", help="Draw the noise and the fitted laws.")
@click.option("--bounds/--no-bounds", default=True, help="Print the bounds under the chosen fit.")
@click.option("--force", is_flag=True, help="Replace scenarios that are there already.")
@shared_options
def command(
    data: str,
    x: str,
    y: str,
    output: str | None,
    plot: str | None,
    bounds: bool,
    force: bool,
    plugins: tuple[str, ...],
) -> None:
    """Fit the installed correlation channels that it knows to pairs of numbers, and rank the fits.

    DATA is a CSV, NPY, Parquet or HDF5 file; the third and the eighth tenth of its rows are held
    out. Prints the ranking by cross-validated log-likelihood, and the bounds and what side
    information buys under the chosen fit. Needs the plugin wzsim-data.
    """
    from wzsim import app
    from wzsim.scenario import parse_scenario

    reading, fitting, report, scenario = (
        _part(name) for name in ("reading", "fitting", "report", "scenario")
    )
    files = _new_files(output, force=force)
    if plot is not None:
        from wzsim.reporting.saving import picture_kind

        picture_kind(plot)
    registry = app.registry(plugins)
    study = fitting.fit(reading.read_pairs(data, x, y), registry)
    for line in report.report(study):
        click.echo(line)
    text = scenario.scenario_of(study, data, x, y)
    loaded = parse_scenario(text, registry, file_name=output)
    if files:
        coders = scenario.coders_of(study, files[0].name, data, x, y)
        _write_all(dict(zip(files, (text, coders), strict=True)))
    if plot is not None:
        from wzsim.reporting.saving import save_figure

        save_figure(_part("figure").fit_figure(study), plot)
    if bounds:
        _print_bounds(loaded, registry, report, study)
    for path in (*files, *filter(None, [plot])):
        click.echo(path)
    if files:
        results = f"results/{scenario.scenario_name(data)}_coders"
        click.echo(f"next: wzsim run {files[1]}")
        click.echo(f"      wzsim compare {results} --mixed --plot {files[1].stem}.png")


def _new_files(output: str | None, *, force: bool) -> tuple[Path, ...]:
    """The scenario and the one of the coders; none without an output."""
    if output is None:
        return ()
    first = Path(output)
    files = first, first.with_name(f"{first.stem}_coders.toml")
    if not force:
        for path in files:
            if path.exists():
                raise InputError(f"{path} is there already; use --force to replace it")
    return files


def _write_all(texts: Mapping[Path, str]) -> None:
    """Write all files or none: after a failure those before it are as they were."""
    from wzsim.storage import write_atomically

    written: dict[Path, bytes | None] = {}
    try:
        for path, text in texts.items():
            before = path.read_bytes() if path.exists() else None
            write_atomically(path, text.encode())
            written[path] = before
    except BaseException:
        for path, content in written.items():
            if content is None:
                path.unlink()
            else:
                write_atomically(path, content)
        raise


def _print_bounds(
    loaded: LoadedScenario, registry: Registry, report: ModuleType, study: Any
) -> None:
    from wzsim import app
    from wzsim.cli.bounds import DEFAULT_RATES, print_bounds
    from wzsim.simulation.bounds import bound_functions

    source = study.sources[0].name
    click.echo(f"\nbounds of a {source} Y' with the {study.chosen.name} channel")
    print_bounds(app.bounds(loaded, registry, DEFAULT_RATES))
    for line in report.gain_lines(RATES, bound_functions(loaded.scenario)):
        click.echo(line)


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
