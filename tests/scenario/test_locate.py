"""The lines that `locate` finds, against tomllib and against where the values really stand."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wzsim.scenario.keypath import KeyPath
from wzsim.scenario.locate import locate


def paths(value: object, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Every path below `value`."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def at(data: object, path: KeyPath) -> object:
    for part in path:
        data = data[part]  # type: ignore[index]
    return data


# Each case: a text, and the line of some of its paths. All paths are checked against tomllib.
CASES: list[tuple[str, dict[KeyPath, int]]] = [
    ("a = 1\n", {("a",): 1}),
    ("\n# a = 0\n\na = 1 # a\nb=2", {("a",): 4, ("b",): 5}),
    ("[t]\n[t.u]\na = 1\n", {("t",): 1, ("t", "u"): 2, ("t", "u", "a"): 3}),
    ("[t.u]\na = 1\n[t]\nb = 1\n", {("t",): 3, ("t", "u"): 1, ("t", "b"): 4}),
    ("[ t . 'u v' ]\n\"w\\u0041\" . x = 1", {("t", "u v"): 1, ("t", "u v", "wA", "x"): 2}),
    (
        "[[s]]\na = 1\n[[s]]\n[s.t]\nb = 2\n[[s.v]]\n[[s.v]]\nc = 3\n",
        {("s",): 1, ("s", 0): 1, ("s", 1): 3, ("s", 1, "t", "b"): 5, ("s", 1, "v", 1, "c"): 8},
    ),
    ("a = [\n 1, # ]\n [2,\n 3],\n]\nb = 1", {("a", 0): 2, ("a", 1, 1): 4, ("b",): 6}),
    ("a = { b = 1, c.d = [ { e = 1 } ] }\n", {("a", "c", "d", 0, "e"): 1}),
    ('a = """\nb = 1\n[c]\n"""\nd = 1', {("a",): 1, ("d",): 5}),
    ("a = '''\n# ''\nb = 1'''\nd = 1", {("a",): 1, ("d",): 4}),
    ('a = """x\\"" # b\n"""\nd = 1', {("d",): 3}),
    ('a = """x"""""\nd = 1', {("d",): 2}),
    ("a = ''''x'''''\nd = 1", {("d",): 2}),
    ("a = ['''x''''', 1,\n2]", {("a", 2): 2}),
    ('a = ["""x""""", 1,\n2]', {("a", 2): 2}),
    ('a = "\\\\" # "\nd = "#"\ne = "\\""', {("d",): 2, ("e",): 3}),
    ("a = ''\nb = \"\"\nc = 1", {("b",): 2, ("c",): 3}),
    ("a = ['#', \"]\", '''\n''',\n 1]\nb = 1", {("a", 2): 1, ("a", 3): 3, ("b",): 4}),
    ("a = 1979-05-27 07:32:00 # x\nb = [1979-05-27 07:32:00,\n -inf]", {("b", 1): 3}),
    ("a = 1\r\nb = [\r\n1,\r\n2]\r\n", {("b", 1): 4}),
    ("a=[]\nb={}\nc=[[],{},\n{}]", {("b",): 2, ("c", 2): 4}),
    ("1.2 = 3\n'' = 1\n", {("1", "2"): 1, ("",): 2}),
    ("", {}),
    ("# only a comment", {}),
]


@pytest.mark.parametrize(("text", "expected"), CASES, ids=[repr(text) for text, _ in CASES])
def test_lines_of_hand_written_texts(text: str, expected: dict[KeyPath, int]) -> None:
    found = locate(text)
    assert set(found.lines) == set(paths(tomllib.loads(text)))
    assert {path: found.lines[path] for path in expected} == expected
    assert found.repeated == ()


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2\na = 3\n", ("a",), 3),
        ("[t]\na = 1\n[u]\n[t]\n", ("t",), 4),
        ("[t]\na = 1\na = [\n1]\n", ("t", "a"), 3),
        ("t = { a = 1, a = 2 }\n", ("t", "a"), 1),
    ],
)
def test_repetitions(text: str, path: KeyPath, line: int) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert locate(text).repeated == ((path, line),)


