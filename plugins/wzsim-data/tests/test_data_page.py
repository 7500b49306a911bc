"""docs/data.md against the live program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wzsim import app

from wzsim_data.fitting import fit
from wzsim_data.reading import read_pairs
from wzsim_data.report import report

PAGE = (Path(__file__).parents[3] / "docs" / "data.md").read_text()


def test_the_fit_of_the_elevation_model_is_as_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("PIL")
    pytest.importorskip("wzsim_laplace")
    pytest.importorskip("wzsim_mixture")
    (script,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(script, "data.md", "exec"), {})
    assert (tmp_path / "photo.csv").read_text().startswith("line,above\n")
    assert (tmp_path / "share.csv").read_text().startswith("day,opening\n")
    study = fit(
        read_pairs("elevation.npy", "0", "1"), app.registry(["wzsim_laplace", "wzsim_mixture"])
    )
    printed = PAGE.splitlines()
    for line in report(study):
        # The last digits of parameters depend on the machine; scores and distances do not.
        shown = line.partition("  background_")[0].partition("  weights")[0]
        assert any(text.startswith(shown.partition("degrees")[0]) for text in printed), line
