"""Batches of runs: where they run, what is remembered of them, and what a terminal shows."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from tests.cli.conftest import Wzsim
from wzsim import app
from wzsim.app.failures import of_machine
from wzsim.builtin.executors.dask import DaskExecutor
from wzsim.builtin.executors.process import ProcessExecutor
from wzsim.builtin.executors.serial import SerialExecutor
from wzsim.cli.batch_display import BatchDisplay
from wzsim.contracts import Executor, Point
from wzsim.errors import InputError, OutputError, RunFailedError
from wzsim.storage import content_hash

QUANTIZER = """\
schema = 1
name = "{name}"
[correlation]
source = "gaussian"
channel = {{ name = "gaussian", noise_variance = 0.1 }}
[code]
alphabet_sizes = [2]
encoder = {{ name = "nsq", step = {step} }}
rate_estimator = "ideal-sw"
[evaluation]
bounds = []
"""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ((None, None, None), ProcessExecutor(workers=os.cpu_count())),
        ((None, 0, None), ProcessExecutor(workers=os.cpu_count())),
        ((None, 1, None), SerialExecutor()),
        ((None, 5, None), ProcessExecutor(workers=5)),
        (("process", 1, None), ProcessExecutor(workers=1)),
        (("serial", 1, None), SerialExecutor()),
        (("dask", 3, None), DaskExecutor(workers=3)),
        ((None, None, "tcp://host:1"), DaskExecutor(scheduler="tcp://host:1")),
        (("dask", 3, "tcp://host:1"), DaskExecutor(scheduler="tcp://host:1", workers=3)),
    ],
)
def test_the_executor_that_is_meant(
    asked: tuple[str | None, int | None, str | None], expected: Executor
) -> None:
    assert app.choose_executor(app.registry(), app.Settings(), *asked) == expected


def test_a_core_has_one_thread() -> None:
    many = app.Settings(threads=10_000)
    assert app.choose_executor(app.registry(), many, None, None, None) == ProcessExecutor(workers=1)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (("serial", 3, None), "executor 'serial' has no workers; it has no parameters"),
        (("process", None, "tcp://a:1"),
         "executor 'process' has no scheduler; it has attempts and gpus and workers"),
        (("dusk", None, None), "unknown executor 'dusk'; did you mean 'dask'?"),
        (("process", 5000, None), "executor 'process': workers must be "),
    ],
)  # fmt: skip
def test_what_an_executor_does_not_have(
    asked: tuple[str | None, int | None, str | None], error: str
) -> None:
    with pytest.raises(InputError) as raised:
        app.choose_executor(app.registry(), app.Settings(), *asked)
    assert str(raised.value).startswith(error)


def test_several_scenarios_at_once(wzsim: Wzsim, tmp_path: Path) -> None:
    files = [tmp_path / "one.toml", tmp_path / "two.toml"]
    for file, step in zip(files, (0.5, 0.8), strict=True):
        file.write_text(QUANTIZER.format(name=file.stem, step=step))
    ran = wzsim("run", *files, "-o", tmp_path, "--executor", "serial")
    assert ran.exit_code == 0, ran.output
    first, *runs, last = ran.stdout.splitlines()
    assert (first, last) == ("all: 2 scenarios", f"all: 2 done, 0 kept, 0 failed, in {tmp_path}")
    found = {line.split()[0]: float(line.split()[1]) for line in runs}
    rates = {name: app.open_result(tmp_path / f"{name}.h5").stages.sum_rate[0] for name in found}
    assert found == {name: round(rate, 3) for name, rate in rates.items()}
    assert set(found) == {"one", "two"}


def test_processes_run_what_files_extend_and_options_set(wzsim: Wzsim, tmp_path: Path) -> None:
    """Each of several files gives what it gives alone in the command's own process."""
    (tmp_path / "base.toml").write_text(QUANTIZER.format(name="base", step=0.5))
    files = []
    for name, noise in (("one", 0.2), ("two", 0.3)):
        files.append(tmp_path / f"{name}.toml")
        head = f'extends = "base.toml"\nname = "{name}"\n'
        files[-1].write_text(f"{head}correlation.channel.noise_variance = {noise}\n")
    step = ("--set", "code.encoder.step=0.8")
    for file in files:
        wzsim("run", file, "-o", tmp_path / "alone", *step)
    ran = wzsim("run", *files, "-o", tmp_path / "both", "-j", "2", *step)
    assert ran.exit_code == 0, ran.output
    for file in files:
        alone, both = (tmp_path / place / f"{file.stem}.h5" for place in ("alone", "both"))
        assert content_hash(both) == content_hash(alone)
        assert app.open_result(both).scenario["code"]["encoder"]["step"] == 0.8