@pytest.mark.parametrize("text", ["a", "a =", "[t", "a = [", "a = {b", "a = '", "= 1", '"\\q" = 1'])
def test_an_invalid_text_gives_what_comes_before_the_error(text: str) -> None:
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert locate(f"first = 1\n{text}").lines["first",] == 1


# Random documents. Every number is different, so that the text says where it is.

KEYS = st.one_of(
    st.sampled_from(["a", "b-c", "_1", "2"]), st.text("ab.# =[]{}'\"\\\n\té", max_size=3)
)
LAYOUTS = st.sampled_from(["", " ", "\n", ' # ] } """ \'\n', "\n\n  "])
DECOYS = st.sampled_from(
    ['"a = [ # "', "'\"'", '"""\n[t]\na = 1\\"""""', "'''\n}''\n'''", '""', "true", "2001-02-03"]
)


@st.composite
def documents(draw: st.DrawFn) -> str:
    """A valid TOML text of tables, arrays of tables, inline tables, arrays and decoy strings."""
    numbers = iter(range(10**6, 2 * 10**6))

    def key(name: str) -> str:
        quoted = json.dumps(name, ensure_ascii=draw(st.booleans()))
        bare = name.isascii() and all(c.isalnum() or c in "-_" for c in name) and name
        literal = "'" not in name and "\n" not in name
        forms = [quoted, *([name] if bare else []), *([f"'{name}'"] if literal else [])]
        return draw(st.sampled_from(forms))

    def names() -> list[str]:
        return draw(st.lists(KEYS, max_size=3, unique=True))

    def value(depth: int) -> str:
        form = draw(st.sampled_from(["number", "decoy", "array", "inline"][: 4 if depth else 2]))
        if form == "number":
            return str(next(numbers))
        if form == "decoy":
            return draw(DECOYS)
        if form == "inline":
            pairs = [f"{dotted(name)} = {value(depth - 1)}" for name in names()]
            return "{ " + " , ".join(pairs) + " }"
        items = [
            f"{draw(LAYOUTS)}{value(depth - 1)}{draw(LAYOUTS)}"
            for _ in range(draw(st.integers(0, 3)))
        ]
        return "[" + ",".join(items) + draw(LAYOUTS) + "]"

    def dotted(name: str) -> str:
        more = [key(part) for part in draw(st.lists(KEYS, max_size=2))]
        return draw(st.sampled_from([".", " . "])).join([key(name), *more])

    def body(depth: int) -> list[str]:
        noise = draw(st.sampled_from([[], [""], ["# a = 1 [x]"]]))
        pairs = [f"{dotted(n)}{draw(st.sampled_from(['=', ' = ']))}{value(depth)}" for n in names()]
        return [*noise, *(pair + draw(st.sampled_from(["", " # '''"])) for pair in pairs)]

    lines = body(2)
    taken = tomllib.loads("\n".join(lines))
    for name in [name for name in names() if name not in taken]:
        if draw(st.booleans()):
            for _ in range(draw(st.integers(1, 3))):
                lines += [f"[[ {key(name)}]]", *body(1)]
                lines += [f"[{key(name)}.{key('sub table')}]", *body(1)]
        else:
            lines += [f"[{key(name)} . {key('below')}] # [x]", *body(1), f"[{key(name)}]"]
            lines += [f"after = {next(numbers)}"]
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines)


@given(documents())
def test_lines_of_random_documents(text: str) -> None:
    data = tomllib.loads(text)
    found = locate(text)
    assert set(found.lines) == set(paths(data))
    assert found.repeated == ()
    rows = text.replace("\r\n", "\n").split("\n")
    for path, line in found.lines.items():
        number = at(data, path)
        if isinstance(number, int) and not isinstance(number, bool):
            assert str(number) in rows[line - 1]


@given(st.text("a1.='\"[]{}#,\n\\ ", max_size=30))
def test_any_text_is_walked_to_an_end(text: str) -> None:
    lines = locate(text).lines.values()
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
