"""docs/tutorial-channel.md, followed to the letter: its files, its commands, its claims."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.kits import complaint
from tests.registry.test_installed import pip_install
from wzsim import app
from wzsim.cli import main
from wzsim.registry import load_registry
from wzsim.testing import ChannelKit

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "tutorial-channel.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, and what is imported there forgotten at the end."""
    monkeypatch.chdir(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("wzsim_bursts"):
            del sys.modules[name]


def follow(command: list[str], place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line of a shell block."""
    project, target = Path.cwd(), place / "site"
    match command:
        case ["wzsim", *arguments]:
            ran = CliRunner().invoke(main, arguments)
            assert ran.exit_code == 0, (command, ran.output)
        case ["cd", folder]:
            monkeypatch.chdir(folder)
        case ["python", "-m", "pip", "install", "-e", ".[test]"]:
            # Metadata from the installed copy, code from the project, as pip -e arranges it.
            pip_install(project, folder=target)
            monkeypatch.syspath_prepend(target)
            monkeypatch.syspath_prepend(project / "src")
        case ["python", "-m", "pytest"]:
            path = os.pathsep.join([str(project / "src"), str(target)])
            ran_tests = subprocess.run(
                [sys.executable, "-m", "pytest", "-q"],
                env=os.environ | {"PYTHONPATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            assert ran_tests.returncode == 0, ran_tests.stdout
        case _:
            pytest.fail(f"the page has a command that no test runs: {command}")


def test_the_page_from_the_idea_to_the_figure(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []
    for kind, text in BLOCKS:
        if kind == "sh":
            for line in text.splitlines():
                commands.append(shlex.split(line))
                follow(commands[-1], place, monkeypatch)
        elif kind != "text":
            first, rest = text.split("\n", 1)
            Path(first.removeprefix("# ")).write_text(rest)
    assert {command[1] for command in commands if command[0] == "wzsim"} == {
        "new", "validate", "run", "compare", "plot",
    }  # fmt: skip
    for picture in ("coders.png", "bins.png"):
        assert Path(picture).stat().st_size > 10_000
    assert not Path("scenario.toml").read_text().count("burst_scale")
    follow(["wzsim", "validate", "scenario.toml"], place, monkeypatch)
    results = {
        name: app.open_result(f"results/coders/{name}.h5") for name in ("nsq", "lloyd", "rnn")
    }
    losses = {name: float(result.evaluation["loss"]) for name, result in results.items()}
    stated = re.search(r"(\d\.\d\d) nat\sfor `nsq`, (\d\.\d\d) for `lloyd`, and (\d\.\d\d)", PAGE)
    assert stated is not None
    for (name, loss), number in zip(losses.items(), stated.groups(), strict=True):
        assert loss == pytest.approx(float(number), abs=0.02), name
    for result in results.values():
        assert result.stages.gap_db is not None
        assert list(result.bounds) == ["wyner-ziv"]


def test_what_the_kit_would_say(tmp_path: Path) -> None:
    file = tmp_path / "bursts.py"
    (source,) = [text for _, text in BLOCKS if text.startswith("# src/")]
    (says,) = [text for kind, text in BLOCKS if kind == "text"]
    right = "return (1 - self.chance) * self.scale**2 + self.chance * self.burst_scale**2"
    assert source.count(right) == 1
    file.write_text(source.replace(right, "return self.scale**2"))
    channel = load_registry({}, [str(file)], entry_points=False).get("channel", "bursts")
    kit = type("Wrong", (ChannelKit,), {"component": channel()})
    assert complaint(kit, "noise_variance_is_that_of_the_noise") == says.strip()


def test_the_picture_is_there() -> None:
    (picture,) = re.findall(r"\((images/\S+\.png)\)", PAGE)
    assert (DOCS / picture).stat().st_size > 10_000
