"""A checkpoint comes back bit by bit, or it is refused in words; it never ends a run."""

from __future__ import annotations

import os
import pickle
import re
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import attrs
import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.test_atomic import largest_file
from wzsim.contracts import State
from wzsim.simulation.checkpoint import UnfitError
from wzsim.storage import CheckpointFile, Identity, checkpoint_path, write_result
from wzsim.storage.checkpoint import INTERVAL, LIBRARIES
from wzsim.testing.example import example_result

IDENTITY = Identity("ab" * 32, "cpu", 1, {"wzsim": "1.0", "noise.py": "cd" * 32})

STATE: State = {
    "done": np.array(3),
    "stepper.generator": np.arange(5056, dtype=np.uint8),
    "stepper.parts.encoder.0": np.array([[0.1, -0.0], [np.nan, 1e-42]], np.float32),
    "halving.0.hard": np.array(True),
    "report.rows": np.zeros((0, 7)),
    "stepper.adam.0.step": np.array(600.0, np.float32),
}


def offered(path: Path, identity: Identity = IDENTITY, state: State = STATE) -> Path:
    CheckpointFile(path, identity, every=0).offer(lambda: state)
    return path


def found(path: Path, identity: Identity = IDENTITY) -> State | None:
    return CheckpointFile(path, identity).found()


def refusal(path: Path, identity: Identity = IDENTITY) -> str:
    with pytest.raises(UnfitError) as caught:
        found(path, identity)
    return str(caught.value)


def assert_same(state: State | None) -> None:
    assert state is not None
    assert state.keys() == STATE.keys()
    for name, array in STATE.items():
        assert (state[name].dtype, state[name].shape) == (array.dtype, array.shape)
        assert state[name].tobytes() == array.tobytes(), name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return checkpoint_path(tmp_path / "gauss_222.h5")


def test_it_comes_back_bit_by_bit(path: Path) -> None:
    assert path.name == "gauss_222.checkpoint"
    assert found(path) is None
    assert_same(found(offered(path)))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_its_members_are_those_of_the_page(path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "file-format.md").read_text()
    table = page.split("| Member of a checkpoint |")[1].split("\n\n")[0]
    with h5py.File(offered(path)) as file:
        written = {f"/@{name}" for name in file.attrs} | {f"/{name}" for name in file}
    assert {
        name.removesuffix("/NAME") for name in re.findall("^\\| `([^`]+)`", table, re.MULTILINE)
    } == written


def test_a_newer_one_replaces_it(path: Path) -> None:
    state = found(offered(offered(path), state={"done": np.array(4)}))
    assert state is not None
    assert {name: int(array) for name, array in state.items()} == {"done": 4}


def test_forgotten_it_is_gone(path: Path) -> None:
    CheckpointFile(offered(path), IDENTITY).forget()
    assert found(path) is None
    CheckpointFile(path, IDENTITY).forget()


def test_it_is_written_now_and_then(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    file, written = CheckpointFile(path, IDENTITY), []

    def offer(at: float, *, last: bool = False) -> list[float]:
        nonlocal now
        now = 1000.0 + at

        def state() -> State:
            written.append(at)
            return STATE

        file.offer(state, last=last)
        return written

    half = INTERVAL / 2
    assert offer(0) == offer(half) == offer(INTERVAL - 1) == []
    assert offer(INTERVAL) == [INTERVAL]
    assert offer(INTERVAL + half) == [INTERVAL]
    assert offer(2 * INTERVAL + 1)[1:] == [2 * INTERVAL + 1]
    assert offer(2 * INTERVAL + 2, last=True)[2:] == [2 * INTERVAL + 2]


def test_a_training_of_seconds_writes_nothing(path: Path) -> None:
    CheckpointFile(path, IDENTITY).offer(lambda: pytest.fail("the state is not wanted"), last=True)
    assert not path.exists()


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"scenario_sha256": "cd" * 32}, "it is of another scenario"),
        ({"device": "cuda", "threads": 2}, "it is of another device and another thread count"),
        ({"inputs": {"wzsim": "1.0"}}, "it is of another version of noise.py"),
    ],
)
def test_that_of_another_run_is_refused_and_replaced(
    path: Path, other: dict[str, Any], said: str
) -> None:
    mine = attrs.evolve(IDENTITY, **other)
    assert refusal(offered(path), mine) == said
    assert_same(found(offered(path, mine), mine))


@pytest.mark.parametrize("library", LIBRARIES)
def test_that_of_another_library_is_refused(
    path: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered(path)
    version = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "0" if name == library else version(name))
    assert refusal(path) == f"it is of another version of {library}"


FOREIGN = {
    "empty": b"",
    "text": b"no checkpoint\n",
    "pickle": pickle.dumps(STATE),
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(100),
}


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_what_is_none_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path).startswith("it is damaged or something else (")


def test_a_result_is_none(path: Path) -> None:
    write_result(example_result(), path)
    assert refusal(path) == "it is damaged or something else (no checkpoint of wzsim)"


def test_what_is_no_file_is_refused_at_once(path: Path) -> None:
    os.mkfifo(path)
    assert refusal(path) == "it is damaged or something else (no file on a disk)"
    path.unlink()
    path.mkdir()
    assert refusal(path) == "it is damaged or something else (no file on a disk)"
    file = CheckpointFile(path, IDENTITY, every=0)
    file.offer(lambda: STATE)
    file.forget()
    assert list(path.parent.iterdir()) == [path]


def test_names_out_of_a_file_do_not_steer_the_terminal(path: Path) -> None:
    other = attrs.evolve(IDENTITY, inputs={"\x1b[2Jevil": "1"})
    assert "\x1b" not in refusal(offered(path, other))


@pytest.mark.parametrize("size", [0, 4096])
def test_a_full_disk_ends_no_training_and_leaves_what_was_there(path: Path, size: int) -> None:
    offered(path)
    with largest_file(size):
        offered(path, state={"weights": np.zeros(10_000)})
    assert_same(found(path))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return offered(tmp_path_factory.mktemp("damage") / "run.checkpoint")


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_flipped_bits_are_noticed_or_nothing(image: Path, data: st.DataObject) -> None:
    content = bytearray(image.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    damaged = image.with_name("damaged.checkpoint")
    damaged.write_bytes(content)
    try:
        state = found(damaged)
    except UnfitError:
        return
    assert_same(state)


@settings(max_examples=30, deadline=None)
@given(share=st.floats(0, 1, exclude_max=True))
def test_truncation_is_always_noticed(image: Path, share: float) -> None:
    content = image.read_bytes()
    cut = image.with_name("cut.checkpoint")
    cut.write_bytes(content[: int(share * len(content))])
    assert "damaged" in refusal(cut)
