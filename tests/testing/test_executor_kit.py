"""Executors: each mistake is caught and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import attrs
import pytest

from tests.kits import complaint
from wzsim.contracts import Executor, Outcome, Point
from wzsim.testing import ExecutorKit

Work = Callable[[Point], Outcome]


@attrs.frozen(kw_only=True)
class Threads(Executor):
    """Several at once, in the order in which they end."""

    name = "threads"

    def run(self, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        with ThreadPoolExecutor(3) as pool:
            for future in as_completed([pool.submit(work, point) for point in points]):
                yield future.result()


@attrs.frozen(kw_only=True)
class InReverse(Executor):
    """The last point first: any order is right."""

    name = "in-reverse"

    def run(self, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        yield from (work(point) for point in points[::-1])


class TestThreads(ExecutorKit):
    component = Threads()
    plugin = None


class TestInReverse(ExecutorKit):
    component = InReverse()
    plugin = None


def stops(_self: Any, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
    for point in points:
        yield (outcome := work(point))
        if outcome.error:
            return


def tries_again(_self: Any, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
    for point in points:
        outcome = work(point)
        yield work(point) if outcome.error else outcome


def hides(_self: Any, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
    yield from (Outcome(work(point).point) for point in points)


def collects(_self: Any, points: Sequence[Point], work: Work) -> list[Outcome]:
    return [work(point) for point in points]


def always_one(_self: Any, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
    first, *others = points
    yield from map(work, [first, *others])


FAILING = "a_point_that_fails_does_not_stop_the_others"


@pytest.mark.parametrize(
    ("run", "test", "says"),
    [
        (stops, FAILING, "of 7 points, 1 and 2 and 3 and 4 and 5 and 6 did not run once but 0 and"),
        (tries_again, FAILING, "of 7 points, 0 did not run once but 2 times"),
        (
            hides,
            FAILING,
            "yields 1 x (point 0, error None) where it should yield 1 x (point 0, error '0 fails')",
        ),
        (collects, "outcomes_come_one_by_one", "run gives list and no iterator; yield each"),
    ],
)
def test_a_wrong_executor_is_caught(run: Any, test: str, says: str) -> None:
    wrong = attrs.frozen(kw_only=True)(type("Wrong", (InReverse,), {"run": run}))
    assert says in complaint(type("Kit", (ExecutorKit,), {"component": wrong()}), test)


def test_an_executor_that_needs_a_point_fails() -> None:
    wrong = attrs.frozen(kw_only=True)(type("Wrong", (InReverse,), {"run": always_one}))
    kit = type("Kit", (ExecutorKit,), {"component": wrong()})
    with pytest.raises(ValueError, match="not enough values to unpack"):
        kit().test_no_points_have_no_outcomes()


@attrs.frozen(kw_only=True)
class Pool(InReverse):
    """Wants to be told how many."""

    processes: int


def test_an_executor_that_needs_keys_is_caught() -> None:
    kit = type("Kit", (ExecutorKit,), {"component": Pool(processes=2)})
    assert complaint(kit, "it_works_without_keys") == (
        "executor 'in-reverse': give processes a default"
    )
