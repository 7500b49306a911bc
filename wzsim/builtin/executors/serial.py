"""One point after the other, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, final

import attrs

from wzsim.contracts import Executor, Outcome, Point, Work


@final
@attrs.frozen(kw_only=True)
class SerialExecutor(Executor):
    """Runs points one after the other in this process."""

    name: ClassVar[str] = "serial"

    def run(self, points: Sequence[Point], work: Work) -> Iterator[Outcome]:
        for point in points:
            yield work(point)
