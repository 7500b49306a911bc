"""`wzsim plugins`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from wzsim.cli.common import shared_options

if TYPE_CHECKING:
    from wzsim.registry import Provider


@click.command("plugins", short_help="List what is installed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@shared_options
def command(as_json: bool, plugins: tuple[str, ...]) -> None:
    """List the components that are installed, and the distribution each comes from."""
    from wzsim import app

    registry = app.registry(plugins)
    if as_json:
        rows = [
            {
                "kind": entry.kind,
                "name": entry.name,
                "plugin": entry.provider.plugin,
                "distribution": entry.provider.distribution,
                "version": entry.provider.version,
                "summary": summary(entry.component),
            }
            for entry in registry.entries()
        ]
        skipped = [
            {
                "plugin": failure.plugin,
                "distribution": failure.distribution,
                "version": failure.version,
                "reason": failure.reason,
            }
            for failure in registry.failures
        ]
        click.echo(json.dumps({"components": rows, "skipped": skipped}, indent=2))
        return
    width = max(len(entry.name) for entry in registry.entries())
    previous = ""
    for entry in registry.entries():
        if entry.kind != previous:
            click.secho(f"{entry.kind.replace('_', ' ')}", bold=True)
            previous = entry.kind
        click.echo(
            f"  {entry.name:{width}}  {origin(entry.provider):16}  {summary(entry.component)}"
        )
    busy = {entry.provider for entry in registry.entries()}
    for provider in registry.providers():
        if provider not in busy:
            click.echo(f"plugin {provider} has no component: it listens to runs")
    for failure in registry.failures:
        click.secho(f"skipped: plugin {failure}", fg="yellow", err=True)


def origin(provider: Provider) -> str:
    """The distribution and version of an installed plugin, the name of another."""
    if not provider.distribution:
        return provider.plugin
    return f"{provider.distribution} {provider.version}"


def summary(component: type) -> str:
    """First line of a component's docstring."""
    return (component.__doc__ or "").strip().partition("\n")[0]
