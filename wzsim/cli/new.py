"""`wzsim new`."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import click

from wzsim.cli.common import shared_options

if TYPE_CHECKING:
    from wzsim.registry import Registry

SUMMARIES = {
    "channel": "Laplacian noise, added to its input",
    "source": "independent samples of a uniform law",
    "encoder": "a uniform quantizer with a dead zone, its cells numbered modulo the messages",
    "rate-estimator": "frequencies of the messages that an encoder sends, without y",
    "decoder": "the mean of x for each message and bin of y, from samples",
}
"""The kinds, and what the component that is written does. It is meant to be changed."""

LONGEST = 62
"""Characters of a name: files are named after it, with more around it."""


@click.command("new", short_help="Start a plugin that works at once.")
@click.argument("kind", type=click.Choice(list(SUMMARIES)), metavar="KIND")
@click.argument("name", metavar="NAME")
@click.option(
    "-o", "--output", "directory", default=".", metavar="DIR", help="Where to write. Default: here."
)
@click.option(
    "--file",
    "single",
    is_flag=True,
    help="Write NAME.py and NAME.toml alone: a plugin that is not installed but named with -p.",
)
@shared_options
def command(kind: str, name: str, directory: str, single: bool, plugins: tuple[str, ...]) -> None:
    """Write ./wzsim-NAME, a plugin with one component of KIND that scenarios call NAME.

    KIND is channel, source, encoder, rate-estimator or decoder. NAME has letters,
    digits, '.', '_' and '-'.

    The component works at once: install it, run its tests, run its scenario, and
    then change the formulas. Its tests inherit wzsim's tests of the kind and say
    what is wrong with a density, a sampler or a state.

    \b
      wzsim new channel my-noise
      cd wzsim-my-noise
      python -m pip install -e '.[test]'
      python -m pytest
      wzsim run scenario.toml

    With --file there is nothing to install:

    \b
      wzsim new channel my-noise --file
      wzsim run my-noise.toml -p my-noise.py
    """  # noqa: D301 - click's mark of a paragraph that keeps its lines
    from wzsim import app

    registry = app.registry(plugins)
    check_name(name)
    place = Path(directory)
    check_free(kind, name, registry, place if single else None)
    files = single_file(kind, name) if single else project(kind, name)
    write(place, files)
    for file in files:
        click.echo(place / file)
    click.echo("next:")
    if single:
        click.echo(f"  wzsim run {place / f'{name}.toml'} -p {place / f'{name}.py'}")
        return
    click.echo(f"  cd {place / f'wzsim-{name}'}")
    for line in (
        "python -m pip install -e '.[test]'",
        "python -m pytest",
        "wzsim run scenario.toml",
    ):
        click.echo(f"  {line}")


def check_name(name: str) -> None:
    """Raise InputError for a name from which no module and no distribution can be named."""
    from wzsim.errors import InputError

    if len(name) > LONGEST:
        raise InputError(
            f"'{name[:20]}...' has {len(name)} characters, and a name has at most {LONGEST}"
        )
    if not re.fullmatch(r"[A-Za-z]([A-Za-z0-9._-]*[A-Za-z0-9])?", name):
        raise InputError(
            f"{name!r} cannot be the name of a component: use letters, digits, '.', '_' and '-', "
            "with a letter first and a letter or digit last"
        )
    if re.fullmatch(r"(con|prn|aux|nul|(com|lpt)[1-9])(\..*)?", name.lower()):
        raise InputError(f"no file can be called {name!r} on Windows; choose another name")
    if name.endswith(".py"):
        raise InputError(
            f"NAME is what scenarios call the component and not a file: write '{name[:-3]}'"
        )


def check_free(kind: str, name: str, registry: Registry, place: Path | None) -> None:
    """Raise InputError for a name that a component, a distribution or a module has already.

    place: the folder of a single file; None for an installable plugin.
    """
    from wzsim.errors import InputError

    for entry in registry.entries():
        if (entry.kind, entry.name) == (kind.replace("-", "_"), name):
            raise InputError(
                f"{kind.replace('-', ' ')} '{name}' is installed already, from {entry.provider}; "
                "choose another name"
            )
    if place is not None:
        there = (place / f"{name}.py").exists()  # which `write` says
        if name.isidentifier() and is_module(name) and not there:
            raise InputError(
                f"a file {name}.py would hide the module {name} from every Python that is started "
                "beside it; choose another name"
            )
        return
    loaded = [provider.distribution for provider in registry.providers()]
    for distribution in (*loaded, *(failure.distribution for failure in registry.failures)):
        if canonical(distribution) == canonical(f"wzsim-{name}"):
            raise InputError(
                f"the distribution {distribution} is installed already, and one more of "
                "that name would replace it; choose another name"
            )
    if is_module(module_of(name)):
        raise InputError(f"the module {module_of(name)} is installed already; choose another name")


def is_module(name: str) -> bool:
    """Whether Python finds a module of this name; a folder that happens to have it is none."""
    found = find_spec(name)
    return found is not None and found.origin is not None


def module_of(name: str) -> str:
    """The module of the plugin: names that package indexes confuse have one module."""
    return "wzsim_" + re.sub(r"[-_.]+", "_", name)


def canonical(distribution: str) -> str:
    """The name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def project(kind: str, name: str) -> dict[str, str]:
    """The files of an installable plugin, by their paths."""
    module = module_of(name)
    return {
        f"wzsim-{name}/{path}": rendered(template, kind, name, "wzsim run scenario.toml")
        for path, template in (
            ("pyproject.toml", "pyproject.toml"),
            ("README.md", "README.md"),
            (f"src/{module}/__init__.py", f"{kind}/plugin.py"),
            (f"tests/test_{module}.py", f"{kind}/tests.py"),
            ("scenario.toml", f"{kind}/scenario.toml"),
        )
    }


