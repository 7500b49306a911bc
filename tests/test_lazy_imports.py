"""What stays unloaded, so that help, completion and checks answer at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wzsim.storage import write_result
from wzsim.testing.example import example_result

HEAVY = ("torch", "h5py", "matplotlib", "scipy")
SCENARIO = Path(__file__).parents[1] / "scenarios" / "gauss_222.toml"

IMPORT = "import sys\n{statement}\nprint(*sys.modules)"
COMMAND = """
import sys
from wzsim.cli import main
try:
    main({arguments!r}, prog_name="wzsim")
except SystemExit as end:
    assert not end.code, end.code
print()
print(*sys.modules)
"""


def modules_after(program: str) -> set[str]:
    """Names of all modules that a fresh interpreter holds after the program."""
    command = [sys.executable, "-c", program]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "module", ["wzsim", "wzsim.cli", "wzsim.contracts", "wzsim.hookspecs", "wzsim.registry"]
)
def test_import_loads_nothing_heavy(module: str) -> None:
    loaded = modules_after(IMPORT.format(statement=f"import {module}"))
    assert module in loaded
    assert loaded.isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["run", "--help"], ["new", "--help"]], ids=" ".join
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert modules_after(COMMAND.format(arguments=arguments)).isdisjoint(HEAVY)


@pytest.mark.parametrize(
    "arguments", [["plugins"], ["validate", str(SCENARIO)]], ids=lambda a: a[0]
)
def test_checks_load_neither_torch_nor_matplotlib(arguments: list[str]) -> None:
    """Components are configurations; `build()` imports the rest."""
    loaded = modules_after(COMMAND.format(arguments=arguments))
    assert "wzsim.builtin.hooks" in loaded
    assert loaded.isdisjoint({"torch", "matplotlib", "h5py"})


def test_a_comparison_without_a_picture_loads_nothing_to_draw_with(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_result(example_result(name), tmp_path / f"{name}.h5")
    loaded = modules_after(COMMAND.format(arguments=["compare", str(tmp_path), "--no-index"]))
    assert "h5py" in loaded
    unneeded = {"torch", "matplotlib", "pandas", "scipy.interpolate", "wzsim.builtin.hooks"}
    assert loaded.isdisjoint(unneeded)


def test_a_new_plugin_is_written_without_torch(tmp_path: Path) -> None:
    arguments = ["new", "encoder", "mine", "-o", str(tmp_path)]
    loaded = modules_after(COMMAND.format(arguments=arguments))
    assert (tmp_path / "wzsim-mine" / "pyproject.toml").exists()
    assert loaded.isdisjoint({"torch", "matplotlib", "h5py"})


def test_the_probe_sees_what_is_loaded() -> None:
    """The tests above would pass for nothing if it did not."""
    assert {"torch", "h5py"} <= modules_after(IMPORT.format(statement="import torch, h5py"))
