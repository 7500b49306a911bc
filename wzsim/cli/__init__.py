"""The command line: one short file a command, imported when it is used."""

from __future__ import annotations

import importlib

import click

from wzsim import __version__

COMMANDS = (
    "run",
    "status",
    "validate",
    "schema",
    "show",
    "compare",
    "plot",
    "report",
    "encode",
    "decode",
    "bounds",
    "fit",
    "plugins",
    "new",
)
"""In the order of the help page; the module of a command has its name."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of a day's work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"wzsim.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a suggestion for a misspelt command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from wzsim.errors import did_you_mean

            ctx.fail(f"no command '{args[0]}'; {did_you_mean(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="A first run:  wzsim run scenarios/gauss_222.toml",
)
@click.version_option(__version__, prog_name="wzsim")
def main() -> None:
    """Simulate Wyner-Ziv coding: declare a scenario in TOML, run it, look at the result."""
