"""Where wzsim keeps what took time to find out and can be found out again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory() -> Path | None:
    """The folder, which may not be there yet; None for nowhere.

    It is `WZSIM_CACHE`, where that is set: to nothing to keep nothing. Else it is `wzsim`
    in `XDG_CACHE_HOME`, or in `~/.cache`.
    """
    given = os.environ.get("WZSIM_CACHE")
    if given is not None:
        return Path(given) if given else None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "wzsim"
    except RuntimeError:  # no home
        return None
