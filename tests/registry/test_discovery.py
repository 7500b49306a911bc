"""Which plugins are found: entry points, `-p` with a module or a file, and `-p no:`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.registry.conftest import Install
from tests.registry.distributions import HEADER, PLUGINS_PAGE, channel_source
from wzsim.errors import PluginError
from wzsim.registry import Provider, Registry, load_registry


def plugins(registry: Registry) -> list[str]:
    return [provider.plugin for provider in registry.providers()]


def test_entry_points_are_loaded_in_the_order_of_their_names(installed: Install) -> None:
    installed("wzsim-z", "1.0", "a", "z_plugin", channel_source("cauchy"))
    installed("wzsim-a", "2.0", "b", "a_plugin", channel_source("laplace"))
    assert load_registry({}).providers() == (
        Provider("a", "wzsim-z", "1.0"),
        Provider("b", "wzsim-a", "2.0"),
    )


def test_entry_points_can_be_left_alone(installed: Install) -> None:
    installed("wzsim-broken", "1.0", "broken", "broken_plugin", "raise RuntimeError")
    registry = load_registry({}, entry_points=False)
    assert registry.providers() == ()
    assert registry.failures == ()


def test_two_distributions_with_one_entry_point_name_are_refused(installed: Install) -> None:
    """pluggy would drop one of them without a word."""
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", channel_source("laplace"))
    installed("laplace-fork", "0.2", "laplace", "fork_plugin", channel_source("cauchy"))
    with pytest.raises(PluginError) as caught:
        load_registry({})
    assert str(caught.value) == (
        "two installed plugins are called 'laplace': laplace-fork 0.2 and wzsim-laplace 1.0; "
        "block one with '-p no:laplace-fork' or '-p no:wzsim-laplace'"
    )
    assert str(caught.value) in PLUGINS_PAGE
    assert load_registry({}, ["no:laplace-fork"]).names("channel") == ("laplace",)
    assert load_registry({}, ["no:wzsim-laplace"]).names("channel") == ("cauchy",)
    assert load_registry({}, ["no:laplace"]).names("channel") == ()


@pytest.mark.parametrize("name", ["laplace", "laplace_plugin", "wzsim-laplace", "WZSIM_laplace"])
def test_an_installed_plugin_is_blocked_by_each_of_its_names(name: str, installed: Install) -> None:
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", "raise RuntimeError")
    registry = load_registry({}, [f"no:{name}"])
    assert registry.providers() == ()
    assert registry.failures == ()
    assert "laplace_plugin" not in sys.modules


@pytest.mark.parametrize("name", ["laplace", "laplace_plugin", "wzsim-laplace", "my.py"])
def test_a_block_wins_over_a_switch_that_names_the_plugin(name: str, installed: Install) -> None:
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", channel_source("laplace"))
    Path("my.py").write_text(channel_source("mine"))
    blocked = name if name == "my.py" else "laplace"
    for switches in ([f"no:{blocked}", name], [name, f"no:{blocked}"]):
        assert blocked not in plugins(load_registry({}, switches))


def test_blocking_what_is_not_there_is_harmless(installed: Install) -> None:
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", channel_source("laplace"))
    assert plugins(load_registry({}, ["no:cauchy"])) == ["laplace"]


@pytest.mark.parametrize(
    ("switch", "message"),
    [
        ("no:", "'-p no:' names no plugin: write '-p no:NAME'"),
        ("no:wzsim", "'-p no:wzsim' blocks built-in components, which cannot be blocked"),
        ("no:core", "'-p no:core' blocks built-in components, which cannot be blocked"),
    ],
)
@pytest.mark.usefixtures("site")
def test_a_block_that_cannot_be_followed_is_refused(switch: str, message: str) -> None:
    Path("core.py").write_text(channel_source("gaussian"))
    core = load_registry({}, ["core.py"]).plugins[0].plugin
    with pytest.raises(PluginError) as caught:
        load_registry({"core": core}, [switch])
    assert str(caught.value) == message


def test_a_module_is_loaded_by_its_name(site: Path) -> None:
    (site / "noises.py").write_text(channel_source("laplace"))
    registry = load_registry({}, ["noises"])
    assert registry.names("channel") == ("laplace",)
    assert registry.providers() == (Provider("noises", "", ""),)
    assert str(registry.providers()[0]) == "noises (no distribution)"


def test_a_module_inside_a_package_is_loaded_by_its_name(site: Path) -> None:
    (site / "lab").mkdir()
    (site / "lab" / "noises.py").write_text(channel_source("laplace"))
    assert plugins(load_registry({}, ["lab.noises"])) == ["lab.noises"]


def test_a_module_of_a_distribution_without_entry_point_names_it(site: Path) -> None:
    (site / "labnoise.py").write_text(channel_source("laplace"))
    info = site / "lab_tools-3.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-tools\nVersion: 3.1\n")
    (info / "RECORD").write_text("labnoise.py,,\n")
    assert load_registry({}, ["labnoise"]).providers() == (
        Provider("labnoise", "lab-tools", "3.1"),
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("laplac", "did you mean 'laplace'?"),
        ("zzz", "valid: laplace"),
        ("mine", "did you mean 'mine.py'?"),
        ("lab.mine", "did you mean 'lab/mine.py'?"),
    ],
)
def test_a_module_that_does_not_exist(name: str, hint: str, installed: Install) -> None:
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", channel_source("laplace"))
    Path("lab").mkdir()
    for file in ("mine.py", "lab/mine.py"):
        Path(file).write_text(channel_source("mine"))
    with pytest.raises(PluginError) as caught:
        load_registry({}, [name])
    assert str(caught.value) == (
        f"plugin {name} (no distribution): "
        f"there is no installed plugin or module of this name; {hint}"
    )


@pytest.mark.usefixtures("site")
def test_a_file_that_does_not_exist() -> None:
    with pytest.raises(PluginError) as caught:
        load_registry({}, ["noise.py"])
    file = Path("noise.py").absolute()
    assert str(caught.value) == f"-p noise.py: No such file or directory: '{file}'"


@pytest.mark.usefixtures("site")
def test_two_files_of_one_name_are_two_plugins() -> None:
    for folder, channel in (("a", "laplace"), ("b", "cauchy")):
        Path(folder).mkdir()
        Path(folder, "noise.py").write_text(channel_source(channel))
    registry = load_registry({}, ["a/noise.py", "b/noise.py"])
    assert plugins(registry) == ["a/noise.py", "b/noise.py"]
    assert registry.names("channel") == ("cauchy", "laplace")
    assert "noise" not in sys.modules


@pytest.mark.usefixtures("site")
def test_two_files_that_collide_say_how_to_block_each() -> None:
    for file in ("a.py", "b.py"):
        Path(file).write_text(channel_source("laplace"))
    with pytest.raises(PluginError) as caught:
        load_registry({}, ["a.py", "b.py"])
    digest = load_registry({}, ["a.py"]).providers()[0].version
    assert str(caught.value) == (
        f"channel 'laplace' is provided by both a.py (no distribution, {digest}) and "
        f"b.py (no distribution, {digest}); block one with '-p no:a.py' or '-p no:b.py'"
    )
    assert plugins(load_registry({}, ["a.py", "b.py", "no:a.py"])) == ["b.py"]


@pytest.mark.usefixtures("site")
def test_a_file_that_was_edited_is_loaded_anew() -> None:
    file = Path("noise.py")
    file.write_text(channel_source("laplace"))
    time = file.stat().st_mtime
    first = load_registry({}, ["noise.py"])
    again = load_registry({}, ["noise.py"])
    assert again.get("channel", "laplace") is first.get("channel", "laplace")
    file.write_text(channel_source("dicycle"))
    os.utime(file, (time, time))  # same size and time: byte code caches would be fooled
    edited = load_registry({}, ["noise.py"])
    assert edited.names("channel") == ("dicycle",)
    assert edited.providers()[0].version != first.providers()[0].version
    assert not Path("__pycache__").exists()


@pytest.mark.usefixtures("site")
def test_a_file_that_fails_leaves_no_module_behind() -> None:
    Path("noise.py").write_text("raise RuntimeError")
    before = set(sys.modules)
    with pytest.raises(PluginError):
        load_registry({}, ["noise.py"])
    assert set(sys.modules) == before


@pytest.mark.usefixtures("site")
def test_classes_of_a_file_know_their_module() -> None:
    """attrs and cattrs resolve annotations, and pickle classes, through sys.modules."""
    Path("noise.py").write_text(channel_source("laplace"))
    component = load_registry({}, ["noise.py"]).get("channel", "laplace")
    assert getattr(sys.modules[component.__module__], component.__qualname__) is component


def test_one_plugin_named_twice_is_one_plugin(site: Path) -> None:
    (site / "noises.py").write_text(channel_source("laplace"))
    assert plugins(load_registry({}, ["noises", "noises"])) == ["noises"]
    assert plugins(load_registry({}, ["site/noises.py", "./site/noises.py"])) == ["site/noises.py"]
    assert plugins(load_registry({}, ["noises", "site/noises.py"])) == ["noises"]


@pytest.mark.parametrize(
    "name", ["laplace", "wzsim-laplace", "laplace_plugin", "site/laplace_plugin.py"]
)
def test_an_installed_plugin_that_is_also_named_is_one_plugin(
    name: str, installed: Install
) -> None:
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", channel_source("laplace"))
    assert load_registry({}, [name]).providers() == (Provider("laplace", "wzsim-laplace", "1.0"),)


def test_an_entry_point_may_name_an_object(installed: Install) -> None:
    source = HEADER + (
        "class Hooks:\n"
        "    WZSIM_CONTRACT = 1\n"
        "    @hookimpl\n"
        "    def wzsim_channels(self):\n"
        "        return []\n"
        "hooks = Hooks()\n"
    )
    installed("wzsim-object", "1.0", "object", "object_plugin", source)
    Path("site/wzsim_object-1.0.dist-info/entry_points.txt").write_text(
        "[wzsim]\nobject = object_plugin:hooks\n"
    )
    assert load_registry({}).providers() == (Provider("object", "wzsim-object", "1.0"),)


def test_an_entry_point_of_a_module_that_is_gone(installed: Install) -> None:
    installed("wzsim-gone", "1.0", "gone", "gone_plugin", "")
    Path("site/gone_plugin.py").unlink()
    assert [str(failure) for failure in load_registry({}).failures] == [
        (
            "wzsim-gone 1.0 (plugin gone): cannot be imported: "
            "ModuleNotFoundError: No module named 'gone_plugin'"
        )
    ]


def test_a_named_module_whose_dependency_is_missing_is_not_said_to_be_missing(site: Path) -> None:
    (site / "noises.py").write_text("import a_library_that_is_missing")
    with pytest.raises(PluginError) as caught:
        load_registry({}, ["noises"])
    assert str(caught.value) == (
        "plugin noises (no distribution): cannot be imported: ModuleNotFoundError: "
        f"No module named 'a_library_that_is_missing' ({site / 'noises.py'}:1)"
    )


def test_a_damaged_installation_is_skipped(site: Path, installed: Install) -> None:
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", channel_source("laplace"))
    damaged = site / "wzsim_old-0.1.dist-info"
    damaged.mkdir()
    (damaged / "entry_points.txt").write_text("[wzsim]\nold = old_plugin\n")
    registry = load_registry({})
    assert plugins(registry) == ["laplace"]
    assert [str(failure) for failure in registry.failures] == [
        (
            "old (no distribution): cannot be imported: "
            "ModuleNotFoundError: No module named 'old_plugin'"
        )
    ]


def test_a_library_that_replaces_the_finders_of_python_changes_nothing(
    site: Path, installed: Install
) -> None:
    """importlib_metadata, which Dask imports, answers in their place and raises for damage."""
    installed("wzsim-broken", "1.0", "broken", "broken_plugin", "def (:")
    damaged = site / "wzsim_old-0.1.dist-info"
    damaged.mkdir()
    (damaged / "entry_points.txt").write_text("[wzsim]\nold = old_plugin\n")
    script = (
        "{}from wzsim.registry import load_registry\n"
        "print(*load_registry({{}}).failures, sep='\\n')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(site)}
    said = [
        subprocess.run(
            [sys.executable, "-c", script.format(first)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for first in ("", "import importlib_metadata\n")
    ]
    assert said[0] == said[1]
    assert "SyntaxError: invalid syntax (broken_plugin.py, line 1)\n" in said[0]
    assert "No module named 'old_plugin'\n" in said[0]
