"""docs/plugins.md against the live registry: its code runs, its tables and messages are true."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

import wzsim
from tests.kits import complaints
from wzsim import contracts, hookspecs, testing
from wzsim.cli import main
from wzsim.cli.new import SUMMARIES
from wzsim.registry import load_registry
from wzsim.testing import ChannelKit, SlepianWolfCoderKit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugins.md").read_text()


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", PAGE, re.MULTILINE | re.DOTALL)
    return [re.sub(f"(?m)^{indent}", "", text) for indent, text in found]


PLUGINS = [text for text in blocks("python") if "WZSIM_CONTRACT" in text]


@pytest.mark.parametrize("source", PLUGINS, ids=["additive", "density", "coder", "listener"])
def test_every_plugin_on_the_page_loads(source: str, tmp_path: Path) -> None:
    file = tmp_path / "plugin.py"
    file.write_text(source)
    registry = load_registry({}, [str(file)], entry_points=False)
    assert [provider.plugin for provider in registry.providers()] == [str(file)]


def test_the_first_plugin_is_the_channel_of_the_scenario(tmp_path: Path) -> None:
    file = tmp_path / "laplace.py"
    file.write_text(blocks("python")[0])
    channel = load_registry({}, [str(file)], entry_points=False).get("channel", "laplace")
    assert channel(scale=0.2).noise_variance == pytest.approx(0.08)
    assert 'name = "laplace"\nscale = 0.2\n' in blocks("toml")[0]


def test_the_kit_tests_the_first_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    (page,) = [text for text in blocks("python") if "Kit" in text]
    plugin = ModuleType("wzsim_laplace")
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    exec(PLUGINS[0], vars(plugin))
    plugin.Laplace.__module__ = plugin.__name__
    shown: dict[str, type[ChannelKit]] = {}
    exec(page, shown)
    assert complaints(shown["TestLaplace"]) == {}


def test_the_kit_accepts_the_channel_that_is_not_additive(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plugin = ModuleType("wzsim_growing")
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    exec(PLUGINS[1], vars(plugin))
    plugin.GrowingNoise.__module__ = plugin.__name__
    kit = type("Kit", (ChannelKit,), {"component": plugin.GrowingNoise(base=0.2, slope=0.3)})
    assert complaints(kit) == {}


def test_the_coder_passes_its_kit_and_codes_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = ModuleType("wzsim_gallager")
    monkeypatch.setitem(sys.modules, plugin.__name__, plugin)
    exec(PLUGINS[2], vars(plugin))
    plugin.Gallager.__module__ = plugin.__name__
    kit = type(
        "Kit", (SlepianWolfCoderKit,), {"component": plugin.Gallager(), "alphabet_sizes": (2,)}
    )
    assert complaints(kit) == {}
    file, scenario = tmp_path / "gallager.py", tmp_path / "coded.toml"
    file.write_text(PLUGINS[2])
    (table,) = [text for text in blocks("toml") if "gallager" in text]
    quantizer = ROOT / "scenarios" / "nsq_222.toml"
    scenario.write_text(f'extends = "{quantizer}"\nname = "coded"\n{table}')
    coding = wzsim.run(scenario, plugins=[str(file)]).coding
    assert coding is not None
    assert coding.feedback
    assert (coding.frame_errors == 0).all()
    sent = re.search(r"sends about ([\d.]+), ([\d.]+) and ([\d.]+) bit", PAGE)
    assert sent is not None
    said = np.array(sent.groups(), float)
    np.testing.assert_allclose(coding.coded_rate, said, atol=0.02)


def test_signatures_of_a_density_are_those_of_the_contract() -> None:
    rows = dict(re.findall(r"^\| `(\w+)(\(.*?)` \|", PAGE, re.MULTILINE))
    for method in ("sample", "log_prob", "interval", "breakpoints"):
        signature = inspect.signature(getattr(contracts.DensityChannel, method))
        names = [name for name in signature.parameters if name != "self"]
        given = rows[method]
        assert re.findall(r"\w+", given.split("->")[0].replace(": float", "")) == names
        if "->" in given:
            assert given.split("-> ")[1] == signature.return_annotation
            assert all(signature.parameters[name].annotation == "float" for name in names)


def test_every_kit_is_listed() -> None:
    table = "\n".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    assert {*re.findall(r"`(\w+Kit)`", table), "ComponentKit"} == set(testing.__all__)


def test_its_command_writes_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = blocks("sh")
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(main, command.split()[1:]).exit_code == 0
    (written,) = tmp_path.iterdir()
    assert f"`{written.name}`" in PAGE
    assert {kind for kind in SUMMARIES if f"`{kind}`" in PAGE or f"new {kind} " in PAGE} == {
        *SUMMARIES
    }


def test_every_kind_is_listed_with_its_hook_and_base_class() -> None:
    rows = re.findall(r"^\| (\w+) \| `(\w+)` \| `(\w+)` \|$", PAGE, re.MULTILINE)
    expected = [(kind, f"wzsim_{kind}s", base.__name__) for kind, base in contracts.KINDS.items()]
    assert rows == expected


def test_every_hook_is_documented() -> None:
    hooks = {name for name in vars(hookspecs) if name.startswith("wzsim_")}
    assert hooks == set(re.findall(r"\bwzsim_(?!laplace)\w+s\b|\bwzsim_\w+ed\b", PAGE))
