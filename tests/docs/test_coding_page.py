"""docs/coding.md against the live program: its keys, defaults and figures are there."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from wzsim import app
from wzsim.reporting.coded import CODED
from wzsim.scenario.coding import Coding
from wzsim.scenario.defaults import DEFAULT_COMPONENTS
from wzsim.storage.layout import CODING_LABELS

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "coding.md").read_text()


def test_every_key_is_listed_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", PAGE.split("## What is")[0], re.MULTILINE))
    assert set(rows) == {field.name for field in attrs.fields(Coding)}
    for field in attrs.fields(Coding):
        default = DEFAULT_COMPONENTS.get(field.name, field.default)
        written = rows[field.name].strip().strip("`")
        assert written == str(default).lower(), field.name


def test_the_scenario_is_right(tmp_path: Path) -> None:
    (table,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    scenarios = (DOCS / "scenarios.md").read_text()
    quick = re.findall(r"^```toml\n(# quick.toml\n.*?)^```$", scenarios, re.MULTILINE | re.DOTALL)
    (tmp_path / "quick.toml").write_text(quick[0])
    (tmp_path / "coded.toml").write_text(table)
    scenario = app.load(tmp_path / "coded.toml", app.registry()).scenario
    assert scenario.coding is not None
    assert scenario.coding.frames == 10


def test_every_figure_is_one_of_the_file_and_every_column_one_of_compare() -> None:
    table = PAGE.split("## What the figures mean")[1].split("`wzsim show`")[0]
    first = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    names = {name for cell in first for name in re.findall(r"`(\w+)`", cell)}
    assert names <= {*CODING_LABELS, *CODED}
    shown = {name for name in CODING_LABELS if not name.endswith(("_lower", "_upper", "_db"))}
    assert shown - {"decoded"} <= names
