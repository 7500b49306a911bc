"""Points on a Dask cluster, some of whose workers die."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builtin.test_process_executor import points
from wzsim.builtin.executors import dask as executors
from wzsim.builtin.executors.dask import DaskExecutor
from wzsim.contracts import Outcome, Point
from wzsim.errors import InputError, RunFailedError
from wzsim.testing import ExecutorKit

# A cluster that is there already: started once, for all tests here.


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0
    ) as cluster:
        yield cluster.scheduler_address


class TestCluster(ExecutorKit):
    @pytest.fixture(autouse=True)
    def _join(self, scheduler: str) -> None:
        self.component = DaskExecutor(scheduler=scheduler)

    component = DaskExecutor()


def test_a_cluster_of_its_own(tmp_path: Path) -> None:
    outcomes = list(DaskExecutor(workers=1).run(points(tmp_path, 3), here))
    assert {outcome.point.scenario_toml for outcome in outcomes} == set("012")
    assert all(Path(outcome.point.output).read_text() != str(os.getpid()) for outcome in outcomes)


def here(point: Point) -> Outcome:
    Path(point.output).write_text(str(os.getpid()))
    return Outcome(point)


def die_twice(point: Point) -> Outcome:
    """Two attempts at point 1 are killed, and every one at point 3."""
    with Path(point.output).open("a") as stream:
        stream.write(f"{os.getpid()}\n")
    begun = len(Path(point.output).read_text().splitlines())
    if point.scenario_toml == "3" or (point.scenario_toml == "1" and begun < 3):
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome(point)


def test_workers_that_die_are_replaced(tmp_path: Path) -> None:
    ended = DaskExecutor(workers=2, attempts=1).run(points(tmp_path, 5), die_twice)
    outcomes = {outcome.point.scenario_toml: outcome for outcome in ended}
    assert [outcomes[index].error for index in "0124"] == [None] * 4
    assert outcomes["3"].of_machine
    assert "gave it up 1 times" in str(outcomes["3"].error)


def test_no_scheduler_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "PATIENCE", 1.0)
    with pytest.raises(InputError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9': "):
        list(DaskExecutor(scheduler="tcp://127.0.0.1:9").run(points(Path(), 1), here))
    with pytest.raises(InputError, match="no Dask scheduler answers at 'nonsense://there': "):
        list(DaskExecutor(scheduler="nonsense://there").run(points(Path(), 1), here))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"address": 5}', "no JSON"])
def test_a_file_that_is_none_of_a_scheduler(tmp_path: Path, text: str) -> None:
    file = tmp_path / "cluster.json"
    file.write_text(text)
    with pytest.raises(InputError, match=r"cluster\.json' is no scheduler file, which dask sch"):
        list(DaskExecutor(scheduler=str(file)).run(points(Path(), 1), here))


def test_a_scheduler_that_goes_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(executors, "PATIENCE", 1.0)
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0
    ) as cluster:
        ended = DaskExecutor(scheduler=cluster.scheduler_address).run(points(tmp_path, 200), here)
        assert next(ended).error is None
        cluster.close()
        with pytest.raises(RunFailedError, match=r"the Dask scheduler is gone: .*; results that "):
            list(ended)


def test_workers_of_an_own_cluster_keep_their_memory_and_leave_ctrl_c_to_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)  # any other cluster sets it here
    (outcome,) = DaskExecutor(workers=1).run(points(tmp_path, 1), set_up)
    assert Path(outcome.point.output).read_text() == "None, True"


def set_up(point: Point) -> Outcome:
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    trim = os.environ.get("MALLOC_TRIM_THRESHOLD_")
    Path(point.output).write_text(f"{trim}, {ignored}")
    return Outcome(point)
