"""A plugin distribution that pip really installed, seen from a fresh interpreter."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kits import complaints
from wzsim.registry import load_registry
from wzsim.testing import ChannelKit

PROJECT = Path(__file__).parents[1] / "plugins" / "wzsim-testnoise"

LIST = """
import json, sys
from wzsim.errors import WzsimError
from wzsim.registry import load_registry
try:
    registry = load_registry({}, sys.argv[1:])
except WzsimError as error:
    sys.exit(str(error))
print(json.dumps({
    "providers": [str(provider) for provider in registry.providers()],
    "failures": [str(failure) for failure in registry.failures],
    "channels": registry.names("channel"),
}))
"""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the plugin."""
    source = tmp_path_factory.mktemp("source") / PROJECT.name
    shutil.copytree(PROJECT, source)  # a build leaves traces, which the tree must not get
    folder = tmp_path_factory.mktemp("target")
    pip_install(source, folder=folder)
    return folder


def pip_install(*projects: Path, folder: Path) -> None:
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder)]
    subprocess.run([*command, *map(str, projects)], check=True)


def wzsim_list(*switches: str, path: list[Path]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, "-c", LIST, *switches]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_an_installed_plugin_is_there_without_a_switch(target: Path) -> None:
    answer = json.loads(wzsim_list(path=[target]).stdout)
    assert "wzsim-testnoise 1.2 (plugin testnoise)" in answer["providers"]
    assert "testnoise" in answer["channels"]
    assert answer["failures"] == []


@pytest.mark.parametrize("name", ["testnoise", "wzsim-testnoise", "wzsim_testnoise"])
def test_an_installed_plugin_is_blocked_by_a_switch(name: str, target: Path) -> None:
    answer = json.loads(wzsim_list(f"no:{name}", path=[target]).stdout)
    assert "testnoise" not in answer["channels"]


def test_two_installed_distributions_of_one_entry_point(target: Path, tmp_path: Path) -> None:
    """What pluggy's own loader, which keeps the first, would not have said."""
    fork = tmp_path / "fork"
    shutil.copytree(PROJECT, fork)
    text = (fork / "pyproject.toml").read_text()
    (fork / "pyproject.toml").write_text(
        text.replace('name = "wzsim-testnoise"', 'name = "testnoise-fork"').replace("1.2", "0.9")
    )
    other = tmp_path / "target"
    pip_install(fork, folder=other)
    finished = wzsim_list(path=[target, other])
    assert finished.returncode != 0
    assert finished.stderr.strip() == (
        "two installed plugins are called 'testnoise': testnoise-fork 0.9 and wzsim-testnoise 1.2; "
        "block one with '-p no:testnoise-fork' or '-p no:wzsim-testnoise'"
    )
    answer = json.loads(wzsim_list("no:testnoise-fork", path=[target, other]).stdout)
    assert "wzsim-testnoise 1.2 (plugin testnoise)" in answer["providers"]


def test_the_first_on_the_path_hides_another_version_of_itself(
    target: Path, tmp_path: Path
) -> None:
    """As imports do: one distribution in two places is no collision."""
    newer = tmp_path / "newer"
    shutil.copytree(PROJECT, newer)
    text = (newer / "pyproject.toml").read_text()
    (newer / "pyproject.toml").write_text(text.replace("1.2", "1.3"))
    other = tmp_path / "target"
    pip_install(newer, folder=other)
    answer = json.loads(wzsim_list(path=[other, target]).stdout)
    assert "wzsim-testnoise 1.3 (plugin testnoise)" in answer["providers"]
    assert "wzsim-testnoise 1.2 (plugin testnoise)" not in answer["providers"]


def test_the_command_line_lists_an_installed_plugin(target: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(target)}
    command = [sys.executable, "-m", "wzsim", "plugins"]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    line = next(line for line in finished.stdout.splitlines() if "testnoise" in line)
    assert "wzsim-testnoise" in line
    assert "1.2" in line


def test_the_plugin_passes_the_kit_of_channels(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(target)
    channel = load_registry({}, ["wzsim_testnoise"]).get("channel", "testnoise")
    assert complaints(type("Kit", (ChannelKit,), {"component": channel(half_width=2.0)})) == {}
