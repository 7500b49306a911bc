"""The registry: components by kind and name, and the life-cycle hooks of a run."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import final

import attrs
import pluggy

from wzsim.contracts import KINDS, Component, EpochFinished, Event, RunFinished, RunStarted
from wzsim.errors import InputError, PluginError, did_you_mean
from wzsim.registry.defect import one_line
from wzsim.registry.provider import Entry, PluginFailure, Provider

LOGGER = logging.getLogger(__name__)

LIFE_CYCLE: Mapping[type[Event], str] = {
    RunStarted: "wzsim_run_started",
    EpochFinished: "wzsim_epoch_finished",
    RunFinished: "wzsim_run_finished",
}
"""The hook that each event goes to; other events are for progress displays only."""


class UnknownComponentError(InputError):
    """A name that no plugin provides. `message` is what is wrong, `hint` what would be right."""

    def __init__(self, message: str, hint: str) -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message}; {hint}")


@final
@attrs.frozen
class LoadedPlugin:
    """A plugin without defects, connected to its own pluggy manager."""

    provider: Provider
    plugin: object
    manager: pluggy.PluginManager
    components: tuple[tuple[str, type[Component]], ...]
    builtin: bool


@final
@attrs.frozen(eq=False)
class Registry:
    """All installed components.

    Raises PluginError where two plugins provide the same kind and name.
    """

    plugins: tuple[LoadedPlugin, ...]

    failures: tuple[PluginFailure, ...] = ()
    """Installed plugins that were skipped because something is wrong with them."""

    _entries: Mapping[tuple[str, str], Entry] = attrs.field(init=False)
    _silenced: set[tuple[str, str]] = attrs.field(init=False, factory=set)

    @_entries.default
    def _index(self) -> Mapping[tuple[str, str], Entry]:
        return _index(self.plugins)

    def get(self, kind: str, name: str) -> type[Component]:
        """The component of that kind and name. Raises UnknownComponentError."""
        if (kind, name) in self._entries:
            return self._entries[kind, name].component
        hint = did_you_mean(name, self.names(kind))
        skipped = "".join(f"; skipped plugin {failure}" for failure in self.failures)
        raise UnknownComponentError(f"unknown {kind.replace('_', ' ')} '{name}'", hint + skipped)

    def names(self, kind: str) -> tuple[str, ...]:
        """All names of a kind, in alphabetical order; KeyError for a kind that does not exist."""
        KINDS[kind]
        return tuple(sorted(name for k, name in self._entries if k == kind))

    def entries(self) -> tuple[Entry, ...]:
        """Every component, in the order of `KINDS`, then by name."""
        return tuple(self._entries[kind, name] for kind in KINDS for name in self.names(kind))

    def providers(self) -> tuple[Provider, ...]:
        """Every loaded plugin, also one without components; built-ins come first."""
        return tuple(plugin.provider for plugin in self.plugins)

    def emit(self, event: Event) -> None:
        """Tell the life-cycle hooks of all plugins.

        A run never fails through a listener: a hook that raises is reported once,
        as a warning of the logger `wzsim.registry.catalogue`, and is not called
        again by this registry. The hooks of other plugins are called all the same.
        """
        hook = LIFE_CYCLE.get(type(event))
        if hook is None:
            return
        for plugin in self.plugins:
            if (plugin.provider.plugin, hook) in self._silenced:
                continue
            try:
                getattr(plugin.manager.hook, hook)(event=event)
            except (Exception, SystemExit) as error:
                self._silenced.add((plugin.provider.plugin, hook))
                reason = f"{hook} raised {one_line(error)} and is not called again"
                LOGGER.warning("%s: %s", plugin.provider, reason)
                LOGGER.debug("%s: %s", plugin.provider, hook, exc_info=True)


def _index(plugins: Iterable[LoadedPlugin]) -> Mapping[tuple[str, str], Entry]:
    found: dict[tuple[str, str], tuple[Entry, bool]] = {}
    collisions = []
    for plugin in plugins:
        for kind, component in plugin.components:
            entry = Entry(kind, component.name, component, plugin.provider)
            first, builtin = found.setdefault((kind, component.name), (entry, plugin.builtin))
            if first is not entry:
                collisions.append(_collision(first, entry, builtin=builtin))
    if collisions:
        raise PluginError("\n".join(collisions))
    return {key: entry for key, (entry, _) in found.items()}


def _collision(first: Entry, second: Entry, *, builtin: bool) -> str:
    what = f"{first.kind.replace('_', ' ')} '{first.name}'"
    one, other = first.provider, second.provider
    if builtin:
        return (
            f"{what} is built in and cannot be replaced, but {other} provides it too; "
            f"block that plugin with '-p no:{other.plugin}'"
        )
    return (
        f"{what} is provided by both {one} and {other}; "
        f"block one with '-p no:{one.plugin}' or '-p no:{other.plugin}'"
    )
