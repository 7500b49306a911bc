"""Loads built-ins and plugins into a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from wzsim import __version__
from wzsim.errors import PluginError
from wzsim.hookspecs import PROJECT
from wzsim.registry.catalogue import LoadedPlugin, Registry
from wzsim.registry.defect import DefectError, one_line
from wzsim.registry.discovery import Candidate, find
from wzsim.registry.inspection import components, connect
from wzsim.registry.provider import PluginFailure, Provider


def load_registry(
    builtins: Mapping[str, object], plugins: Sequence[str] = (), *, entry_points: bool = True
) -> Registry:
    """Built-ins, installed plugins, and those that `plugins` names.

    builtins: modules with hook implementations, by name. plugins: the `-p`
    switches in order; each names an installed plugin (by its entry point, its
    module or its distribution), an importable module, or a file by a path that
    ends in `.py`; `no:NAME` blocks the plugin of that name, also one that
    another switch names. Blocking one that is not there is harmless, so that
    one command line serves several machines. entry_points: whether installed
    plugins are looked for.

    An installed plugin with a defect is skipped whole and listed in
    `Registry.failures`; one that a switch names raises PluginError, and so do
    two plugins that claim the same name.
    """
    loaded = [_load(_builtin(name, module), builtin=True) for name, module in builtins.items()]
    failures: list[PluginFailure] = []
    for candidate in find(plugins, entry_points=entry_points, builtins=builtins):
        try:
            plugin = _load(candidate, builtin=False)
        except DefectError as defect:
            who = candidate.provider
            if candidate.required:
                raise PluginError(f"plugin {who}: {defect}") from defect
            failures.append(PluginFailure(who.plugin, who.distribution, who.version, str(defect)))
        else:
            if not any(_same(plugin.plugin, other.plugin) for other in loaded):
                loaded.append(plugin)
    return Registry(tuple(loaded), tuple(failures))


def _builtin(name: str, module: object) -> Candidate:
    return Candidate(Provider(name, PROJECT, __version__), lambda: module, required=True)


def _load(candidate: Candidate, *, builtin: bool) -> LoadedPlugin:
    try:
        plugin = candidate.load()
    except DefectError:
        raise
    except (Exception, SystemExit) as error:
        raise DefectError(f"cannot be imported: {one_line(error)}") from error
    manager = connect(plugin)
    return LoadedPlugin(candidate.provider, plugin, manager, components(manager), builtin)


def _same(one: object, other: object) -> bool:
    """Whether two plugins are one module, or two imports of one file."""
    files = [getattr(plugin, "__file__", None) for plugin in (one, other)]
    return one is other or (
        None not in files and Path(str(files[0])).resolve() == Path(str(files[1])).resolve()
    )
