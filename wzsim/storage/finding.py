"""The result files that a user names: one by one, by their directory, or by a pattern."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import final

import attrs

from wzsim.errors import ResultFileError
from wzsim.storage.comparison import is_comparison

StrPath = str | os.PathLike[str]


@final
@attrs.frozen
class Candidate:
    """A file that may be a result."""

    file: str
    """As the user named it."""
    place: str
    """Its absolute path without links: each file has one."""
    named: bool
    """By itself; not by its directory or a pattern, where other files may lie too."""


def find_results(paths: Iterable[StrPath]) -> list[Path]:
    """The files, each once, in the order given.

    A directory stands for all `*.h5` in it, a pattern such as `results/**/*.h5`
    for all that it fits; comparisons among them are left out. Raises
    ResultFileError where a directory has no result or a pattern fits none.
    """
    found: dict[str, str] = {}
    for path in paths:
        candidates = find_candidates([path])
        files = [one for one in candidates if one.named or not is_comparison(one.file)]
        if not files:
            raise _no_result_in(path)
        for one in files:
            found.setdefault(one.place, one.file)
    return [Path(file) for file in found.values()]


def find_candidates(paths: Iterable[StrPath]) -> list[Candidate]:
    """The same, unopened: comparisons and damaged files are among them."""
    found: dict[str, Candidate] = {}
    directories: dict[str, str] = {}
    for path in [os.fspath(path) for path in paths]:
        files, named = _files(path)
        if not files:
            raise _no_result_in(path)
        for file in files:
            place = _place(file, directories)
            if named or place not in found:
                first = found.get(place)
                found[place] = Candidate(first.file if first else file, place, named)
    return list(found.values())


def _files(path: str) -> tuple[list[str], bool]:
    """The files that a path stands for, and whether it is one itself."""
    if Path(path).is_dir():
        return sorted(_below(str(Path(path))), key=_in_order), False
    if os.path.lexists(path) or not glob.has_magic(path):
        return [str(Path(path))], True
    fitting = []
    for match in glob.glob(path, recursive=True):  # noqa: PTH207  # any pattern, absolute too
        if match.endswith(".h5"):
            fitting.append(match)
        elif "**" not in path and Path(match).is_dir():  # `**` fits all that lies in it, too
            fitting += _below(match)
    return sorted(fitting, key=_in_order), False


def _below(directory: str) -> Iterator[str]:
    """All `*.h5` in a directory and in those below it."""
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _below(entry.path)
                elif entry.name.endswith(".h5") and entry.is_file():
                    yield entry.path
    except OSError as error:
        raise ResultFileError(f"{directory} cannot be read: {error.strerror or error}") from error


def _place(file: str, directories: dict[str, str]) -> str:
    """The absolute path; directories: the real ones that are known by now."""
    directory, name = os.path.split(file)  # for speed: a Path takes longer than all else here
    if directory not in directories:
        directories[directory] = os.path.realpath(directory)
    place = f"{directories[directory]}{os.sep}{name}"
    return os.path.realpath(file) if os.path.islink(place) else place  # noqa: PTH114


def _no_result_in(path: StrPath) -> ResultFileError:
    if Path(path).is_dir():
        return ResultFileError(f"there is no result (*.h5) in {os.fspath(path)}")
    return ResultFileError(f"there is no result (*.h5) that fits {os.fspath(path)}")


def _in_order(path: str) -> list[tuple[int, str]]:
    """What to sort paths by, so that `rate_2` comes before `rate_16`."""
    words = re.findall(r"\d+|\D+", path)
    return [(int(word), "") if word.isdecimal() else (-1, word) for word in words]
