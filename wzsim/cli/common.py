"""What all commands share: their options, and errors for people."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from wzsim.errors import ScenarioError, WzsimError, printable

Command = Callable[..., Any]

PLUGIN_HELP = (
    "Load a plugin: an importable module, or a file ending in .py; 'no:NAME' blocks an "
    "installed one. May be given several times."
)

SET_HELP = (
    "Override a key of the scenario, such as training.epochs=10. The value is TOML; one that "
    "is not TOML is a string. May be given several times."
)


def shared_options(function: Command) -> Command:
    """`-p PLUGIN` and `--debug`, which every command takes, and the handling of errors."""

    @click.option("-p", "--plugin", "plugins", multiple=True, metavar="PLUGIN", help=PLUGIN_HELP)
    @click.option("--debug", is_flag=True, help="Show the traceback of an error.")
    @functools.wraps(function)
    def wrapped(*args: Any, debug: bool, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except WzsimError as error:
            if debug:
                raise
            report(error)
            sys.exit(error.exit_code)
        except BrokenPipeError:
            # The reader (`| head`) has gone: nothing is left to say, and nobody to say it to.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(1)

    return wrapped


@contextmanager
def without_collector() -> Iterator[None]:
    """Leave cycles of objects to the end: a search for them takes a quarter of a short command
    that makes a million objects.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def report(error: WzsimError) -> None:
    """Print an error: every problem of a scenario on a line of its own."""
    problems = error.problems if isinstance(error, ScenarioError) else (error,)
    for problem in problems:
        # What they say may come from a file, and steer the terminal.
        text = "\n".join(printable(line) for line in str(problem).split("\n"))
        click.echo(f"{click.style('error:', fg='red', bold=True)} {text}", err=True)


scenario_argument = click.argument(
    "scenarios", nargs=-1, required=True, metavar="SCENARIO...", type=click.Path()
)

results_argument = click.argument(
    "results", nargs=-1, required=True, metavar="RESULT...", type=click.Path()
)

set_option = click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help=SET_HELP)
