"""What the tests of loading share: registries."""

from __future__ import annotations

import pytest

import wzsim.builtin.hooks
from tests.scenario import odd_plugin, paper_components
from wzsim.registry import Registry, load_registry


@pytest.fixture(scope="session")
def builtin_registry() -> Registry:
    """All built-in components and nothing that happens to be installed."""
    return load_registry({"wzsim": wzsim.builtin.hooks}, entry_points=False)


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The paper's components alone, so that hints list the same names for ever."""
    return load_registry({"wzsim": paper_components}, entry_points=False)


@pytest.fixture(scope="session")
def odd_registry() -> Registry:
    """The paper's components and the odd ones."""
    return load_registry({"wzsim": paper_components, "odd": odd_plugin}, entry_points=False)
