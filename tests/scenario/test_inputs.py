"""Programs and data files as part of what a result is."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

import wzsim
from tests.scenarios import paper_scenario
from wzsim.contracts import PairSource
from wzsim.errors import InputError
from wzsim.scenario.inputs import components, inputs_of
from wzsim.scenario.model import Correlation

PLUGIN = """
import attrs
from wzsim.builtin.channels.gaussian import GaussianChannel

@attrs.frozen(kw_only=True)
class Same(GaussianChannel):
    name = "same"
"""


@attrs.frozen(kw_only=True)
class Rows(PairSource):
    name = "rows"
    path: str

    @property
    def block_length(self) -> int:
        return 1

    def sample(self, batch, generator):
        raise NotImplementedError

    def files(self) -> tuple[str, ...]:
        return (self.path,)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "wzsim_same"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "channel.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield folder
    for name in [name for name in sys.modules if name.startswith("wzsim_same")]:
        del sys.modules[name]


def rows(path: Path):
    scenario = paper_scenario()
    correlation = Correlation(source=None, channel=None, pair=Rows(path=str(path)))
    return attrs.evolve(scenario, correlation=correlation)


def test_wzsim_s_own_components_count_as_its_version() -> None:
    scenario = paper_scenario()
    assert inputs_of(scenario) == {"wzsim": wzsim.__version__}
    names = {component.name for component in components(scenario)}
    assert {"gaussian", "rnn-layered", "wyner-ziv"} <= names


def test_any_file_of_a_plugin_s_package_counts(package: Path) -> None:
    channel = importlib.import_module("wzsim_same.channel").Same(noise_variance=0.1)
    scenario = paper_scenario()
    scenario = attrs.evolve(
        scenario, correlation=attrs.evolve(scenario.correlation, channel=channel)
    )
    first = inputs_of(scenario)
    assert set(first) == {"wzsim", "wzsim_same"}
    assert inputs_of(scenario) == first
    (package / "__init__.py").write_text("# one line more")
    second = inputs_of(scenario)
    assert second["wzsim_same"] != first["wzsim_same"]
    (package / "__init__.py").write_text("")
    assert inputs_of(scenario) == first


def test_a_class_that_was_typed_in_has_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Rows, "__module__", "notebook")
    assert inputs_of(rows(Path(__file__)))["notebook"] == "unknown"


def test_a_data_file_counts_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("x,y\n1,2\n")
    first = inputs_of(rows(path))
    assert set(first) >= {"wzsim", str(path)}
    os.utime(path, (0, 0))
    assert inputs_of(rows(path)) == first
    path.write_text("x,y\n1,3\n")
    assert inputs_of(rows(path))[str(path)] != first[str(path)]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.npy").write_text("x,y\n1,3\n")
    folder = inputs_of(rows(tmp_path / "folder"))
    (tmp_path / "folder" / "y.npy").write_text("")
    assert inputs_of(rows(tmp_path / "folder")) != folder


def test_a_data_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read '.*none\.csv': No such file"):
        inputs_of(rows(tmp_path / "none.csv"))
