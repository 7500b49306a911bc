"""What the tests of loading share: the built-in components, and those of an odd plugin."""

from __future__ import annotations

import pytest

import wzsim.builtin.hooks
from tests.scenario import odd_plugin
from wzsim.registry import Registry, load_registry


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The built-in components and nothing that happens to be installed."""
    return load_registry({"wzsim": wzsim.builtin.hooks}, entry_points=False)


@pytest.fixture(scope="session")
def odd_registry() -> Registry:
    """The built-in components and the odd ones."""
    return load_registry({"wzsim": wzsim.builtin.hooks, "odd": odd_plugin}, entry_points=False)
