"""Live progress as JSON lines beside the result, for another terminal or program to follow."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, final

import attrs

from wzsim.contracts import Event
from wzsim.errors import OutputError


@final
class ProgressLog:
    """A listener that appends a line for each event and flushes it.

    A line is a JSON object: `event` (the event's name, `epoch_finished`), `time`
    (UTC, ISO 8601), and the event's own fields; numbers that are not finite are
    null. A new log replaces the one of an earlier run. Raises OutputError when
    the file cannot be made. When the disk fills later the log ends and the run
    goes on: the log is a convenience, the run may be hours of work.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            self._file = self.path.open("w", encoding="utf-8")
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror}") from error

    def __call__(self, event: Event) -> None:
        """Append one event."""
        line = json.dumps(event_record(event, datetime.now(UTC)), allow_nan=False)
        if not self._file.closed:
            try:
                self._file.write(line + "\n")
                self._file.flush()
            except OSError:
                self.close()

    def close(self) -> None:
        """End the log; later events are ignored."""
        with contextlib.suppress(OSError):  # a line that the full disk did not take
            self._file.close()

    def __enter__(self) -> ProgressLog:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()


def event_record(event: Event, time: datetime) -> dict[str, Any]:
    """An event as plain JSON data."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(event).__name__).lower()
    fields = {key: _finite(value) for key, value in attrs.asdict(event).items()}
    return {"event": name, "time": time.isoformat(timespec="milliseconds"), **fields}


def read_progress(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """The events so far; a last line that is still being written is left out."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")[:-1]
    return [json.loads(line) for line in lines]


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, tuple | list):
        return [_finite(entry) for entry in value]
    return value
