"""The result files that a user names, one by one or by their directory."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from wzsim.errors import ResultFileError
from wzsim.storage.comparison import is_comparison


def find_results(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """The files, each once, in the order given; a directory stands for all `*.h5` in it.

    Files of a directory are sorted by their path, numbers in it by their size;
    comparisons in it are left out.
    Raises ResultFileError for a directory without results.
    """
    found: dict[Path, Path] = {}
    for path in map(Path, paths):
        files = [path]
        if path.is_dir():
            candidates = (file for file in path.rglob("*.h5") if file.is_file())
            files = sorted((file for file in candidates if not is_comparison(file)), key=_in_order)
            if not files:
                raise ResultFileError(f"there is no result (*.h5) in {path}")
        for file in files:
            found.setdefault(file.resolve(), file)
    return list(found.values())


def _in_order(path: Path) -> list[tuple[int, str]]:
    """What to sort paths by, so that `rate_2` comes before `rate_16`."""
    words = re.findall(r"\d+|\D+", str(path))
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in words]
