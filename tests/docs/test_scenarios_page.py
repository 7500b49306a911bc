"""docs/scenarios.md against the live program: its scenarios are right, its commands say that."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from wzsim import app
from wzsim.cli import main
from wzsim.scenario import parse_scenario
from wzsim.scenario.sweep import MAX_POINTS

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = {text.split("\n")[0].removeprefix("# "): text for kind, text in BLOCKS if kind == "toml"}
COMMANDS = [
    (line, after if kind_after == "text" and line == text.splitlines()[-1] else None)
    for (kind, text), (kind_after, after) in zip(BLOCKS, [*BLOCKS[1:], ("", "")], strict=True)
    if kind == "sh"
    for line in text.splitlines()
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_block_is_a_file_a_command_or_its_output() -> None:
    assert {kind for kind, _ in BLOCKS} == {"toml", "sh", "text"}
    names = [
        "quick.toml",
        "marginal.toml",
        "trained.toml",
        "rate.toml",
        "coded.toml",
        "steps.toml",
        "systems.toml",
        "repeated.toml",
    ]
    assert list(FILES) == names
    assert sum(output is not None for _, output in COMMANDS) == len(
        [kind for kind, _ in BLOCKS if kind == "text"]
    )


@pytest.mark.parametrize(("command", "output"), COMMANDS)
def test_every_command_does_what_the_page_says(
    command: str, output: str | None, files: Path
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "wzsim"
    ran = CliRunner().invoke(main, arguments)
    assert ran.exit_code == (2 if output and output.startswith("error") else 0), ran.output
    assert output is None or ran.output == output


def test_every_file_is_right(files: Path) -> None:
    for name in FILES:
        assert app.load_sweep(files / name, app.registry()).name == Path(name).stem


def test_the_last_point_has_the_name_that_the_page_gives(files: Path) -> None:
    names = [p.scenario.name for p in app.load_sweep("steps.toml", app.registry()).points]
    assert f"results/steps/{names[-1]}.h5" in PAGE


def test_the_defaults_are_true() -> None:
    resolved = parse_scenario(FILES["quick.toml"], app.registry()).resolved
    assert (resolved["title"], resolved["seed"]) == ("", 0)
    assert resolved["correlation"]["base"] == "y"
    assert resolved["distortion"]["name"] == "squared-error"
    assert resolved["code"]["rate_estimator"]["name"] == "conditional"
    assert resolved["code"]["decoder"]["name"] == "mmse"
    assert resolved["training"]["method"] == "design"
    assert resolved["training"]["rate_weights"] == [0.0, 0.0, 1.0]
    assert resolved["evaluation"]["method"] == "auto"
    assert [b["name"] for b in resolved["evaluation"]["bounds"]]


def test_the_limit_is_true() -> None:
    assert f"at most {MAX_POINTS} points" in PAGE
