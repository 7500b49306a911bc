"""`wzsim fit`, with the plugin that it needs and without."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result

from tests.cli.conftest import Wzsim
from wzsim import storage
from wzsim.errors import OutputError

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
    assert lines[0].startswith("20000 rows; the third and the eighth tenth, 4000 rows, are held")
    assert lines[1].startswith("X = Y' + N with Y' = 2.0")
    assert any(line.startswith("gaussian ") and "noise_variance = 0.2" in line for line in lines)
    # 10 log10 (4.25 / 0.25), and one bit for each 6.02 dB of it
    ratio = next(line for line in lines if "10 log10 of the ratio" in line)
    assert float(ratio.split()[-2]) == pytest.approx(12.30, abs=0.15)
    saved = next(line for line in lines if "same D" in line)
    assert [float(word) for word in saved.split()[-4:]] == pytest.approx([2.04] * 4, abs=0.03)
    assert "warning" not in fitted.stdout
    assert picture.stat().st_size > 10_000
    coders = tmp_path / "rows_coders.toml"
    assert lines[-5:] == [
        str(scenario),
        str(coders),
        str(picture),
        f"next: wzsim run {coders}",
        "      wzsim compare results/rows_coders --mixed --plot rows_coders.png",
    ]
    assert wzsim("validate", scenario).stdout == f"{scenario}: ok\n"
    assert "these are bounds of independent samples of the fitted laws" in fitted.stdout


def fit(wzsim: Wzsim, data: Path, scenario: Path, *options: str) -> Result:
    columns = ("--x", "now", "--y", "before")
    return wzsim("fit", data, *columns, "-o", scenario, "--no-bounds", *options)


@pytest.mark.parametrize("there", ["rows.toml", "rows_coders.toml"])
def test_no_file_is_replaced_unless_forced(
    there: str, wzsim: Wzsim, data: Path, tmp_path: Path
) -> None:
    (tmp_path / there).write_text("mine")
    before = sorted(path.name for path in tmp_path.iterdir())
    refused = fit(wzsim, data, tmp_path / "rows.toml")
    assert refused.exit_code == 2
    assert f"{tmp_path / there} is there already; use --force to replace it" in refused.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert (tmp_path / there).read_text() == "mine"
    assert fit(wzsim, data, tmp_path / "rows.toml", "--force").exit_code == 0
    assert (tmp_path / there).read_text() != "mine"


@pytest.mark.parametrize("before", [None, b"mine"])
def test_both_files_are_written_or_none(
    before: bytes | None, wzsim: Wzsim, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, writes = tmp_path / "rows.toml", storage.write_atomically
    if before:
        scenario.write_bytes(before)

    def full(path: Path, content: bytes) -> None:
        if path.name == "rows_coders.toml":
            raise OutputError(f"cannot write {path}: no space left")
        writes(path, content)

    monkeypatch.setattr(storage, "write_atomically", full)
    failed = fit(wzsim, data, scenario, "--force")
    assert failed.exit_code != 0
    assert "no space left" in failed.stderr
    assert (scenario.read_bytes() if scenario.exists() else None) == before
    assert not (tmp_path / "rows_coders.toml").exists()


def test_the_coders_are_measured_on_the_law_and_on_rows_held_out(
    wzsim: Wzsim, data: Path, tmp_path: Path
) -> None:
    fit(wzsim, data, tmp_path / "rows.toml")
    scenario, plugin = tmp_path / "rows_coders.toml", ("-p", "wzsim_data")
    checked = wzsim("validate", scenario, *plugin)
    assert checked.stdout == f"{scenario}: ok, a sweep of 6 points\n", checked.stderr
    one = ("--set", "sweep.axis[0].point=[{label='nsq',set={}}]")
    fast = ("--set", "evaluation.samples=50_000")
    done = wzsim("run", scenario, *plugin, *one, *fast, "-o", tmp_path / "results")
    assert done.exit_code == 0, done.output
    folder, picture = tmp_path / "results" / "rows_coders", tmp_path / "coders.png"
    compared = wzsim("compare", folder, "--mixed", "--plot", picture, *plugin)
    assert compared.exit_code == 0, compared.output
    assert picture.stat().st_size > 10_000
    shown = wzsim("show", "--json", folder / "nsq-law.h5", folder / "nsq-rows.h5", *plugin)
    law, rows = json.loads(shown.stdout)
    assert law["bounds"]["wyner-ziv"] == "Wyner-Ziv bound, fitted law"
    assert rows["bounds"] == {}
    # 4,000 rows; later stages rest on the few of them that land in a wrong cell.
    measured, expected = (result["stages"][0]["distortion"] for result in (rows, law))
    assert measured == pytest.approx(expected, rel=0.1)


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
