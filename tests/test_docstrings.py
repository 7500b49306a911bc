"""What ruff cannot check: an override may go without a docstring, nothing else may."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import wzsim


def public_classes() -> Iterator[type]:
    for module_info in pkgutil.walk_packages(wzsim.__path__, "wzsim."):
        if module_info.name.endswith("__main__"):
            continue
        module = importlib.import_module(module_info.name)
        for name, value in vars(module).items():
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own and not name.startswith("_"):
                yield value


def undocumented(cls: type) -> list[str]:
    """Public methods and properties of a class that document nothing and override nothing."""
    members = {
        name: value
        for name, value in vars(cls).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or isinstance(value, property | classmethod | staticmethod))
    }
    return [
        f"{cls.__module__}.{cls.__qualname__}.{name}"
        for name, value in members.items()
        if not value.__doc__ and not any(name in vars(base) for base in cls.__mro__[1:])
    ]


def test_every_public_method_is_documented_where_it_is_introduced() -> None:
    assert [name for cls in public_classes() for name in undocumented(cls)] == []


def test_a_method_without_docstring_is_found() -> None:
    class Base:
        def documented(self) -> None:
            """Says so."""

    class Derived(Base):
        def documented(self) -> None: ...

        def silent(self) -> None: ...

    found = [name.rpartition(".")[2] for name in undocumented(Derived)]
    assert found == ["silent"]
