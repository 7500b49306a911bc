"""`wzsim report`: which files it takes, what it says, and what it never does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Wzsim
from wzsim.storage import content_hash, write_result
from wzsim.testing.example import example_result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two results, a comparison of them, and a file that is cut off."""
    folder = tmp_path / "results"
    folder.mkdir()
    for name, step in (("one", 1.2), ("two", 1.5)):
        write_result(example_result(name, step=step), folder / f"{name}.h5")
    return folder


def embedded(page: Path) -> Any:
    text = re.search(r'id="data">(.*?)</script>', page.read_text(), re.DOTALL).group(1)
    return json.loads(text)


def test_a_directory_becomes_a_page(wzsim: Wzsim, folder: Path, tmp_path: Path) -> None:
    wzsim("compare", folder, "-o", folder / "both.h5")
    page = tmp_path / "page.html"
    ran = wzsim("report", folder, "-o", page, "--title", "All & <sundry>")
    assert ran.exit_code == 0, ran.output
    assert ran.output == f"{page}: 2 results\n"
    data = embedded(page)
    assert data["title"] == "All & <sundry>"
    assert data["runs"]["name"] == ["one", "two"]
    assert data["runs"]["sha"] == [content_hash(folder / f"{name}.h5") for name in ("one", "two")]
    assert data["skipped"] == []
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []


def test_a_damaged_file_is_named_and_left_out(wzsim: Wzsim, folder: Path, tmp_path: Path) -> None:
    whole = (folder / "one.h5").read_bytes()
    (folder / "cut.h5").write_bytes(whole[: len(whole) // 2])
    page = tmp_path / "page.html"
    ran = wzsim("report", folder, "-o", page)
    assert ran.exit_code == 0, ran.output
    assert f"warning: left out: {folder / 'cut.h5'} is truncated" in ran.stderr
    ((file, reason),) = embedded(page)["skipped"]
    assert file == str(folder / "cut.h5")
    assert "truncated" in reason
    assert embedded(page)["runs"]["name"] == ["one", "two"]


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("page.pdf", "the name of a page ends in .html"),
        ("nowhere/page.html", "it lies in no directory that exists"),
        ("taken.html", "it is a directory"),
    ],
)
def test_an_output_that_will_not_do(
    wzsim: Wzsim, folder: Path, tmp_path: Path, output: str, said: str
) -> None:
    (tmp_path / "taken.html").mkdir()
    ran = wzsim("report", folder, "-o", tmp_path / output)
    assert ran.exit_code == 2
    assert said in ran.stderr


def test_nothing_to_report(wzsim: Wzsim, folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    missing = wzsim("report", folder / "one.h5", folder / "on.h5", "-o", page)
    assert missing.exit_code == 2
    assert "no such file; there are one.h5, two.h5" in missing.stderr
    for file in folder.iterdir():
        file.write_bytes(b"no result")
    broken = wzsim("report", folder, "-o", page)
    assert broken.exit_code == 2
    assert "there is no result to report" in broken.stderr
    assert not page.exists()
