"""The kit of executors."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import attrs

from wzsim.contracts import Executor, Outcome, Point
from wzsim.testing.component import ComponentKit


class ExecutorKit(ComponentKit):
    """Tests of an executor: inherit, and say which one.

    class TestMine(ExecutorKit):
        component = Mine()

    The work is to append a line to a file, so that the tests see it from any process of
    this machine.
    """

    component: Executor

    points: int = 7
    """Points of a sweep."""

    def test_every_point_runs_once(self) -> None:
        """And each has an outcome, in any order."""
        self._run(self.points, failing="")

    def test_a_point_that_fails_does_not_stop_the_others(self) -> None:
        """Its outcome says why, word for word."""
        self._run(self.points, failing="0")
        self._run(self.points, failing=str(self.points - 1))

    def test_no_points_have_no_outcomes(self) -> None:
        """A sweep whose results are all kept."""
        self._run(0, failing="")

    def test_outcomes_come_one_by_one(self) -> None:
        """`run` gives an iterator: a display shows each as it ends."""
        with tempfile.TemporaryDirectory() as folder:
            outcomes = self.component.run(_points(folder, 1), partial(append_line, failing=""))
            assert isinstance(outcomes, Iterator), (
                f"{self._who}: run gives {type(outcomes).__name__} and no iterator; yield each "
                "outcome as it ends"
            )
            assert len(list(outcomes)) == 1, f"{self._who}: one point has several outcomes or none"

    def test_it_works_without_keys(self) -> None:
        """`wzsim run` makes it from its name alone."""
        needed = [
            field.name
            for field in attrs.fields(type(self.component))
            if field.init and field.default is attrs.NOTHING
        ]
        assert not needed, f"{self._who}: give {' and '.join(needed)} a default"

    def _run(self, count: int, failing: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            points = _points(folder, count)
            outcomes = list(self.component.run(points, partial(append_line, failing=failing)))
            due = [append_line(point, failing, dry=True) for point in points]
            ran = {point: _lines(point) for point in points}
        not_once = [point.scenario_toml for point, lines in ran.items() if lines != 1]
        assert not not_once, (
            f"{self._who}: of {count} points, {' and '.join(not_once)} did not run once but "
            f"{' and '.join(str(ran[p]) for p in points if ran[p] != 1)} times"
        )
        missing, extra = Counter(due) - Counter(outcomes), Counter(outcomes) - Counter(due)
        assert not missing and not extra, (
            f"{self._who}: yields {_said(extra)} where it should yield {_said(missing)}; it passes "
            "on what work returns for each point, once"
        )


def append_line(point: Point, failing: str, *, dry: bool = False) -> Outcome:
    """The work: a line more in the point's output; the point `failing` fails.

    It stands at the top of a module, as real work does: other processes import it by its name.
    """
    if not dry:
        with Path(point.output).open("a", encoding="utf-8") as stream:
            stream.write("ran\n")
    return Outcome(point, f"{failing} fails" if point.scenario_toml == failing else None)


def _points(folder: str, count: int) -> tuple[Point, ...]:
    return tuple(Point(str(index), (), str(Path(folder, str(index)))) for index in range(count))


def _lines(point: Point) -> int:
    output = Path(point.output)
    return len(output.read_text("utf-8").splitlines()) if output.exists() else 0


def _said(outcomes: Counter[Outcome]) -> str:
    """Outcomes as a message shows them."""
    words = [
        f"{count} x (point {outcome.point.scenario_toml}, error {outcome.error!r})"
        for outcome, count in outcomes.items()
    ]
    return " and ".join(words) or "nothing"
