"""Look-up by name, collisions, and the life-cycle of a run."""

from __future__ import annotations

import logging
from types import ModuleType

import pytest

import wzsim
from tests.registry.conftest import Install
from tests.registry.distributions import HEADER, PLUGINS_PAGE, channel_source
from wzsim.contracts import EpochFinished, EvaluationAdvanced, RunFinished, RunStarted
from wzsim.errors import InputError, PluginError
from wzsim.registry import Entry, Provider, Registry, UnknownComponentError, load_registry

EPOCH = EpochFinished("s", 1, 2, 0.5, (1.0,), (0.1,), 2.0)


def builtin(source: str) -> ModuleType:
    module = ModuleType("builtin_hooks")
    exec(source, module.__dict__)
    return module


@pytest.fixture
def registry() -> Registry:
    source = channel_source("gaussian", "laplace", "cauchy") + (
        "@attrs.frozen(kw_only=True)\n"
        "class Coin(Source):\n"
        "    name = 'coin'\n"
        "    def sample(self, batch, generator):\n"
        "        raise NotImplementedError\n"
        "@hookimpl\n"
        "def wzsim_sources():\n"
        "    return (Coin,)\n"
    )
    return load_registry({"builtin": builtin(source)}, entry_points=False)


def test_components_are_found_by_kind_and_name(registry: Registry) -> None:
    assert registry.get("channel", "laplace").name == "laplace"
    assert registry.get("source", "coin").kind == "source"
    assert registry.names("channel") == ("cauchy", "gaussian", "laplace")
    assert registry.names("bound") == ()
    provider = Provider("builtin", "wzsim", registry.providers()[0].version)
    assert registry.entries() == tuple(
        Entry(kind, name, registry.get(kind, name), provider)
        for kind, name in (
            ("source", "coin"),
            ("channel", "cauchy"),
            ("channel", "gaussian"),
            ("channel", "laplace"),
        )
    )


def test_the_version_of_built_ins_is_that_of_wzsim(registry: Registry) -> None:
    assert str(registry.providers()[0]) == f"wzsim {wzsim.__version__} (plugin builtin)"


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("channel", "laplac", "unknown channel 'laplac'; did you mean 'laplace'?"),
        ("channel", "zzz", "unknown channel 'zzz'; valid: cauchy, gaussian, laplace"),
        ("rate_estimator", "x", "unknown rate estimator 'x'; none is installed"),
    ],
)
def test_an_unknown_name_is_an_input_error_with_a_suggestion(
    registry: Registry, kind: str, name: str, message: str
) -> None:
    with pytest.raises(UnknownComponentError) as caught:
        registry.get(kind, name)
    assert isinstance(caught.value, InputError)
    assert str(caught.value) == message
    assert f"{caught.value.message}; {caught.value.hint}" == message


def test_an_unknown_name_says_which_plugins_were_skipped(installed: Install) -> None:
    installed("wzsim-lattice", "0.3", "lattice", "lattice_plugin", "WZSIM_CONTRACT = 7")
    with pytest.raises(UnknownComponentError) as caught:
        load_registry({}).get("encoder", "lattice")
    assert str(caught.value) == (
        "unknown encoder 'lattice'; none is installed; skipped plugin wzsim-lattice 0.3 "
        "(plugin lattice): it was written for contract 7 and this wzsim has contract 1: "
        "it needs a newer wzsim"
    )


def test_a_kind_that_does_not_exist_is_a_mistake_of_the_program(registry: Registry) -> None:
    with pytest.raises(KeyError, match="chanel"):
        registry.names("chanel")


def test_two_plugins_with_one_name_are_refused(installed: Install) -> None:
    installed("wzsim-laplace", "1.0", "laplace", "laplace_plugin", channel_source("laplace"))
    installed("wzsim-noises", "2.1", "noises", "noises_plugin", channel_source("laplace", "cauchy"))
    with pytest.raises(PluginError) as caught:
        load_registry({})
    assert str(caught.value) == (
        "channel 'laplace' is provided by both wzsim-laplace 1.0 (plugin laplace) and "
        "wzsim-noises 2.1 (plugin noises); block one with '-p no:laplace' or '-p no:noises'"
    )
    assert str(caught.value) in PLUGINS_PAGE
    assert caught.value.exit_code == 2
    assert load_registry({}, ["no:laplace"]).names("channel") == ("cauchy", "laplace")
    assert load_registry({}, ["no:noises"]).names("channel") == ("laplace",)


def test_every_collision_is_named_at_once(installed: Install) -> None:
    installed("wzsim-a", "1.0", "a", "a_plugin", channel_source("laplace", "cauchy"))
    installed("wzsim-b", "2.0", "b", "b_plugin", channel_source("cauchy", "laplace"))
    with pytest.raises(PluginError) as caught:
        load_registry({})
    both = (
        "is provided by both wzsim-a 1.0 (plugin a) and wzsim-b 2.0 (plugin b); "
        "block one with '-p no:a' or '-p no:b'"
    )
    assert str(caught.value) == f"channel 'cauchy' {both}\nchannel 'laplace' {both}"


