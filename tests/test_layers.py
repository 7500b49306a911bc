"""The layer rule of docs/architecture.md, as import-linter reads it from pyproject.toml."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}


def layers() -> list[set[str]]:
    listed = CONTRACTS["layers"]["layers"]
    return [{name.strip(" ()") for name in layer.split("|")} for layer in reversed(listed)]


def test_every_import_keeps_the_layers() -> None:
    # In a process of its own: it silences the loggers of the one it runs in.
    linter = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", linter, "--no-cache"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in finished.stdout


def test_the_architecture_page_has_the_same_layers() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = [line.split("|") for line in text.splitlines() if re.match(r"\| L\d", line)]
    documented = [set(row[2].replace("`", "").replace(",", " ").split()) for row in rows]
    assert documented == layers()


@pytest.mark.parametrize("identifier", ["hdf5-in-storage", "figures-in-reporting"])
def test_contracts_on_libraries_name_every_package(identifier: str) -> None:
    """A package that is added must be added to them, or be named here with the reason."""
    contract = CONTRACTS[identifier]
    own = {"hdf5-in-storage": "storage", "figures-in-reporting": "reporting"}[identifier]
    # app wires everything, testing is for tests, the others import nothing at all.
    free = {own, "app", "testing", "cache", "errors", "units"}
    expected = {f"wzsim.{name}" for layer in layers() for name in layer - free}
    assert set(contract["source_modules"]) == expected
