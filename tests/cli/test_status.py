"""`wzsim status`: what runs write, read from another terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Wzsim
from wzsim import app
from wzsim.app.status import write_manifest
from wzsim.contracts import EpochFinished, RunFinished, RunStarted
from wzsim.storage import ProgressLog, write_result
from wzsim.testing.example import example_result


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """One point of each state, and a run that belongs to no sweep."""
    folder = tmp_path / "results" / "sweep"
    folder.mkdir(parents=True)
    write_manifest(folder, ["done", "kept", "failed", "running", "waiting"])
    for name in ("done", "kept"):
        write_result(example_result(name), folder / f"{name}.h5")
    epoch = EpochFinished("running", 3, 12, 1.0, (0.5,), (0.1,), 2.0)
    for name, events in (
        ("done", [RunStarted("done", 12, 1), RunFinished("done")]),
        ("failed", [RunStarted("failed", 12, 1), RunFinished("failed", error="NaN \x1b[31m")]),
        ("running", [RunStarted("running", 12, 1), epoch]),
        ("../alone", [RunStarted("alone", 0, 1)]),
    ):
        with ProgressLog(folder / f"{name}.progress.jsonl") as log:
            for event in events:
                log(event)
    return tmp_path / "results"


def test_states(sweep: Path) -> None:
    runs = {run.name: run for run in app.status(sweep)}
    assert {name: run.state for name, run in runs.items()} == {
        "alone": "running",
        "sweep/done": "done",
        "sweep/kept": "done",
        "sweep/failed": "failed",
        "sweep/running": "running",
        "sweep/waiting": "waiting",
    }
    assert runs["sweep/running"].share == 0.25
    assert 0 <= (runs["sweep/running"].quiet or 0) < 60
    assert runs["alone"].share is None


def test_lines(wzsim: Wzsim, sweep: Path) -> None:
    said = wzsim("status", sweep)
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert lines[0].startswith("alone          running: last line ")
    assert lines[1] == r"sweep/failed   failed: NaN \x1b[31m"
    assert lines[2].startswith("sweep/running  running: 25% of its stage, last line ")
    assert lines[3:] == ["6 runs: 2 done, 1 failed, 2 running, 1 waiting"]
    rows = json.loads(wzsim("status", sweep, "--json").stdout)
    assert [row["state"] for row in rows].count("done") == 2


def test_a_line_that_is_being_written_and_a_manifest_of_a_stranger(sweep: Path) -> None:
    with (sweep / "sweep" / "running.progress.jsonl").open("a") as log:
        log.write('{"event": "epoch_fin')
    points = ["../../../etc/passwd", 3, "waiting"]
    (sweep / "sweep" / "points.json").write_text(json.dumps({"points": points}))
    assert [run.name for run in app.status(sweep) if run.state == "waiting"] == ["sweep/waiting"]
    (sweep / "sweep" / "points.json").write_text("{")
    assert "waiting" not in {run.state for run in app.status(sweep)}


def test_no_runs(wzsim: Wzsim, tmp_path: Path) -> None:
    nothing = wzsim("status", tmp_path)
    assert (nothing.exit_code, nothing.stderr) == (2, f"error: nothing was run in {tmp_path}\n")
    nowhere = wzsim("status", tmp_path / "none")
    assert nowhere.exit_code == 2
    assert "is no directory; name the one that was given to wzsim run -o" in nowhere.stderr
