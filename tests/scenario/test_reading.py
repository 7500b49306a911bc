"""Files that are no scenario at all, and `extends`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.scenario.test_malformed import GAUSS
from wzsim.registry import Registry
from wzsim.scenario import Problem, ScenarioError, load_scenario, parse_mapping, parse_scenario
from wzsim.scenario.reading import MAX_BYTES


def problems_of(path: Path, registry: Registry) -> tuple[Problem, ...]:
    with pytest.raises(ScenarioError) as raised:
        load_scenario(path, registry)
    return raised.value.problems


def test_the_text_is_kept_as_written(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(GAUSS.replace("\n", "\r\n").encode())
    assert load_scenario(path, registry).toml == GAUSS.replace("\n", "\r\n")


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "a.toml"
    path.write_text(GAUSS, "utf-8-sig")
    assert load_scenario(path, registry).toml == GAUSS


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (GAUSS.encode("utf-16"), 1, "the scenario is not a text in UTF-8 (byte 0xff)"),
        (GAUSS.encode() + b"# \xe9\n", 35, "the scenario is not a text in UTF-8 (byte 0xe9)"),
        (b"#" * (MAX_BYTES + 1), None, "the scenario is larger than 1 MiB, which no scenario is"),
        (b"a = " + b"[" * 300 + b"]" * 300, None, "the scenario is nested too deeply"),
        (b"a = " + b"[" * 10**5 + b"]" * 10**5, None, "the scenario is nested too deeply"),
        (b"a = " + b"{a=" * 10**5, None, "the scenario is nested too deeply"),
        (b"a" + b".a" * 40 + b" = {a" + b".a" * 40 + b" = 1}", None, "the scenario is nested too"),
        (b"\na" + b".a" * 10**5 + b" = 1", 2, "the scenario has a key of more than 64 parts"),
        (b"[ 'a'" + b' . "a\\""' * 10**5 + b"]", 1, "the scenario has a key of more than 64 parts"),
        (b"a = " + b"9" * 10**5, None, "the scenario has an integer of thousands of digits"),
        (b"\0", 1, "not valid TOML: invalid statement at column 1"),
        (b"a = 1\rb = 2", 1, "not valid TOML: expected newline or end of document after a "),
        (b'a = "', 1, "not valid TOML: unterminated string at the end of the text"),
        (b'\n\na = """', 3, "not valid TOML: unterminated string at the end of the text"),
        (b"a = 2001-02-31", 1, "not valid TOML: invalid date or datetime at column 5"),
        (b"a = 1\na = 2\n", 2, "'a' is given twice, first in line 1"),
        (b"a.b = 1\na = 2\n", 2, "not valid TOML: cannot overwrite a value at column 6"),
        (b"a = [1]\n[[a]]", 2, "not valid TOML: cannot mutate immutable namespace a at column 4"),
        (b"a = {b = 1}\n[a.c]", 2, "not valid TOML: cannot declare a.c twice at column 5"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_no_scenario(
    content: bytes, line: int | None, message: str, tmp_path: Path, registry: Registry
) -> None:
    path = tmp_path / "a.toml"
    path.write_bytes(content)
    (problem,) = problems_of(path, registry)
    assert (problem.file, problem.line) == (str(path), line)
    assert problem.message.startswith(message)


def test_texts_and_comments_may_have_any_dots(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "a.toml"
    many = ".a" * 100
    title = f'title = {{}}\na""a{many}\n{{}}  # a{many}'
    for quotes in ('"' * 3, "'" * 3):
        path.write_text(title.format(quotes, quotes) + "\n" + GAUSS.replace("title", "# title"))
        assert load_scenario(path, registry).scenario.title == f'a""a{many}\n'


def test_files_that_cannot_be_read(tmp_path: Path, registry: Registry) -> None:
    absent = tmp_path / "absent.toml"
    (problem,) = problems_of(absent, registry)
    assert str(problem) == (
        f"the scenario cannot be read: No such file or directory @ $ ({absent})"
    )
    (problem,) = problems_of(tmp_path, registry)
    assert problem.message == "the scenario cannot be read: Is a directory"
    (problem,) = problems_of(Path("a\0b"), registry)
    assert problem.message == "the scenario cannot be read: embedded null byte"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission(tmp_path: Path, registry: Registry) -> None:
    path = tmp_path / "a.toml"
    path.write_text(GAUSS)
    path.chmod(0)
    (problem,) = problems_of(path, registry)
    assert problem.message == "the scenario cannot be read: Permission denied"


def test_a_text_with_a_character_that_is_none(registry: Registry) -> None:
    with pytest.raises(ScenarioError, match="a character that UTF-8 cannot hold"):
        parse_scenario('title = "\ud800"', registry)


# extends


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def test_extends_merges_tables_key_by_key(tmp_path: Path, registry: Registry) -> None:
    write(tmp_path / "base" / "gauss.toml", GAUSS)
    middle = 'extends = "gauss.toml"\n[training]\nepochs = 3\n'
    write(tmp_path / "base" / "short.toml", middle)
    child = 'extends = "base/short.toml"\nname = "child"\n[training]\ntemperature.stop = 0.5\n'
    loaded = load_scenario(write(tmp_path / "child.toml", child), registry)
    base = parse_scenario(GAUSS, registry)
    assert loaded.toml == child
    assert loaded.resolved == base.resolved | {
        "name": "child",
        "training": base.resolved["training"]
        | {"epochs": 3, "temperature": {"start": 1.0, "stop": 0.5}},
    }


def test_a_component_with_another_name_replaces_the_base_s(
    tmp_path: Path, odd_registry: Registry
) -> None:
    write(tmp_path / "gauss.toml", GAUSS)
    child = """\
extends = "gauss.toml"
evaluation.bounds = []
[correlation.channel]
name = "odd"
high = 2
[code]
rate_estimator = "marginal"
encoder = { name = "rnn-layered", num_layers = 3 }
"""
    loaded = load_scenario(write(tmp_path / "child.toml", child), odd_registry).resolved
    assert loaded["correlation"]["channel"]["high"] == 2.0  # and no noise_variance
    assert loaded["code"]["rate_estimator"]["name"] == "marginal"
    # The same name: the base's keys stay.
    assert loaded["code"]["encoder"] == {
        "name": "rnn-layered",
        "hidden_size": 100,
        "num_layers": 3,
        "features": "none",
    }


def test_problems_are_placed_in_the_file_that_holds_them(
    tmp_path: Path, registry: Registry
) -> None:
    base = write(
        tmp_path / "gauss.toml", GAUSS.replace("= 0.1", "= -1").replace("stop = 0.2", "stop = 0")
    )
    child = write(
        tmp_path / "child.toml",
        'extends = "gauss.toml"\nseed = -1\ncode.alphabet_sizes = [4,\n1]\n'
        "[training]\nrate_weights = [1, 2]\ntemperature.stop = 0.1\n[evaluatoin]\n",
    )
    assert [(p.file, p.line, p.path) for p in problems_of(child, registry)] == [
        (str(child), 2, "$.seed"),
        (str(child), 3, "$.code.alphabet_sizes"),
        (str(child), 8, "$.evaluatoin"),
        (str(base), 13, "$.correlation.channel.noise_variance"),
    ]


@pytest.mark.parametrize(
    ("files", "where", "message"),
    [
        ({"a": 'extends = "b.toml"'}, ("a", 1), "cannot read '{}/b.toml': No such file"),
        ({"a": 'extends = ""'}, ("a", 1), "cannot read '{}': Is a directory"),
        ({"a": 'extends = "\\u0000"'}, ("a", 1), "cannot read"),
        ({"a": "\nextends = ['b']"}, ("a", 2), "extends must be a string, the path of a file"),
        ({"a": 'extends = "a.toml"'}, ("a", 1), "extends '{}/a.toml', which extends this file"),
        (
            {"a": 'extends = "b.toml"', "b": '\nextends = "./a.toml"'},
            ("b", 2),
            "extends '{}/a.toml', which extends this file again",
        ),
        ({"a": 'extends = "b.toml"', "b": "\nx"}, ("b", 2), "not valid TOML"),
        ({"a": 'extends = "b.toml"', "b": "\nschema = 2"}, ("b", 2), "this wzsim reads schema 1"),
        ({"a": 'schema = 2\nextends = "b.toml"'}, ("a", 1), "this wzsim reads schema 1"),
    ],
    ids=str,
)
def test_extends_what_cannot_be_extended(
    files: dict[str, str],
    where: tuple[str, int],
    message: str,
    tmp_path: Path,
    registry: Registry,
) -> None:
    for name, text in files.items():
        write(tmp_path / f"{name}.toml", text)
    (problem,) = problems_of(tmp_path / "a.toml", registry)
    assert (problem.file, problem.line) == (str(tmp_path / f"{where[0]}.toml"), where[1])
    assert problem.message.startswith(message.format(tmp_path))


def test_a_text_and_plain_data_extend_nothing(registry: Registry) -> None:
    for read in (
        lambda: parse_scenario('extends = "a.toml"', registry),
        lambda: parse_mapping({"extends": "a.toml"}, registry),
    ):
        with pytest.raises(ScenarioError, match=r"this scenario is no file @ \$\.extends"):
            read()


def test_a_chain_of_extends_has_an_end(tmp_path: Path, registry: Registry) -> None:
    write(tmp_path / "0.toml", GAUSS)
    for number in range(1, 66):
        write(tmp_path / f"{number}.toml", f'extends = "{number - 1}.toml"\n')
    assert load_scenario(tmp_path / "63.toml", registry).scenario.name == "gauss_222"
    (problem,) = problems_of(tmp_path / "65.toml", registry)
    assert problem.message == (
        f"extends '{tmp_path / '1.toml'}', and more than 64 files extend each other"
    )
    assert (problem.path, problem.file, problem.line) == ("$.extends", f"{tmp_path / '2.toml'}", 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_only_regular_files_are_extended(tmp_path: Path, registry: Registry) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "/dev/zero"):
        (problem,) = problems_of(write(tmp_path / "a.toml", f'extends = "{name}"\n'), registry)
        assert problem.message == f"cannot read {str(tmp_path / name)!r}: not a regular file"
