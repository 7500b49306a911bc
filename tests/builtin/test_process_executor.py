"""Points on several processes, some of which die."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from wzsim.builtin.executors.gpus import gpu_of, visible_gpu
from wzsim.builtin.executors.process import ProcessExecutor
from wzsim.contracts import Outcome, Point
from wzsim.testing import ExecutorKit


class TestProcesses(ExecutorKit):
    component = ProcessExecutor(workers=2)


def points(folder: Path, count: int) -> list[Point]:
    return [Point(str(index), (), str(folder / str(index))) for index in range(count)]


def die_at_first(point: Point) -> Outcome:
    """The first attempt at point 1 is killed, every attempt at point 3 too."""
    with Path(point.output).open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    begun = len(Path(point.output).read_text().splitlines())
    if point.scenario_toml == "3" or (point.scenario_toml == "1" and begun == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(point)


def test_a_process_that_dies_takes_no_other_point_with_it(tmp_path: Path) -> None:
    sent = points(tmp_path, 6)
    outcomes = {
        outcome.point.scenario_toml: (outcome.error, outcome.of_machine)
        for outcome in ProcessExecutor(workers=2, attempts=3).run(sent, die_at_first)
    }
    assert outcomes == {
        **dict.fromkeys("01245", (None, False)),
        "3": ("its process died 3 times: by SIGKILL", True),
    }
    begun = {index: len((tmp_path / str(index)).read_text().splitlines()) for index in range(6)}
    assert begun == {0: 1, 1: 2, 2: 1, 3: 3, 4: 1, 5: 1}


def write_and_wait(point: Point) -> Outcome:
    Path(point.output).write_text(str(os.getpid()))
    time.sleep(60 if point.scenario_toml == "0" else 0)
    return Outcome(point)


def gpu_seen(point: Point) -> Outcome:
    Path(point.output).write_text(os.environ.get("CUDA_VISIBLE_DEVICES", "all"))
    time.sleep(0.2)  # so that both processes have some
    return Outcome(point)


def test_each_process_has_a_gpu_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    sent = points(tmp_path, 12)
    assert len(list(ProcessExecutor(gpus=2).run(sent, gpu_seen))) == 12
    assert {Path(point.output).read_text() for point in sent} == {"4", "7"}
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,7"


def test_gpus_are_dealt_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert [gpu_of(place, 2) for place in range(4)] == ["0", "1", "0", "1"]
    assert gpu_of(1, 0) is None
    with visible_gpu("1"):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "1"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_who_stops_listening_stops_the_processes(tmp_path: Path) -> None:
    """As Ctrl-C does: the generator is closed while a point is at work."""
    outcomes = ProcessExecutor(workers=2).run(points(tmp_path, 3), write_and_wait)
    assert next(outcomes).point.scenario_toml in "12"
    started = tmp_path / "0"
    for _ in range(100):
        if started.exists() and started.read_text():
            break
        time.sleep(0.1)
    before = time.monotonic()
    outcomes.close()
    assert time.monotonic() - before < 30
    process = int(started.read_text())
    assert process != os.getpid()
    assert not Path(f"/proc/{process}").exists()
    assert threading.active_count() < 10
