"""The records of many result files, most of them known from the last time."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, final

import attrs

from wzsim.errors import ResultFileError
from wzsim.storage.comparison import is_comparison
from wzsim.storage.finding import Candidate, StrPath, find_candidates
from wzsim.storage.index import Index, Known, stamp_of
from wzsim.storage.record import Record
from wzsim.storage.recording import read_record

FEW: Final = 100
"""Files never checked as a whole up to which that is done, and not only what is read checked."""

Readings = list[Record | str]
"""For each file its record, or what is wrong with it."""

CHUNK: Final = 250
"""Files that a process is given at once."""

Progress = Callable[[int, int], None]
"""Is told how many files of how many were read."""


@final
@attrs.frozen
class Collection:
    """What was found."""

    records: tuple[Record, ...]
    skipped: tuple[str, ...]
    """For each file that is no result, or a damaged one, what is wrong with it."""


def collect_records(
    paths: Iterable[StrPath],
    *,
    cache: Path | None = None,
    whole: bool | None = None,
    processes: int = 1,
    progress: Progress | None = None,
) -> Collection:
    """The records of all results that paths, directories and patterns stand for, in their order.

    cache: folder of the index; None for none. whole: check all of each file (true)
    or only what is read of it (false); by default all, unless more than `FEW` files
    were never checked so. processes: how many read, where many files are new. Comparisons in a
    directory are left out, damaged files in it skipped; raises ResultFileError, with
    all of them, where one was named by itself or no result is left.
    """
    candidates = find_candidates(paths)
    stamps = {one.place: stamp for one in candidates if (stamp := _stamp(one.place))}
    index = Index(cache)
    known = index.find(stamps)
    checked = {place: one for place, one in known.items() if one.whole}
    thorough = len(candidates) - len(checked) <= FEW if whole is None else whole
    if thorough:
        known = checked
    new = [one for one in candidates if one.place not in known]
    fresh: list[Known] = []
    wrong: list[tuple[Candidate, str]] = []
    readings = _readings([one.file for one in new], whole=thorough, processes=processes)
    for number, (one, reading) in enumerate(zip(new, readings, strict=True), start=1):
        if isinstance(reading, Record):
            known[one.place] = Known(one.place, stamps.get(one.place, ""), thorough, reading)
            fresh.append(known[one.place])
        elif one.named or not is_comparison(one.file):
            wrong.append((one, reading))
        if progress is not None:
            progress(number, len(new))
    index.keep(fresh)
    return _collection(candidates, known, wrong)


def _readings(files: Sequence[str], *, whole: bool, processes: int) -> Iterator[Record | str]:
    """For each file its record, or what is wrong with it."""
    chunks = [files[start : start + CHUNK] for start in range(0, len(files), CHUNK)]
    read = partial(_read, whole=whole)
    done = 0
    if processes > 1 and len(chunks) > 1:
        for readings in _by_processes(read, chunks, min(processes, len(chunks))):
            yield from readings
            done += 1
    for chunk in chunks[done:]:
        yield from read(chunk)


def _by_processes(
    read: Callable[[Sequence[str]], Readings], chunks: Sequence[Sequence[str]], processes: int
) -> Iterator[Readings]:
    """The readings of some chunks from the first on: fewer than all where a process dies."""
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    context = get_context("spawn")  # by fork, locks of HDF5 might be copied that nobody releases
    # Not every machine lets processes share what a pool of them needs.
    with suppress(BrokenProcessPool, OSError, ImportError, NotImplementedError):
        pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_settle)
        try:
            yield from pool.map(read, chunks)
        finally:
            pool.shutdown(cancel_futures=True)


def _settle() -> None:
    """What a process does first: Ctrl-C is the business of the one that started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # what it makes has no cycles


def _read(files: Sequence[str], *, whole: bool) -> Readings:
    readings: Readings = []
    for file in files:
        try:
            readings.append(read_record(file, whole=whole))
        except ResultFileError as error:
            readings.append(str(error))
    return readings


def _collection(
    candidates: Sequence[Candidate], known: dict[str, Known], wrong: list[tuple[Candidate, str]]
) -> Collection:
    reasons = tuple(reason for _, reason in wrong)
    records = tuple(
        attrs.evolve(known[one.place].record, file=one.file)
        for one in candidates
        if one.place in known
    )
    if any(one.named for one, _ in wrong) or (reasons and not records):
        raise ResultFileError("\n".join(reasons))
    if not records:
        raise ResultFileError("there is no result to compare: all files are comparisons")
    return Collection(records, reasons)


def _stamp(place: str) -> str | None:
    try:
        return stamp_of(os.stat(place))  # noqa: PTH116  # of thousands of files
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return None
