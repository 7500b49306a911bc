"""A folder that stands for site-packages, alone of its kind, and gone after the test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

import pytest

from tests.registry.distributions import install

Install = Callable[[str, str, str, str, str], None]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()

    def entry_points(*, group: str) -> metadata.EntryPoints:
        """As the standard library's, blind to plugins of the environment that runs the tests."""
        found = (d.entry_points for d in metadata.distributions(path=[str(folder)]))
        return metadata.EntryPoints(point for points in found for point in points).select(
            group=group
        )

    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(metadata, "entry_points", entry_points)
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def installed(site: Path) -> Install:
    """Install a plugin: distribution, version, entry point, module, and its source text."""
    return partial(install, site)