def test_one_name_for_two_kinds_is_no_collision(installed: Install) -> None:
    source = HEADER + (
        "@attrs.frozen(kw_only=True)\n"
        "class Laplace(Source):\n"
        "    name = 'laplace'\n"
        "    def sample(self, batch, generator):\n"
        "        raise NotImplementedError\n"
        "@hookimpl\n"
        "def wzsim_sources():\n"
        "    return [Laplace]\n"
    )
    installed("wzsim-a", "1.0", "a", "a_plugin", channel_source("laplace"))
    installed("wzsim-b", "1.0", "b", "b_plugin", source)
    registry = load_registry({})
    assert registry.get("source", "laplace") is not registry.get("channel", "laplace")


def test_a_built_in_cannot_be_replaced(installed: Install) -> None:
    installed("wzsim-mine", "0.1", "mine", "my_plugin", channel_source("gaussian"))
    builtins = {"builtin": builtin(channel_source("gaussian"))}
    with pytest.raises(PluginError) as caught:
        load_registry(builtins)
    assert str(caught.value) == (
        "channel 'gaussian' is built in and cannot be replaced, but wzsim-mine 0.1 (plugin mine) "
        "provides it too; block that plugin with '-p no:mine'"
    )
    assert load_registry(builtins, ["no:mine"]).names("channel") == ("gaussian",)


def test_a_plugin_cannot_change_what_another_returns(installed: Install) -> None:
    """A wrapper around a collecting hook would be an override in disguise."""
    installed("wzsim-good", "1.0", "good", "good_plugin", channel_source("laplace"))
    wrapper = HEADER + (
        "@hookimpl(wrapper=True)\ndef wzsim_channels():\n    yield\n    return []\n"
    )
    installed("wzsim-thief", "1.0", "thief", "thief_plugin", wrapper)
    assert load_registry({}).names("channel") == ("laplace",)


LISTENER = (
    HEADER
    + """
heard = []
@hookimpl
def wzsim_run_started(event):
    heard.append(event)
@hookimpl
def wzsim_epoch_finished(event):
    heard.append(event)
@hookimpl
def wzsim_run_finished(event):
    heard.append(event)
"""
)


def test_each_event_reaches_its_hook_once(installed: Install) -> None:
    installed("wzsim-listener", "1.0", "listener", "listener_plugin", LISTENER)
    registry = load_registry({})
    events = [RunStarted("s", 2, 1), EPOCH, RunFinished("s")]
    for event in events:
        registry.emit(event)
    registry.emit(EvaluationAdvanced("s", 10, 100))  # for progress displays: no hook has it
    assert __import__("listener_plugin").heard == events
    assert registry.providers() == (Provider("listener", "wzsim-listener", "1.0"),)
    assert registry.entries() == ()


@pytest.mark.parametrize("failure", ["raise ValueError('disk full')", "raise SystemExit('stop')"])
def test_a_listener_that_fails_is_reported_once_and_stops_nobody(
    failure: str, installed: Install, caplog: pytest.LogCaptureFixture
) -> None:
    broken = LISTENER.replace(
        "def wzsim_epoch_finished(event):\n", f"def wzsim_epoch_finished(event):\n    {failure}\n"
    )
    installed("wzsim-a", "1.0", "a", "broken_listener", broken)
    installed("wzsim-b", "1.0", "b", "good_listener", LISTENER)
    registry = load_registry({})
    with caplog.at_level(logging.WARNING):
        for event in (EPOCH, EPOCH, RunFinished("s")):
            registry.emit(event)
    error = "ValueError: disk full" if "Value" in failure else "SystemExit: stop"
    file = __import__("broken_listener").__file__
    assert [record.getMessage() for record in caplog.records] == [
        (
            f"wzsim-a 1.0 (plugin a): wzsim_epoch_finished raised {error} ({file}:12) "
            "and is not called again"
        )
    ]
    assert __import__("broken_listener").heard == [RunFinished("s")]
    assert __import__("good_listener").heard == [EPOCH, EPOCH, RunFinished("s")]


def test_an_interrupt_in_a_listener_reaches_the_run(installed: Install) -> None:
    source = LISTENER.replace("heard.append(event)", "raise KeyboardInterrupt")
    installed("wzsim-a", "1.0", "a", "interrupting_listener", source)
    with pytest.raises(KeyboardInterrupt):
        load_registry({}).emit(EPOCH)


def test_registries_share_nothing(installed: Install) -> None:
    broken = LISTENER.replace("heard.append(event)", "raise ValueError")
    installed("wzsim-a", "1.0", "a", "raising_listener", broken)
    first, second = load_registry({}), load_registry({})
    first.emit(EPOCH)
    assert len(first._silenced) == 1
    assert len(second._silenced) == 0
