"""`wzsim run` again after a kill in the middle of a training: the same result, without its past."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tests.cli.conftest import SCENARIO, Wzsim, tiny
from wzsim.storage import CheckpointFile, Identity, content_hash, read_progress

EAGER = """
import sys
from wzsim.cli import main
from wzsim.storage import checkpoint

checkpoint.INTERVAL = 0.0
main(sys.argv[1:])
"""
"""The command line, with a checkpoint of every epoch."""

RUN = ("run", str(SCENARIO), *tiny("training.epochs=30"))


def kill_in_training(directory: Path) -> None:
    """Run until there is a checkpoint, and no further."""
    command = [sys.executable, "-c", EAGER, *RUN, "-o", str(directory), "-j", "1"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (directory / "gauss_222.checkpoint").exists() and time.monotonic() < deadline:
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()


def events(directory: Path) -> dict[str, dict[str, object]]:
    """The first event of each kind of the last run."""
    records = read_progress(directory / "gauss_222.progress.jsonl")
    return {record["event"]: record for record in reversed(records)}


def test_a_killed_training_goes_on_and_ends_the_same(wzsim: Wzsim, tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    assert wzsim(*RUN, "-o", undisturbed).exit_code == 0
    kill_in_training(killed)
    assert not (killed / "gauss_222.h5").exists()

    again = wzsim(*RUN, "-o", killed)
    assert again.exit_code == 0, again.output
    resumed = events(killed)["training_resumed"]
    assert events(killed)["epoch_finished"]["epoch"] == resumed["epoch"] + 1  # type: ignore[operator]  # a number
    hashes = {content_hash(path / "gauss_222.h5") for path in (undisturbed, killed)}
    assert len(hashes) == 1
    assert sorted(path.suffix for path in killed.iterdir()) == [".h5", ".jsonl"]


def test_a_checkpoint_of_another_run_is_said_and_replaced(wzsim: Wzsim, tmp_path: Path) -> None:
    other = CheckpointFile(
        tmp_path / "gauss_222.checkpoint", Identity("ab" * 32, "cpu", 1, {}), every=0
    )
    other.offer(lambda: {"done": np.array(1)})
    ran = wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    assert ran.exit_code == 0, ran.output
    reason = events(tmp_path)["checkpoint_ignored"]["reason"]
    assert str(reason).startswith("it is of another scenario and another version of ")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".h5", ".jsonl"]


def test_a_training_that_fails_leaves_no_checkpoint(wzsim: Wzsim, tmp_path: Path) -> None:
    (tmp_path / "gauss_222.checkpoint").write_text("none")
    failed = wzsim("run", SCENARIO, "-o", tmp_path, *tiny("training.optimizer.learning_rate=1e30"))
    assert failed.exit_code == 1
    assert not (tmp_path / "gauss_222.checkpoint").exists()
