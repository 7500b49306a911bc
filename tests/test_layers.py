"""The layer rule of docs/architecture.md, as import-linter reads it from pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from importlinter import cli

import wzsim

ROOT = Path(__file__).parents[1]
PACKAGE = Path(wzsim.__file__).parent
LINTER = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}


def layers() -> list[set[str]]:
    listed = CONTRACTS["layers"]["layers"]
    return [{name.strip(" ()") for name in layer.split("|")} for layer in reversed(listed)]


def test_every_import_keeps_the_layers(capfd: pytest.CaptureFixture[str]) -> None:
    broken = cli.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert broken == 0, capfd.readouterr().out


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
    # app wires everything, testing is for tests, errors and units import nothing at all.
    free = {own, "app", "testing", "errors", "units"}
    expected = {f"wzsim.{name}" for layer in layers() for name in layer - free}
    assert set(contract["source_modules"]) == expected