def test_whose_fault_an_error_is() -> None:
    assert of_machine(OutputError("no space"))
    assert of_machine(MemoryError())
    assert not of_machine(RunFailedError("the loss is nan"))
    assert not of_machine(ZeroDivisionError())
    wrapped = RunFailedError("in a channel")
    wrapped.__cause__ = type("OutOfMemoryError", (RuntimeError,), {})()
    assert of_machine(wrapped)


def test_a_worker_of_another_version(tmp_path: Path) -> None:
    point = Point("schema = 1", (), str(tmp_path / "x.h5"))
    outcome = app.run_point(point, app.Settings(), version="0.0.0")
    assert outcome.of_machine
    assert "and the command 0.0.0" in str(outcome.error)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_not_the_fault_of_the_scenario(tmp_path: Path) -> None:
    """The directory is gone when the result is written; the same command tries again."""
    gone = tmp_path / "gone"
    point = Point(QUANTIZER.format(name="x", step=0.5), (), str(gone / "x.h5"))
    outcome = app.run_point(point, app.Settings())
    assert outcome.of_machine
    assert not gone.exists()


def test_a_plugin_that_exits_is_the_fault_of_the_scenario(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave(*_arguments: object) -> None:
        raise SystemExit(3)

    monkeypatch.setattr("wzsim.simulation.run.simulate", leave)
    point = Point(QUANTIZER.format(name="x", step=0.5), (), str(tmp_path / "x.h5"))
    outcome = app.run_point(point, app.Settings())
    assert not outcome.of_machine
    assert str(outcome.error).startswith("x: SystemExit: 3")
    assert (tmp_path / "x.failed.json").exists()


def test_half_written_files_of_killed_processes_go_and_others_stay(
    wzsim: Wzsim, tmp_path: Path
) -> None:
    files = [tmp_path / "x.toml", tmp_path / "y.toml"]
    for file in files:
        file.write_text(QUANTIZER.format(name=file.stem, step=0.5))
    old, new = tmp_path / "x.h5.0123abcd.part", tmp_path / "x.h5.4567abcd.part"
    for part in (old, new):
        part.write_bytes(b"half")
    os.utime(old, (time.time() - 3600,) * 2)
    ran = wzsim("run", *files, "-o", tmp_path, "--executor", "serial")
    assert ran.exit_code == 0, ran.output
    assert not old.exists()
    assert new.exists()


KILLED = """\
from wzsim.builtin.executors.process import ProcessExecutor
from tests.builtin.test_process_executor import points, write_and_wait
from pathlib import Path
if __name__ == "__main__":
    for outcome in ProcessExecutor(workers=2).run(points(Path({folder!r}), 3), write_and_wait):
        print("one", flush=True)
"""


def test_workers_end_with_the_command_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "killed.py"
    script.write_text(KILLED.format(folder=str(tmp_path)))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, script], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "one\n"
    worker = tmp_path / "0"
    _wait(lambda: worker.exists() and worker.read_text() != "")
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    _wait(lambda: not _alive(int(worker.read_text())))


def _alive(process: int) -> bool:
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait(condition) -> None:  # type: ignore[no-untyped-def]
    for _ in range(300):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def test_a_terminal_shows_the_whole_batch() -> None:
    runs = [app.RunStatus(f"point{i}", "running", 0.25, 1.0) for i in range(10)]
    display = BatchDisplay("steps", due=200, kept=7, running=lambda _since: runs)
    for failed in (False, False, True):
        display.ended(failed=failed)
    stream = io.StringIO()
    Console(file=stream, width=100, force_terminal=True, color_system=None).print(display)
    lines = stream.getvalue().splitlines()
    assert "2 done, 7 kept, 10 running, 1 failed, 187 waiting  0:00 left 0:0" in lines[0]
    assert lines[1].split() == ["point0", "25%"]
    assert lines[-1].strip() == "and 2 more"
    assert len(lines) == 10
