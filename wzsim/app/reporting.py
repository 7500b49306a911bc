"""Many results as one HTML page."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from wzsim import __version__
from wzsim.app.loading import StrPath
from wzsim.app.readable import readable
from wzsim.app.results import open_result
from wzsim.errors import InputError, ResultFileError, printable

Warn = Callable[[str], None]

FEW: Final = 100
"""Files up to which all of each is checked, and not only what HDF5 checks by itself."""

Progress = Callable[[int, int], None]
"""Is told how many files of how many were read."""


def report(
    results: Sequence[StrPath],
    output: StrPath,
    *,
    title: str | None = None,
    warn: Warn | None = None,
    progress: Progress | None = None,
) -> int:
    """Write one HTML page of results that works offline, and return how many are in it.

    results: files, or directories of them. title: the heading of the page. warn: told of each
    file that is left out because it is damaged or no result; the page names it, too.
    Raises InputError where the output's name will not do, or a file does not exist,
    and ResultFileError where no file is a result.
    """
    from wzsim.reporting.html.page import Page
    from wzsim.storage import find_results, write_atomically
    from wzsim.storage.reader import read_result_and_hash

    paths = find_results(results)
    _check_output(Path(output), paths)
    page, count, reasons = Page(), 0, []
    for number, path in enumerate(paths):
        if progress is not None:
            progress(number, len(paths))
        if not path.exists():
            open_result(path)  # says what is there instead
        try:
            result, sha256 = read_result_and_hash(path, whole=len(paths) <= FEW)
        except ResultFileError as error:
            reasons.append(printable(str(error)))
            page.skip(printable(os.fspath(path)), reasons[-1])
            if warn is not None:
                warn(reasons[-1])
            continue
        page.add(readable(result), printable(os.fspath(path)), sha256)
        count += 1
    if not count:
        raise ResultFileError("there is no result to report:\n" + "\n".join(reasons))
    made = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    heading = printable(title or _title(results))
    write_atomically(output, page.html(title=heading, version=__version__, made=made))
    return count


def _check_output(output: Path, paths: Sequence[Path]) -> None:
    """Raise InputError, before any work, where the page cannot have this name."""
    if output.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"{output}: the name of a page ends in .html")
    if output.resolve() in {path.resolve() for path in paths}:
        raise InputError(f"{output} is one of the results; write to another file")
    if output.is_dir() or not output.absolute().parent.is_dir():
        what = "is a directory" if output.is_dir() else "lies in no directory that exists"
        raise InputError(f"cannot write {output}: it {what}")


def _title(results: Sequence[StrPath]) -> str:
    """What to call a page of these files: a lone directory or file by its name."""
    if len(results) == 1 and Path(results[0]).stem:
        return f"Results: {Path(results[0]).stem}"
    return "Results of Wyner-Ziv coding"
