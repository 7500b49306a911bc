"""`wzsim new`: every kind works as it is written, and nothing is written where it could not."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Wzsim
from tests.kits import complaint
from tests.registry.distributions import install
from tests.registry.test_installed import pip_install
from wzsim.cli.new import SUMMARIES, module_of, project, rendered, single_file
from wzsim.errors import ScenarioError
from wzsim.registry import load_registry
from wzsim.testing import ComponentKit

ROOT = Path(__file__).parents[2]
KINDS = list(SUMMARIES)
ALLOWED = {"contracts", "hookspecs", "theory", "networks", "units", "errors"}

NASTY = [
    "Additive",
    "density",
    "channel",
    "scalar",
    "prefix-tree",
    "encoder",
    "range",
    "a",
    "x_1-y",
    "a.b",
    "test",
]
"""Names whose classes could hide what a template imports, and short and odd ones."""


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project of each kind, as `wzsim new` writes them."""
    from click.testing import CliRunner

    from wzsim.cli import main

    folder = tmp_path_factory.mktemp("projects")
    for kind in KINDS:
        ran = CliRunner().invoke(main, ["new", kind, f"my-{kind}", "-o", str(folder)])
        assert ran.exit_code == 0, ran.output
    return folder


@pytest.fixture
def installed(projects: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """All of them, as pip installs them."""
    target = tmp_path / "site"
    pip_install(*(projects / f"wzsim-my-{kind}" for kind in KINDS), folder=target)
    monkeypatch.syspath_prepend(target)
    before = set(sys.modules)
    yield target
    for name in set(sys.modules) - before:
        del sys.modules[name]


def run_tests(*projects: Path, only: str = "") -> subprocess.CompletedProcess[str]:
    """The tests of projects that pip did not install, together."""
    path = os.pathsep.join(str(folder / "src") for folder in projects)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--import-mode=importlib"]
    return subprocess.run(
        [*command, "-k", only, *(str(folder / "tests") for folder in projects)],
        env=os.environ | {"PYTHONPATH": path},
        cwd=projects[0].parent,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_tests_of_every_project_pass(projects: Path) -> None:
    ran = run_tests(*(projects / f"wzsim-my-{kind}" for kind in KINDS))
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout


RENAMED = {
    "channel": "scale",
    "source": "half_width",
    "encoder": "dead_zone",
    "rate-estimator": "samples",
    "decoder": "bins",
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_tests_say_what_a_new_name_of_a_parameter_breaks(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = rendered(f"{kind}/plugin.py", kind, "mine", "")
    (tmp_path / "scenario.toml").write_text(rendered(f"{kind}/scenario.toml", kind, "mine", ""))
    (tmp_path / "wzsim_mine.py").write_text(re.sub(rf"\b{RENAMED[kind]}\b", "width_2", source))
    monkeypatch.syspath_prepend(tmp_path)
    tests: dict[str, Any] = {"__file__": str(tmp_path / "tests" / "test_mine.py")}
    name = "test_the_scenario_has_the_keys_of_the_class"
    written = rendered(f"{kind}/tests.py", kind, "mine", "")
    imports, test = written.partition("\nclass ")[0], written[written.index(f"def {name}") :]
    exec(f"{imports}\n{test}", tests)
    with pytest.raises(ScenarioError, match=rf"unknown key '{RENAMED[kind]}'.*scenario.toml:\d+"):
        tests[name]()
    del sys.modules["wzsim_mine"]


def test_every_project_installs_and_its_scenario_is_right(
    projects: Path, installed: Path, wzsim: Wzsim
) -> None:
    listed = wzsim("plugins").stdout
    scenarios = [projects / f"wzsim-my-{kind}" / "scenario.toml" for kind in KINDS]
    for kind in KINDS:
        (line,) = [line for line in listed.splitlines() if line.startswith(f"  my-{kind} ")]
        assert f"wzsim-my-{kind} 0.1.0" in line
    checked = wzsim("validate", *scenarios)
    assert checked.stdout == "".join(f"{scenario}: ok\n" for scenario in scenarios)


@pytest.mark.parametrize("kind", KINDS)
def test_the_scenario_of_every_kind_runs_as_a_file(
    kind: str, wzsim: Wzsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written = wzsim("new", kind, "mine", "--file")
    assert written.stdout == "mine.py\nmine.toml\nnext:\n  wzsim run mine.toml -p mine.py\n"
    assert {path.name for path in tmp_path.iterdir()} == {"mine.py", "mine.toml"}
    assert (tmp_path / "mine.toml").read_text().startswith("# wzsim run mine.toml -p mine.py\n")
    ran = wzsim("run", "mine.toml", "-p", "mine.py", "-q")
    assert ran.exit_code == 0, ran.output
    assert (tmp_path / "results" / "mine.h5").exists()
    assert "flag" not in ran.stdout


def test_what_is_written_is_listed_with_the_next_commands(
    wzsim: Wzsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        wzsim("new", "channel", "my-noise").stdout
        == """\
wzsim-my-noise/pyproject.toml
wzsim-my-noise/README.md
wzsim-my-noise/src/wzsim_my_noise/__init__.py
wzsim-my-noise/tests/test_wzsim_my_noise.py
wzsim-my-noise/scenario.toml
next:
  cd wzsim-my-noise
  python -m pip install -e '.[test]'
  python -m pytest
  wzsim run scenario.toml
"""
    )
    assert [path.name for path in tmp_path.iterdir()] == ["wzsim-my-noise"]
    readme = (tmp_path / "wzsim-my-noise" / "README.md").read_text()
    assert "wzsim show results/my-noise.h5" in readme


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NASTY)
def test_a_plugin_of_any_name_loads(kind: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "plugin.py"
    file.write_text(single_file(kind, name)[f"{name}.py"])
    registry = load_registry({}, [str(file)], entry_points=False)
    assert registry.names(kind.replace("-", "_")) == (name,)


MISTAKES = {
    "right": (r"\Z", "", ""),
    "no contract": (r"WZSIM_CONTRACT = 1\n", "", "WZSIM_CONTRACT is missing: state the version"),
    "other contract": (r"(WZSIM_CONTRACT =) 1", r"\1 2", "it needs a newer wzsim"),
    "misspelt hook": (r"def wzsim_(\w+)s\(", r"def wzsim_\1(", "did you mean 'wzsim_{kind}s'?"),
    "no mark": (r"@hookimpl\n", "", "wzsim_{kind}s is not marked with @wzsim.hookspecs.hookimpl"),
    "no list": (r"return (\[Mine\w+\]\n\Z)", r"\1", "wzsim_{kind}s returned None, not a list"),
    "empty list": (
        r"return \[Mine\w+\]\n\Z",
        "return []\n",
        "plugin wzsim_mine does not provide it. Let a function wzsim_{kind}s",
    ),
    "neither name nor mark": (
        r"@hookimpl\ndef wzsim_\w+",
        "def wzsim_components",
        "Let a function wzsim_{kind}s, marked with @hookimpl, return [Mine",
    ),
}
"""What is easily forgotten: how it is written, and what its tests then say."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_tests_load_the_plugin_as_wzsim_does(
    kind: str, mistake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern, replacement, says = MISTAKES[mistake]
    source = rendered(f"{kind}/plugin.py", kind, "mine", "")
    changed, count = re.subn(pattern, replacement, source.rstrip() + "\n", count=1)
    assert count == 1
    (tmp_path / "wzsim_mine.py").write_text(changed)
    monkeypatch.syspath_prepend(tmp_path)
    tests: dict[str, type[ComponentKit]] = {}
    exec(rendered(f"{kind}/tests.py", kind, "mine", ""), tests)
    said = complaint(tests["TestDefault"], "is_provided_by_its_plugin")
    del sys.modules["wzsim_mine"]
    assert says.format(kind=kind.replace("-", "_")) in said
    assert bool(said) == (mistake != "right")


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_imports_what_a_plugin_may(kind: str) -> None:
    tree = ast.parse(rendered(f"{kind}/plugin.py", kind, "mine", ""))
    nodes = list(ast.walk(tree))
    used = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    own = {module.split(".")[1] for module in used if module.split(".")[0] == "wzsim"}
    assert own <= ALLOWED
    at_once = {
        alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names
    }
    assert at_once <= {"attrs", "math", "numpy"}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_formatted(kind: str, projects: Path) -> None:
    options = ["--isolated", "--no-cache", "--config", "line-length=100"]
    for check in (["format", "--check"], ["check", "--select", "E,F,I,B,UP,RUF,PT,ANN"]):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *check, *options, "."],
            cwd=projects / f"wzsim-my-{kind}",
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    "name", ["", "my noise", "2pam", "laplace-", "_x", "a.", "../up", "münchen", "a\n"]
)
def test_a_name_that_cannot_be_is_refused(wzsim: Wzsim, tmp_path: Path, name: str) -> None:
    refused = wzsim("new", "channel", name, "-o", tmp_path)
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"error: {name!r} cannot be the name of a component: use letters, digits, '.', '_' and "
        "'-', with a letter first and a letter or digit last\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long_is_refused(wzsim: Wzsim, tmp_path: Path) -> None:
    refused = wzsim("new", "channel", "x" * 300, "-o", tmp_path)
    assert refused.exit_code == 2
    assert refused.stderr == (
        f"error: '{'x' * 20}...' has 300 characters, and a name has at most 62\n"
    )
    assert wzsim("new", "channel", "x" * 62, "-o", tmp_path).exit_code == 0


@pytest.mark.parametrize("name", ["CON", "nul.x", "com1"])
def test_a_device_of_windows_is_no_name(wzsim: Wzsim, tmp_path: Path, name: str) -> None:
    refused = wzsim("new", "source", name, "-o", tmp_path)
    assert (refused.exit_code, refused.stderr) == (
        2,
        f"error: no file can be called {name!r} on Windows; choose another name\n",
    )


def test_a_file_is_no_name(wzsim: Wzsim, tmp_path: Path) -> None:
    refused = wzsim("new", "channel", "noise.py", "--file", "-o", tmp_path)
    assert refused.stderr == (
        "error: NAME is what scenarios call the component and not a file: write 'noise'\n"
    )


@pytest.mark.parametrize("name", ["json", "sys", "numpy", "wzsim"])
def test_a_file_that_would_hide_a_module_is_refused(
    wzsim: Wzsim, tmp_path: Path, name: str
) -> None:
    refused = wzsim("new", "channel", name, "--file", "-o", tmp_path)
    assert refused.exit_code == 2
    assert f"a file {name}.py would hide the module {name} from every Python" in refused.stderr
    assert list(tmp_path.iterdir()) == []
    # An installable plugin has a module of its own, wzsim_json.
    assert wzsim("new", "channel", name, "-o", tmp_path).exit_code == 0


def test_a_file_that_is_there_hides_nothing_more(
    wzsim: Wzsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `python -m wzsim`, which imports from the working directory."""
    monkeypatch.syspath_prepend(tmp_path)
    assert wzsim("new", "channel", "mine", "--file", "-o", tmp_path).exit_code == 0
    assert (
        "mine.py exists already" in wzsim("new", "channel", "mine", "--file", "-o", tmp_path).stderr
    )


def test_one_module_for_two_names_is_refused(
    wzsim: Wzsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wzsim("new", "channel", "my-noise", "-o", tmp_path).exit_code == 0
    refused = wzsim("new", "channel", "my_noise", "-o", tmp_path)
    assert refused.exit_code == 2
    assert f"{tmp_path / 'wzsim-my-noise'} exists already" in refused.stderr
    # Installed under another name, or with a mistake for which wzsim leaves it out.
    monkeypatch.syspath_prepend(tmp_path / "wzsim-my-noise" / "src")
    refused = wzsim("new", "channel", "my.noise", "-o", tmp_path / "other")
    assert refused.exit_code == 2
    assert refused.stderr == (
        "error: the module wzsim_my_noise is installed already; choose another name\n"
    )


def test_a_distribution_that_wzsim_leaves_out_is_still_there(
    wzsim: Wzsim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, "wzsim-My.Noise", "1.0", "noise", "broken", "WZSIM_CONTRACT = 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    refused = wzsim("new", "channel", "my-noise", "-o", tmp_path)
    assert "the distribution wzsim-My.Noise is installed already" in refused.stderr


def test_odd_names_work_all_the_way(wzsim: Wzsim, tmp_path: Path) -> None:
    names = ["test", "Testing-more", "class", "student-t.3"]
    for name in names:
        assert wzsim("new", "source", name, "-o", tmp_path).exit_code == 0
        described = tomllib.loads((tmp_path / f"wzsim-{name}" / "pyproject.toml").read_text())
        assert described["project"]["entry-points"]["wzsim"] == {name: module_of(name)}
    ran = run_tests(*(tmp_path / f"wzsim-{name}" for name in names), only="TestNarrow or width")
    assert ran.returncode == 0, ran.stdout


def test_a_name_that_is_installed_is_refused(wzsim: Wzsim, tmp_path: Path, installed: Path) -> None:
    taken = wzsim("new", "source", "gaussian", "-o", tmp_path)
    assert taken.exit_code == 2
    assert "source 'gaussian' is installed already, from wzsim " in taken.stderr
    taken = wzsim("new", "rate-estimator", "ideal-sw", "-o", tmp_path)
    assert "rate estimator 'ideal-sw' is installed already" in taken.stderr
    taken = wzsim("new", "source", "my_channel", "-o", tmp_path)
    assert taken.exit_code == 2
    assert "the distribution wzsim-my-channel is installed already" in taken.stderr
    assert not (tmp_path / "wzsim-my_channel").exists()
    # As a file it replaces nothing, and another kind has names of its own.
    assert wzsim("new", "source", "my_channel", "-o", tmp_path, "--file").exit_code == 0
    assert wzsim("new", "decoder", "gaussian", "-o", tmp_path).exit_code == 0


def test_a_name_of_a_plugin_that_was_named_is_refused(wzsim: Wzsim, tmp_path: Path) -> None:
    wzsim("new", "channel", "mine", "-o", tmp_path, "--file")
    plugin = tmp_path / "mine.py"
    taken = wzsim("new", "channel", "mine", "-o", tmp_path / "other", "-p", plugin)
    assert taken.exit_code == 2
    assert f"channel 'mine' is installed already, from {plugin} (no distribution" in taken.stderr


def test_what_is_there_stays_as_it_is(wzsim: Wzsim, tmp_path: Path) -> None:
    (tmp_path / "wzsim-mine").mkdir()
    (tmp_path / "mine.toml").write_text("precious")
    for single in ([], ["--file"]):
        refused = wzsim("new", "channel", "mine", "-o", tmp_path, *single)
        assert refused.exit_code == 2
        assert "exists already; choose another name, or another place with -o" in refused.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"wzsim-mine", "mine.toml"}
    assert (tmp_path / "mine.toml").read_text() == "precious"
    assert list((tmp_path / "wzsim-mine").iterdir()) == []


def test_a_place_that_takes_no_files_is_said_so(wzsim: Wzsim, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    failed = wzsim("new", "channel", "mine", "-o", tmp_path / "file")
    assert failed.exit_code == 1
    assert failed.stderr == f"error: cannot write {tmp_path}/file/wzsim-mine: File exists\n"
    new = tmp_path / "new" / "place"
    assert wzsim("new", "channel", "mine", "-o", new).exit_code == 0
    assert [path.name for path in new.iterdir()] == ["wzsim-mine"]


def test_help_names_every_kind(wzsim: Wzsim) -> None:
    helped = wzsim("new", "--help").stdout
    assert all(kind in helped for kind in KINDS)
    wrong = wzsim("new", "chanel", "mine")
    assert wrong.exit_code == 2
    assert all(kind in wrong.stderr for kind in KINDS)


def test_the_wheel_holds_the_templates(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if "templates/" in name}
    folder = ROOT / "wzsim" / "cli" / "templates"
    assert packed == {str(path.relative_to(ROOT)) for path in folder.rglob("*.in")}
    assert len(packed) == 2 + 3 * len(KINDS)


def test_every_file_of_a_project_has_a_template() -> None:
    for kind in KINDS:
        assert all(text.strip() and "$" not in text for text in project(kind, "mine").values())
