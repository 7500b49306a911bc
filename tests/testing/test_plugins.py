"""A component whose plugin would not load: its kit says so, and what to type instead."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kits import complaint
from tests.registry.distributions import channel_source, install
from wzsim.builtin.channels.gaussian import GaussianChannel
from wzsim.testing import ComponentKit

TEST = "is_provided_by_its_plugin"
NONE = "plugin = None in the kit is for a class that no plugin is to provide"

Kit = Callable[..., type[ComponentKit]]


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """The kit of a class in a module of `tmp_path`, from which everything can be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)

    def of(module: str, cls: str = "Channel0", **attributes: object) -> type[ComponentKit]:
        component = getattr(importlib.import_module(module), cls)()
        return type("Kit", (ComponentKit,), {"component": component, **attributes})

    yield of
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_a_single_file_is_loaded_by_its_module(tmp_path: Path, kit: Kit) -> None:
    (tmp_path / "noise.py").write_text(channel_source("noise"))
    assert complaint(kit("noise"), TEST) == ""
    (tmp_path / "other.py").write_text(channel_source("a").replace("def wzsim_ch", "def wzsim_h"))
    assert complaint(kit("other"), TEST) == (
        "channel 'a' cannot be used in a scenario: plugin other (no distribution): there is no "
        "hook 'wzsim_hannels'; did you mean 'wzsim_channels'?\nIf another module has its hook, "
        f'say plugin = "MODULE" in the kit; {NONE}'
    )


def test_an_installed_one_is_loaded_by_its_entry_point(tmp_path: Path, kit: Kit) -> None:
    install(tmp_path, "wzsim-noises", "1.0", "noises", "wzsim_noises", channel_source("a"))
    assert complaint(kit("wzsim_noises"), TEST) == ""
    forgotten = channel_source("b", "c").replace("[Channel0, Channel1]", "[Channel1]")
    install(tmp_path, "wzsim-few", "1.0", "few", "wzsim_few", forgotten)
    assert complaint(kit("wzsim_few", "Channel1"), TEST) == ""
    assert complaint(kit("wzsim_few"), TEST) == (
        "channel 'b' cannot be used in a scenario: plugin few does not provide it. Let a function "
        f"wzsim_channels, marked with @hookimpl, return [Channel0]; {NONE}"
    )


def test_an_entry_point_that_names_another_module_is_caught(tmp_path: Path, kit: Kit) -> None:
    install(tmp_path, "wzsim-noises", "1.0", "noises", "wzsim_noises", channel_source("a"))
    (points,) = tmp_path.glob("*/entry_points.txt")
    points.write_text("[wzsim]\nnoises = wzsim_noise\n")
    said = complaint(kit("wzsim_noises"), TEST)
    assert "plugin wzsim-noises 1.0 (plugin noises): cannot be imported" in said
    assert "No module named 'wzsim_noise'" in said


def test_a_module_beside_its_plugin_names_it(tmp_path: Path, kit: Kit) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "__init__.py").write_text("")
    (tmp_path / "lab" / "noise.py").write_text(channel_source("noise"))
    assert "plugin lab (no distribution): WZSIM_CONTRACT is missing" in complaint(
        kit("lab.noise"), TEST
    )
    assert complaint(kit("lab.noise", plugin="lab.noise"), TEST) == ""


def test_what_is_built_in_needs_no_plugin() -> None:
    class Known(ComponentKit):
        component = GaussianChannel(noise_variance=0.1)

    assert complaint(Known, TEST) == ""


def test_a_class_of_no_plugin_is_left_out(tmp_path: Path, kit: Kit) -> None:
    (tmp_path / "noise.py").write_text(channel_source("noise").partition("@hookimpl")[0])
    assert NONE in complaint(kit("noise"), TEST)
    with pytest.raises(pytest.skip.Exception, match="no plugin provides it"):
        getattr(kit("noise", plugin=None)(), f"test_{TEST}")()
