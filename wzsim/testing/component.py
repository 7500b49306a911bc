"""What every component must be: frozen data that a scenario file can hold."""

from __future__ import annotations

import pickle
import re
import tomllib
from importlib import metadata
from types import ModuleType
from typing import Any

import attrs
import pytest
import tomli_w

import wzsim.builtin.hooks
from wzsim import app
from wzsim.contracts import CONTRACT_VERSION, KINDS, Component
from wzsim.errors import PluginError
from wzsim.hookspecs import PROJECT, hookimpl
from wzsim.registry import Registry, load_registry
from wzsim.scenario.convert import make_converter
from wzsim.scenario.faults import faults_of
from wzsim.scenario.resolve import plain


class ComponentKit:
    """Tests of any component. Derive from the kit of its kind, which has these tests too."""

    component: Component
    """The component under test, with parameters as a scenario would give them."""

    plugin: str | None = ""
    """What `-p` would name to load it: an entry point or a module. Empty for that of the package
    which defines the class; None for a class of which no scenario knows."""

    @property
    def _who(self) -> str:
        return f"{self.component.kind.replace('_', ' ')} '{self.component.name}'"

    def test_is_accepted_by_the_registry(self) -> None:
        """The class has a name, is frozen and implements every abstract method."""
        cls = type(self.component)
        assert self._registry().get(cls.kind, cls.name) is cls, (
            f"another {cls.kind.replace('_', ' ')} is installed as '{cls.name}'; "
            "give this one another name"
        )

    def test_is_provided_by_its_plugin(self) -> None:
        """Loaded as wzsim loads it, the plugin states its contract and a hook returns the class."""
        if self.plugin is None:
            pytest.skip("the kit says that no plugin provides it")
        cls = type(self.component)
        named = (self.plugin,) if self.plugin else plugins_of(cls)
        otherwise = "plugin = None in the kit is for a class that no plugin is to provide"
        try:
            entries = app.registry(named).entries()
        except PluginError as error:
            raise AssertionError(
                f"{self._who} cannot be used in a scenario: {error}\nIf another module has "
                f'its hook, say plugin = "MODULE" in the kit; {otherwise}'
            ) from None
        assert any(entry.component is cls for entry in entries), (
            f"{self._who} cannot be used in a scenario: plugin {' or '.join(named)} does not "
            f"provide it. Let a function wzsim_{cls.kind}s, marked with @hookimpl, return "
            f"[{cls.__qualname__}]; {otherwise}"
        )

    def test_equals_a_copy_and_is_hashable(self) -> None:
        """Tables are kept by component, so equal parameters must make equal components."""
        copy = attrs.evolve(self.component)
        assert copy == self.component, (
            f"{self._who} differs from a copy with the same parameters; use @attrs.frozen without "
            "eq=False, and no arrays as parameters"
        )
        try:
            same = hash(copy) == hash(self.component)
        except TypeError as error:
            raise AssertionError(
                f"{self._who} cannot be hashed ({error}); use tuples in place of lists"
            ) from error
        assert same, f"{self._who} has another hash than an equal copy"

    def test_comes_back_from_a_scenario_file(self) -> None:
        """Written as a TOML table and read again it is an equal component."""
        cls = type(self.component)
        try:
            text = tomli_w.dumps(plain(self.component, cls))
        except TypeError as error:
            raise AssertionError(
                f"{self._who} has a parameter that TOML cannot hold ({error}); parameters are "
                "numbers, strings, booleans, tuples of these and attrs classes"
            ) from error
        base: Any = KINDS[cls.kind]
        try:
            again = make_converter(self._registry()).structure(tomllib.loads(text), base)
        except Exception as error:
            reasons = "; ".join(fault.message for fault in faults_of(error))
            raise AssertionError(
                f"{self._who} does not come back from a scenario ({reasons}); annotate each "
                f"parameter with the type that its validator admits. It was written as\n{text}"
            ) from error
        assert again == self.component, (
            f"{self._who} comes back from a scenario as {again}; a converter or "
            "__attrs_post_init__ must not change what it is given"
        )

    def test_comes_back_from_a_pickle(self) -> None:
        """Other processes get components as pickles."""
        try:
            again = pickle.loads(pickle.dumps(self.component))  # noqa: S301 - made in this line
        except Exception as error:
            raise AssertionError(
                f"{self._who} cannot be pickled ({error}); define its class at the top of a "
                "module, and keep functions and open files out of its parameters"
            ) from error
        assert again == self.component, f"{self._who} comes back from a pickle as {again}"

    def _registry(self) -> Registry:
        try:
            return registry_with(type(self.component))
        except PluginError as error:
            raise AssertionError(f"{self._who} is refused: {error}") from error


def plugins_of(cls: type[Component]) -> tuple[str, ...]:
    """What `-p` would name to load the plugin of this class: its entry points, or its package."""
    package = cls.__module__.partition(".")[0]
    if package == PROJECT:
        return ()
    points = metadata.entry_points(group=PROJECT)
    own = [point.name for point in points if re.split(r"[.:]", point.value)[0] == package]
    if not own:  # an entry point with a mistake in it is still one of the distribution
        owners = metadata.packages_distributions().get(package, [])
        own = [point.name for point in points if point.dist and point.dist.name in owners]
    return tuple(own) or (package,)


def registry_with(cls: type[Component]) -> Registry:
    """What is installed, and this component where it is not.

    Raises PluginError for a component that the registry refuses.
    """
    installed = app.registry()
    if cls.name in installed.names(cls.kind) and installed.get(cls.kind, cls.name) is cls:
        return installed

    def hook() -> list[type[Component]]:
        return [cls]

    module = ModuleType("component under test")
    vars(module)["WZSIM_CONTRACT"] = CONTRACT_VERSION
    vars(module)[f"wzsim_{cls.kind}s"] = hookimpl(hook)
    known = {"wzsim": wzsim.builtin.hooks, module.__name__: module}
    return load_registry(known, entry_points=False)
