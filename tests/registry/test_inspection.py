"""Each defect of a plugin: one message, an error when it was named, skipped when installed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import attrs
import pytest

from tests.registry.conftest import Install
from tests.registry.distributions import HEADER, channel_source
from wzsim.contracts import Channel
from wzsim.errors import PluginError
from wzsim.registry import PluginFailure, load_registry

GOOD_CHANNEL = """
@attrs.frozen(kw_only=True)
class Good(Channel):
    name = "good"
    def sample(self, given, generator):
        return given
"""


def returning(classes: str, definitions: str = "", hook: str = "wzsim_channels") -> str:
    return f"{HEADER}{definitions}\n@hookimpl\ndef {hook}():\n    return {classes}\n"


DEFECTS = {
    "contract missing": (
        "",
        (
            "WZSIM_CONTRACT is missing: state the version of the contracts that it was written "
            "for, WZSIM_CONTRACT = 1"
        ),
    ),
    "contract newer": (
        "WZSIM_CONTRACT = 2",
        "it was written for contract 2 and this wzsim has contract 1: it needs a newer wzsim",
    ),
    "contract older": (
        "WZSIM_CONTRACT = 0",
        (
            "it was written for contract 0 and this wzsim has contract 1: "
            "it needs a newer version of the plugin"
        ),
    ),
    "contract not an integer": (
        "WZSIM_CONTRACT = '1'",
        "WZSIM_CONTRACT must be an integer, not '1'",
    ),
    "contract true": ("WZSIM_CONTRACT = True", "WZSIM_CONTRACT must be an integer, not True"),
    "dependency missing": (
        HEADER + "import a_library_that_is_missing",
        (
            "cannot be imported: ModuleNotFoundError: No module named 'a_library_that_is_missing' "
            "({path}:5)"
        ),
    ),
    "syntax error": (
        "def wzsim_channels(:",
        "cannot be imported: SyntaxError: invalid syntax ({name}, line 1)",
    ),
    "exits": ("import sys\nsys.exit()", "cannot be imported: SystemExit ({path}:2)"),
    "misspelt hook": (
        returning("[]", hook="wzsim_chanels"),
        "there is no hook 'wzsim_chanels'; did you mean 'wzsim_channels'?",
    ),
    "unmarked hook": (
        HEADER + "def wzsim_channels():\n    return []",
        "wzsim_channels is not marked with @wzsim.hookspecs.hookimpl",
    ),
    "argument that the hook has not": (
        HEADER + "@hookimpl\ndef wzsim_channels(scenario):\n    return []",
        (
            "hookimpl definition: wzsim_channels(scenario); Argument(s) {'scenario'} are declared "
            "in the hookimpl but can not be found in the hookspec"
        ),
    ),
    "hook raises": (
        returning("1 / 0"),
        "wzsim_channels raised ZeroDivisionError: division by zero ({path}:8)",
    ),
    "hook forgets to return": (
        HEADER + "@hookimpl\ndef wzsim_channels():\n    [Channel]",
        "wzsim_channels returned None, not a list of classes",
    ),
    "hook returns one class": (
        returning("int"),
        "wzsim_channels returned <class 'int'>, not a list of classes",
    ),
    "hook returns a name": (
        returning("'laplace'"),
        "wzsim_channels returned 'laplace', not a list of classes",
    ),
    "an instance": (
        returning("[Good()]", GOOD_CHANNEL),
        "wzsim_channels returns Good(), which is not a class",
    ),
    "not a component": (returning("[int]"), "wzsim_channels returns int, which is no Channel"),
    "wrong hook": (
        returning("[Good]", GOOD_CHANNEL, hook="wzsim_sources"),
        "wzsim_sources returns Good, which is no Source: wzsim_channels is its hook",
    ),
    "abstract": (
        HEADER + "from wzsim.contracts import AdditiveChannel\n"
        "@attrs.frozen(kw_only=True)\n"
        "class Half(AdditiveChannel):\n"
        "    name = 'half'\n"
        "    noise_variance = 1.0\n"
        "@hookimpl\n"
        "def wzsim_channels():\n"
        "    return [Half]\n",
        "Channel Half is abstract: it lacks noise_interval, noise_like, noise_log_prob",
    ),
    "not attrs": (
        returning("[Good]", GOOD_CHANNEL.replace("@attrs.frozen(kw_only=True)", "")),
        "Channel Good is not decorated with @attrs.frozen",
    ),
    "parameters by position": (
        returning(
            "[Good]",
            GOOD_CHANNEL.replace("(kw_only=True)", "").replace(
                "    def", "    a: int = 1\n    def"
            ),
        ),
        ("Channel Good takes a by position: write @attrs.frozen(kw_only=True) above it"),
    ),
    "a method for a property": (
        HEADER + "from wzsim.contracts import AdditiveChannel\n"
        "@attrs.frozen(kw_only=True)\n"
        "class Half(AdditiveChannel):\n"
        "    name = 'half'\n"
        "    noise_like = noise_log_prob = noise_interval = lambda *_: 1.0\n"
        "    def noise_variance(self):\n"
        "        return 1.0\n"
        "@hookimpl\n"
        "def wzsim_channels():\n"
        "    return [Half]\n",
        "Channel Half: noise_variance lacks @property",
    ),
    "nameless": (
        returning("[Good]", GOOD_CHANNEL.replace('name = "good"', "")),
        'Channel Good has no name: add name = "..." to the class',
    ),
    "name as a parameter": (
        returning("[Good]", GOOD_CHANNEL.replace("name =", "name: str =")),
        (
            "the name of Channel Good is not a string of the class: write "
            'name = "..." without an annotation, or attrs makes it a parameter'
        ),
    ),
    "name that no file can have": (
        returning("[Good]", GOOD_CHANNEL.replace('"good"', '"a/b"')),
        (
            "Channel Good has the name 'a/b': a name is letters, digits, '.', '_' or '-' "
            "and begins with a letter or digit"
        ),
    ),
    "empty name": (
        returning("[Good]", GOOD_CHANNEL.replace('"good"', '""')),
        (
            "Channel Good has the name '': a name is letters, digits, '.', '_' or '-' "
            "and begins with a letter or digit"
        ),
    ),
    "one name twice": (
        channel_source("laplace", "cauchy", "laplace"),
        "wzsim_channels returns two of the name 'laplace'",
    ),
}
defects = pytest.mark.parametrize(("source", "reason"), DEFECTS.values(), ids=DEFECTS.keys())


def expected(reason: str, path: Path) -> str:
    return reason.replace("{path}", str(path)).replace("{name}", path.name)


@defects
@pytest.mark.usefixtures("site")
def test_defect_of_a_plugin_that_was_named_is_an_error(source: str, reason: str) -> None:
    path = Path("noise.py").absolute()
    path.write_text(source)
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    with pytest.raises(PluginError) as caught:
        load_registry({}, ["noise.py"], entry_points=False)
    assert str(caught.value) == (
        f"plugin noise.py (no distribution, sha256:{digest}): {expected(reason, path)}"
    )
    assert caught.value.exit_code == 2


@defects
def test_defect_of_an_installed_plugin_skips_it_and_no_other(
    source: str, reason: str, site: Path, installed: Install
) -> None:
    installed("wzsim-broken", "0.3", "broken", "broken_plugin", source)
    installed("wzsim-healthy", "1.0", "healthy", "healthy_plugin", channel_source("healthy"))
    registry = load_registry({})
    assert registry.names("channel") == ("healthy",)
    reason = expected(reason, site / "broken_plugin.py")
    assert registry.failures == (PluginFailure("broken", "wzsim-broken", "0.3", reason),)
    assert str(registry.failures[0]) == f"wzsim-broken 0.3 (plugin broken): {reason}"


@defects
def test_defect_of_an_installed_plugin_that_was_also_named_is_an_error(
    source: str, reason: str, site: Path, installed: Install
) -> None:
    installed("wzsim-broken", "0.3", "broken", "broken_plugin", source)
    reason = expected(reason, site / "broken_plugin.py")
    for name in ("broken", "broken_plugin", "wzsim-broken", "Wzsim_Broken"):
        with pytest.raises(PluginError) as caught:
            load_registry({}, [name])
        assert str(caught.value) == f"plugin wzsim-broken 0.3 (plugin broken): {reason}"


def test_a_defect_keeps_its_cause_for_a_traceback(site: Path) -> None:
    (site / "noise.py").write_text(HEADER + "1 / 0")
    with pytest.raises(PluginError) as caught:
        load_registry({}, ["site/noise.py"], entry_points=False)
    assert caught.value.__cause__ is not None
    assert isinstance(caught.value.__cause__.__cause__, ZeroDivisionError)


def test_an_interrupt_while_a_plugin_loads_is_no_defect(installed: Install) -> None:
    installed("wzsim-slow", "1.0", "slow", "slow_plugin", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        load_registry({})


def test_an_optional_hook_of_a_later_wzsim_is_ignored(site: Path) -> None:
    """Pluggy's own way of writing one plugin for several versions keeps working."""
    (site / "later.py").write_text(
        HEADER + "@hookimpl(optionalhook=True)\ndef wzsim_lattices():\n    return []"
    )
    assert load_registry({}, ["later"], entry_points=False).providers()[0].plugin == "later"


@pytest.mark.usefixtures("site")
def test_a_plugin_may_import_everything_from_hookspecs() -> None:
    """The specifications that it then holds are not taken for unmarked hooks of its own."""
    Path("noise.py").write_text("from wzsim.hookspecs import *\n" + channel_source("laplace"))
    registry = load_registry({}, ["noise.py"], entry_points=False)
    assert registry.names("channel") == ("laplace",)


def test_a_component_is_frozen_even_where_its_author_wrote_define() -> None:
    """Why the registry need not ask whether an attrs class is frozen."""

    @attrs.define
    class Careless(Channel):
        name = "careless"
        scale: float = 1.0

        def sample(self, given, generator):
            return given

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Careless().scale = 2.0
