"""The page, made of results one by one."""

from __future__ import annotations

from typing import Final, final

import numpy as np
from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]  # ships no types

from wzsim.errors import InputError
from wzsim.reporting.html.embedding import (
    content_policy,
    escaped,
    filled,
    part,
    safe_json,
)
from wzsim.reporting.html.overview import overview
from wzsim.reporting.html.runs import Run
from wzsim.simulation.result import Result

SCRIPTS: Final = (
    "format.js",
    "data.js",
    "state.js",
    "theme.js",
    "filters.js",
    "axes.js",
    "legend.js",
    "real.js",
    "chart.js",
    "hover.js",
    "columns.js",
    "table.js",
    "pictures.js",
    "details.js",
    "main.js",
)
"""Read one after the other, as one script."""

STYLES: Final = ("page.css", "parts.css", "print.css")


@final
class Page:
    """A report in the making; of each result it keeps what the page shows and no more."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._skipped: list[tuple[str, str]] = []

    def add(self, result: Result, file: str, content_sha256: str) -> None:
        """Take a result in, whose texts are safe to show."""
        with np.errstate(all="ignore"):  # the numbers of a stranger's file may be anything
            self._runs.append(Run.of(result, file, content_sha256))

    def skip(self, file: str, reason: str) -> None:
        """Name a file that could not be read, for a note in the page."""
        self._skipped.append((file, reason))

    def html(self, *, title: str, version: str, made: str) -> bytes:
        """The whole page in UTF-8.

        title: its heading. version: of wzsim. made: when. Raises InputError where there is no
        result to show.
        """
        if not self._runs:
            raise InputError("there is no result to report")
        with np.errstate(all="ignore"):
            known = overview(self._runs)
        plotly, script = get_plotlyjs(), "\n".join(part(name) for name in SCRIPTS)
        data = {
            "title": title,
            "wzsim": version,
            "made": made,
            "skipped": self._skipped,
            **known,
        }
        stored = "".join(
            f'<script type="application/octet-stream" id="run-{number}">{run.details}</script>\n'
            for number, run in enumerate(self._runs)
        )
        slots = {
            "policy": escaped(content_policy([plotly, script])),
            "title": escaped(title),
            "style": "\n".join(part(name) for name in STYLES),
            "data": safe_json(data),
            "plotly": plotly,
            "script": script,
            "details": stored,
        }
        return "".join(filled(part("report.html"), slots)).encode()
