"""Reads one plugin: its contract, its hooks and the components that they return.

Every plugin gets a pluggy manager of its own. A hook of one plugin can then
neither change nor hide what another one returns, and one that raises stops
nobody else.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence

import attrs
import pluggy

from wzsim import hookspecs
from wzsim.contracts import CONTRACT_VERSION, KINDS, Component
from wzsim.errors import did_you_mean
from wzsim.registry.defect import DefectError, one_line

HOOKS = {kind: f"wzsim_{kind}s" for kind in KINDS}
"""The hook of each kind of component."""


def connect(plugin: object) -> pluggy.PluginManager:
    """A manager with this plugin alone.

    Raises DefectError for another contract, a misspelt or unmarked hook, and
    arguments that the hook does not have.
    """
    _check_contract(plugin)
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    known = [name for name in vars(hookspecs) if name.startswith("wzsim_")]
    try:
        manager.register(plugin)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        for caller in manager.get_hookcallers(plugin) or ():
            if not caller.has_spec():
                hint = did_you_mean(caller.name, known)
                raise DefectError(f"there is no hook '{caller.name}'; {hint}") from error
        # pluggy's first line is its own name of the plugin, which is not ours.
        raise DefectError("; ".join(str(error).splitlines()[1:])) from error
    for name in known:
        found = getattr(plugin, name, None)
        own = inspect.isfunction(found) and found is not getattr(hookspecs, name)
        if own and manager.parse_hookimpl_opts(plugin, name) is None:
            raise DefectError(f"{name} is not marked with @wzsim.hookspecs.hookimpl")
    return manager


def components(manager: pluggy.PluginManager) -> tuple[tuple[str, type[Component]], ...]:
    """The (kind, component) pairs of the one plugin in `manager`, checked.

    Raises DefectError for a hook that raises or returns no list, a component
    that is not fit for use, and a name that comes twice.
    """
    found: dict[tuple[str, str], type[Component]] = {}
    for kind in KINDS:
        for value in _answers(manager, kind):
            component = _checked(value, kind)
            if (kind, component.name) in found:
                raise DefectError(f"{HOOKS[kind]} returns two of the name '{component.name}'")
            found[kind, component.name] = component
    return tuple((kind, component) for (kind, _), component in found.items())


def _check_contract(plugin: object) -> None:
    stated = getattr(plugin, "WZSIM_CONTRACT", None)
    if stated is None:
        raise DefectError(
            "WZSIM_CONTRACT is missing: state the version of the contracts that it was written "
            f"for, WZSIM_CONTRACT = {CONTRACT_VERSION}"
        )
    if type(stated) is not int:
        raise DefectError(f"WZSIM_CONTRACT must be an integer, not {stated!r}")
    if stated != CONTRACT_VERSION:
        newer = "wzsim" if stated > CONTRACT_VERSION else "version of the plugin"
        raise DefectError(
            f"it was written for contract {stated} and this wzsim has contract "
            f"{CONTRACT_VERSION}: it needs a newer {newer}"
        )


def _answers(manager: pluggy.PluginManager, kind: str) -> Iterator[object]:
    hook = getattr(manager.hook, HOOKS[kind])
    try:
        answers = hook()
    except (Exception, SystemExit) as error:
        raise DefectError(f"{HOOKS[kind]} raised {one_line(error)}") from error
    # pluggy drops an answer of None, which is what a forgotten `return` gives.
    if len(answers) < sum(not impl.hookwrapper for impl in hook.get_hookimpls()):
        answers = [None]
    for answer in answers:
        if not isinstance(answer, Sequence) or isinstance(answer, str):
            raise DefectError(f"{HOOKS[kind]} returned {answer!r}, not a list of classes")
        yield from answer


def _checked(value: object, kind: str) -> type[Component]:
    """The value, once it is known to be a component that can be used."""
    base, hook = KINDS[kind], HOOKS[kind]
    if not isinstance(value, type):
        raise DefectError(f"{hook} returns {value!r}, which is not a class")
    who = value.__qualname__
    if not issubclass(value, base):
        right = [HOOKS[k] for k, other in KINDS.items() if issubclass(value, other)]
        hint = f": {right[0]} is its hook" if right else ""
        raise DefectError(f"{hook} returns {who}, which is no {base.__name__}{hint}")
    if inspect.isabstract(value):
        missing = ", ".join(sorted(value.__abstractmethods__))
        raise DefectError(f"{base.__name__} {who} is abstract: it lacks {missing}")
    # Every component inherits attrs fields, so `attrs.has` would always be true. Frozen
    # needs no check of its own: attrs freezes what derives from a frozen class.
    if "__attrs_attrs__" not in vars(value):
        raise DefectError(f"{base.__name__} {who} is not decorated with @attrs.frozen")
    by_position = [field.name for field in attrs.fields(value) if field.init and not field.kw_only]
    if by_position:
        raise DefectError(
            f"{base.__name__} {who} takes {', '.join(by_position)} by position: write "
            "@attrs.frozen(kw_only=True) above it"
        )
    methods = [field for field in _properties(value) if inspect.isfunction(getattr(value, field))]
    if methods:
        raise DefectError(f"{base.__name__} {who}: {', '.join(methods)} lacks @property")
    name = getattr(value, "name", None)
    if name is None:
        raise DefectError(f'{base.__name__} {who} has no name: add name = "..." to the class')
    if not isinstance(name, str):
        raise DefectError(
            f"the name of {base.__name__} {who} is not a string of the class: write "
            'name = "..." without an annotation, or attrs makes it a parameter'
        )
    if not name[:1].isalnum() or not all(c.isalnum() or c in "._-" for c in name):
        raise DefectError(
            f"{base.__name__} {who} has the name {name!r}: a name is letters, digits, "
            "'.', '_' or '-' and begins with a letter or digit"
        )
    return value


def _properties(component: type[Component]) -> list[str]:
    """What the contracts of a component declare as properties."""
    contracts = [cls for cls in component.__mro__ if cls.__module__.startswith("wzsim.contracts.")]
    return sorted(
        {name for cls in contracts for name, own in vars(cls).items() if isinstance(own, property)}
    )
