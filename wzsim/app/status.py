"""How far the runs in a directory are, from what they write: results and JSON lines beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, final

import attrs

from wzsim.app.loading import StrPath
from wzsim.errors import InputError

MANIFEST = "points.json"
"""Beside the results of a sweep: the names of all its points."""

LOG = ".progress.jsonl"

FURTHER = 16
"""Points that have not begun, among which `running` looks for one that has."""


@final
@attrs.frozen
class RunStatus:
    """One run of a directory."""

    name: str
    """Of its result file, relative to the directory, without `.h5`."""

    state: str
    """`done`, `failed`, `running` or `waiting`; a process that was killed leaves `running`."""

    share: float | None = None
    """Of the training or evaluation at hand that is done, where a run says so."""

    quiet: float | None = None
    """Seconds since it last wrote a line."""

    error: str | None = None


def write_manifest(folder: Path, points: Sequence[str]) -> None:
    """Say which points a sweep has, so that those that have not begun can be counted."""
    from wzsim.storage import write_atomically

    write_atomically(folder / MANIFEST, json.dumps({"points": list(points)}).encode())


def status(directory: StrPath) -> list[RunStatus]:
    """Every run in a directory and below it, by name. Raises InputError where there is none."""
    root = Path(directory)
    if not root.is_dir():
        raise InputError(f"{root} is no directory; name the one that was given to wzsim run -o")
    named = {
        manifest.parent / point for manifest in root.rglob(MANIFEST) for point in _in(manifest)
    }
    logged = {log.with_name(log.name.removesuffix(LOG)) for log in root.rglob(f"*{LOG}")}
    if not named | logged:
        raise InputError(f"nothing was run in {root}")
    return [_of(path, root) for path in sorted(named | logged)]


def running(outputs: Iterable[Path], since: float) -> list[RunStatus]:
    """Of results that are to come, by name, those that are being made.

    since: how many seconds ago the command began; what was said before that is of another
    one. Looks no further than the first few that have not begun: executors begin in order.
    """
    found: list[RunStatus] = []
    waiting = 0
    for output in outputs:
        one = _of(output.with_suffix(""), output.parent)
        if one.state == "running" and one.quiet is not None and one.quiet < since:
            found.append(one)
        else:
            waiting += 1
        if waiting > FURTHER:
            break
    return found


def _in(manifest: Path) -> list[str]:
    try:
        points = json.loads(manifest.read_text("utf-8"))["points"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [point for point in points if isinstance(point, str) and Path(point).name == point]


def _of(path: Path, root: Path) -> RunStatus:
    from wzsim.storage import read_progress

    name = str(path.relative_to(root))
    result, log = (path.with_name(path.name + suffix) for suffix in (".h5", LOG))
    try:
        events = read_progress(log)
        quiet = datetime.now(UTC).timestamp() - log.stat().st_mtime
    except (OSError, ValueError):
        events, quiet = [], None
    last = events[-1] if events else {}
    if last.get("event") == "run_finished":
        error = last.get("error")
        if error:
            return RunStatus(name, "failed", error=error)
        # The file is written after the last line.
        return RunStatus(name, "done" if result.exists() else "running", 1.0, quiet)
    # A result that is being replaced is there while its log has no end yet.
    if not events:
        return RunStatus(name, "done" if result.exists() else "waiting")
    return RunStatus(name, "running", _share(last), quiet)


def _share(event: Mapping[str, Any]) -> float | None:
    for done, total in (("epoch", "epochs"), ("samples", "total"), ("done", "total")):
        if isinstance(event.get(done), int) and isinstance(event.get(total), int):
            return float(event[done] / event[total]) if event[total] else None
    return None