def single_file(kind: str, name: str) -> dict[str, str]:
    """The files of a plugin that is named with `-p`."""
    run = f"wzsim run {name}.toml -p {name}.py"
    return {
        f"{name}.py": rendered(f"{kind}/plugin.py", kind, name, run),
        f"{name}.toml": rendered(f"{kind}/scenario.toml", kind, name, run),
    }


def rendered(template: str, kind: str, name: str, run: str) -> str:
    """A template of wzsim/cli/templates with its placeholders filled in."""
    from wzsim.contracts import CONTRACT_VERSION

    words = re.split(r"[-_.]+", name)
    prefix = "".join(word[0].upper() + word[1:] for word in words)
    text = resources.files("wzsim.cli").joinpath("templates", f"{template}.in").read_text("utf-8")
    return Template(text).substitute(
        kind=kind.replace("-", " "),
        name=name,
        module=module_of(name),
        # pytest takes every class for tests whose name begins with Test.
        prefix=f"My{prefix}" if prefix.startswith("Test") else prefix,
        summary=SUMMARIES[kind],
        contract=CONTRACT_VERSION,
        run=run,
    )


def write(place: Path, files: Mapping[str, str]) -> None:
    """Write all files or none.

    Raises InputError where one is there already, OutputError where one cannot be written.
    """
    from wzsim.errors import InputError, OutputError

    tops = sorted({Path(file).parts[0] for file in files})
    there = {canonical(path.name): path for path in place.iterdir()} if place.is_dir() else {}
    for top in tops:
        if canonical(top) in there:
            raise InputError(
                f"{there[canonical(top)]} exists already; choose another name, or another place "
                "with -o"
            )
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place, prefix=".wzsim-new-") as scratch:
            for file, text in files.items():
                path = Path(scratch, file)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            for top in tops:
                Path(scratch, top).rename(place / top)
    except OSError as error:
        raise OutputError(f"cannot write {place / tops[0]}: {error.strerror}") from error
