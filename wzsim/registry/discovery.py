"""Finds plugins without loading them: entry points, and what `-p` names."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Collection, Sequence
from importlib import metadata
from pathlib import Path
from typing import final

import attrs

from wzsim.errors import PluginError, did_you_mean
from wzsim.hookspecs import PROJECT
from wzsim.registry.defect import DefectError
from wzsim.registry.provider import Provider


@final
@attrs.frozen
class Candidate:
    """A plugin that was found and not loaded yet."""

    provider: Provider
    load: Callable[[], object]
    """Imports the plugin; whatever that raises comes out."""

    required: bool
    """Whether it was asked for by name: then a defect is an error at once."""


def find(
    switches: Sequence[str], *, entry_points: bool, builtins: Collection[str]
) -> tuple[Candidate, ...]:
    """All plugins to load, installed ones first, in an order that does not change.

    switches: what was given with `-p`, in order. builtins: names that no switch
    can block. Raises PluginError for an installed name that two distributions
    claim and for a switch that cannot be followed.
    """
    blocked = {switch.removeprefix("no:") for switch in switches if switch.startswith("no:")}
    for name in sorted(blocked & {"", PROJECT, *builtins}):
        raise PluginError(
            f"'-p no:{name}' blocks built-in components, which cannot be blocked"
            if name
            else "'-p no:' names no plugin: write '-p no:NAME'"
        )
    every = _Installed.scan() if entry_points else []
    installed = [plugin for plugin in every if not plugin.called(blocked)]
    _check_unique(installed)
    named = [switch for switch in switches if not switch.startswith("no:")]
    found = [plugin.candidate(required=plugin.called(named)) for plugin in installed]
    for name in named:
        if name in blocked or any(plugin.called([name]) for plugin in every):
            continue
        if name.endswith(".py"):
            found.append(_file(name))
        else:
            found.append(_module(name, [plugin.provider.plugin for plugin in every]))
    return tuple(found)


@final
@attrs.frozen
class _Installed:
    """An entry point of the group `wzsim`."""

    provider: Provider
    point: metadata.EntryPoint

    @classmethod
    def scan(cls) -> list[_Installed]:
        found = []
        for point in metadata.entry_points(group=PROJECT):
            name, version = _distribution(point)
            found.append(cls(Provider(point.name, name, version), point))
        return sorted(found, key=lambda plugin: plugin.provider)

    def called(self, names: Collection[str]) -> bool:
        """Whether one of `names` is its entry point, its module or its distribution."""
        distributions = {_canonical(name) for name in names}
        return (
            self.provider.plugin in names
            or self.point.value in names
            or _canonical(self.provider.distribution) in distributions
        )

    def candidate(self, *, required: bool) -> Candidate:
        return Candidate(self.provider, self.point.load, required)


def _distribution(point: metadata.EntryPoint) -> tuple[str, str]:
    """Name and version; both empty for a damaged installation, which has entry points alone.

    Where something has imported the library importlib_metadata, its finders answer
    here too, and raise where those of the standard library say None.
    """
    try:
        name = (point.dist and point.dist.name) or ""
        return name, point.dist.version if point.dist and name else ""
    except FileNotFoundError:
        return "", ""


def _canonical(distribution: str) -> str:
    """The name as package indexes compare it: `Wzsim_Laplace` is `wzsim-laplace`."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def _check_unique(installed: Sequence[_Installed]) -> None:
    """Refuse two distributions with one entry-point name; the name could not tell them apart."""
    first: dict[str, Provider] = {}
    for plugin in installed:
        one, other = first.setdefault(plugin.provider.plugin, plugin.provider), plugin.provider
        if one.distribution != other.distribution:
            raise PluginError(
                f"two installed plugins are called '{one.plugin}': "
                f"{one.distribution} {one.version} and {other.distribution} {other.version}; "
                f"block one with '-p no:{one.distribution}' or '-p no:{other.distribution}'"
            )


def _module(name: str, installed: Sequence[str]) -> Candidate:
    if not all(part.isidentifier() for part in name.replace("-", "_").split(".")):
        found = "it is a file, but its name" if Path(name).is_file() else "a file's name"
        raise PluginError(
            f"-p {name}: this is no name of a plugin or module; {found} must end in .py"
        )
    owners = metadata.packages_distributions().get(name.partition(".")[0], [])
    owner = owners[0] if len(set(owners)) == 1 and owners[0] else ""
    version = metadata.version(owner) if owner else ""

    def load() -> object:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            # The same error comes from inside the plugin, for a dependency that is missing.
            if error.name is None or not f"{name}.".startswith(f"{error.name}."):
                raise
            beside = Path(f"{name.replace('.', '/')}.py")
            hint = (
                f"did you mean '{beside}'?" if beside.is_file() else did_you_mean(name, installed)
            )
            raise DefectError(
                f"there is no installed plugin or module of this name; {hint}"
            ) from error

    return Candidate(Provider(name, owner, version), load, required=True)


def _file(name: str) -> Candidate:
    path = Path(name).resolve()
    try:
        source = path.read_bytes()
    except OSError as error:
        raise PluginError(f"-p {name}: {error.strerror}: '{path}'") from error
    digest = hashlib.sha256(source).hexdigest()[:12]
    # A file that was edited is another module: a notebook then never gets the old one.
    place = hashlib.sha256(bytes(path)).hexdigest()[:12]
    module_name = f"wzsim_plugin_{place}_{digest}"

    def load() -> object:
        if module_name in sys.modules:
            return sys.modules[module_name]
        spec = importlib.util.spec_from_file_location(module_name, path)
        assert spec is not None  # the name ends in .py
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        try:
            # Not the loader: it would write and trust byte code beside the user's file.
            exec(compile(source, path, "exec"), module.__dict__)  # noqa: S102
        except BaseException:
            del sys.modules[module_name]
            raise
        return module

    return Candidate(Provider(name, "", f"sha256:{digest}"), load, required=True)
