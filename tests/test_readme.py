"""Every command and block of the README runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wzsim import app
from wzsim.scenario import parse_scenario

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "README.md").read_text()
TINY = (
    "training.steps=40",
    "training.restarts=2",
    "training.search_rounds=2",
    "evaluation.samples=5_000",
    "code.encoder.hidden_size=8",
    "code.rate_estimator.hidden_size=8",
    "code.decoder.hidden_size=8",
)
"""Overrides of `scenarios/gauss_222.toml` for a run of seconds."""

SHORT = [word for override in TINY for word in ("--set", override)]


def blocks(language: str) -> list[str]:
    """Fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory as the README assumes it: a clone, and the files that it shows."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    (scenario,) = blocks("toml")
    (tmp_path / "quickstart.toml").write_text(scenario)
    plugin = next(block for block in blocks("python") if block.startswith("# laplace.py"))
    (tmp_path / "laplace.py").write_text(plugin)
    rng = np.random.default_rng(1)
    y = rng.normal(size=5000)
    np.save(tmp_path / "Y.npy", y)
    np.save(tmp_path / "X.npy", y + 0.1**0.5 * rng.normal(size=y.shape))
    return tmp_path


def run(command: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)


def test_the_shell_commands(place: Path) -> None:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    commands = [shlex.split(line) for line in lines if line.startswith("wzsim ")]
    assert {command[1] for command in commands} >= {"run", "show", "plot", "bounds", "validate"}
    for command in commands:
        learned = any("gauss" in word or "quickstart" in word for word in command)
        extra = SHORT if command[1] == "run" and learned else []
        finished = run([sys.executable, "-m", "wzsim", *command[1:], *extra], place)
        assert finished.returncode == 0, (command, finished.stderr)
    assert (place / "results" / "laplace.h5").exists()
    assert (place / "results" / "gauss_222_bins.png").exists()
    targets = [line.split()[1] for line in lines if line.startswith("make ")]
    makefile = (ROOT / "Makefile").read_text()
    assert targets
    assert all(f"\n{target}:" in makefile for target in targets)


def test_the_error_that_it_shows(place: Path) -> None:
    (shown,) = blocks("console")
    command, expected = shown.removeprefix("$ ").split("\n", 1)
    finished = run([sys.executable, "-m", *shlex.split(command)], place)
    assert finished.returncode == 2
    assert finished.stderr == expected


def test_the_notebook_block(place: Path) -> None:
    block = next(block for block in blocks("python") if "wzsim.run(" in block)
    quick = block.replace('["seed=1"]', repr(list(TINY)))
    assert quick != block
    finished = run([sys.executable, "-c", quick], place)
    assert finished.returncode == 0, finished.stderr


def test_the_plugin_is_about_thirty_lines(place: Path) -> None:
    lines = (place / "laplace.py").read_text().splitlines()
    assert len([line for line in lines if line.strip()]) <= 32


def test_the_scenario_is_the_shipped_one_but_for_its_name() -> None:
    (text,) = blocks("toml")
    registry = app.registry()
    shown = parse_scenario(text, registry).resolved
    shipped = app.load(ROOT / "scenarios" / "gauss_222.toml", registry).resolved
    for table in ("correlation", "code"):
        assert shown[table] == shipped[table]


def test_files_that_it_links_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target
