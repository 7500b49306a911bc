"""Points on a Dask cluster, some of whose workers die."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builtin.test_process_executor import points
from wzsim.builtin.executors.dask import DaskExecutor
from wzsim.contracts import Outcome, Point
from wzsim.errors import InputError
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


def test_no_scheduler_there() -> None:
    with pytest.raises(InputError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9': "):
        list(DaskExecutor(scheduler="tcp://127.0.0.1:9").run(points(Path(), 1), here))
    with pytest.raises(InputError, match="no Dask scheduler answers at 'nonsense://there': "):
        list(DaskExecutor(scheduler="nonsense://there").run(points(Path(), 1), here))
