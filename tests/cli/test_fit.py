"""`wzsim fit`, with the plugin that it needs and without."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Wzsim

PLUGIN = Path(__file__).parents[2] / "plugins" / "wzsim-data" / "src"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """X = 2 Y + 5 + N with Gaussian N, and the plugin within reach."""
    monkeypatch.syspath_prepend(str(PLUGIN))
    random = np.random.default_rng(5)
    y = random.normal(3, 1, 20_000)
    x = 2 * y + 5 + random.normal(0, 0.5, 20_000)
    path = tmp_path / "rows.csv"
    np.savetxt(path, np.stack([x, y], 1), delimiter=",", header="now,before", comments="")
    return path


def test_fit_ranks_and_writes_a_scenario(wzsim: Wzsim, data: Path, tmp_path: Path) -> None:
    scenario, picture = tmp_path / "rows.toml", tmp_path / "rows.png"
    columns = ("--x", "now", "--y", "before")
    fitted = wzsim("fit", data, *columns, "-o", scenario, "--plot", picture)
    assert fitted.exit_code == 0, fitted.output
    lines = fitted.stdout.splitlines()
    assert lines[0] == "20000 rows"
    assert lines[1].startswith("X = Y' + N with Y' = 2.0")
    assert any(line.startswith("gaussian ") and "noise_variance = 0.2" in line for line in lines)
    # 10 log10 (4.25 / 0.25), and one bit for each 6.02 dB of it
    ratio = next(line for line in lines if "10 log10 var(X)/var(X|Y)" in line)
    assert float(ratio.split()[-2]) == pytest.approx(12.30, abs=0.15)
    saved = next(line for line in lines if "same D" in line)
    assert [float(word) for word in saved.split()[-4:]] == pytest.approx([2.04] * 4, abs=0.03)
    assert "warning" not in fitted.stdout
    assert picture.stat().st_size > 10_000
    assert wzsim("validate", scenario).stdout == f"{scenario}: ok\n"
    again = wzsim("fit", data, *columns, "-o", scenario)
    assert again.exit_code == 2
    assert f"{scenario} is there already; use --force to replace it" in again.stderr


def test_the_commented_table_measures_the_code_on_the_data(
    wzsim: Wzsim, data: Path, tmp_path: Path
) -> None:
    scenario = tmp_path / "rows.toml"
    wzsim("fit", data, "--x", "now", "--y", "before", "-o", scenario)
    head, mark, table = scenario.read_text().partition("# [evaluation")
    scenario.write_text(head + (mark + table).replace("# ", ""))
    checked = wzsim("validate", scenario, "-p", "wzsim_data")
    assert checked.stdout == f"{scenario}: ok\n", checked.stderr


def test_a_wrong_column_is_exit_2(wzsim: Wzsim, data: Path) -> None:
    failed = wzsim("fit", data, "--x", "now", "--y", "befor")
    assert failed.exit_code == 2
    assert "has no column 'befor'; did you mean 'before'? columns: now, before" in failed.stderr


def test_without_the_plugin(wzsim: Wzsim, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "wzsim_data"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p != str(PLUGIN)])
    monkeypatch.setattr(sys, "meta_path", [NotInstalled(), *sys.meta_path])
    failed = wzsim("fit", "rows.csv", "--x", "a", "--y", "b")
    assert failed.exit_code == 2
    assert "needs the plugin wzsim-data: pip install wzsim-data" in failed.stderr


class NotInstalled:
    """Also where the plugin is installed beside the tests."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "wzsim_data":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def test_a_picture_of_no_known_kind_is_refused_before_the_work(wzsim: Wzsim, data: Path) -> None:
    failed = wzsim("fit", data, "--x", "now", "--y", "before", "--plot", "fit.bmp")
    assert failed.exit_code == 2
    assert not failed.stdout
    assert "a picture's name ends in one of .png, .pdf, .svg, not '.bmp'" in failed.stderr
