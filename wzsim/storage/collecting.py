"""The records of many result files, most of them known from the last time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
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
"""New files up to which all of each is checked, and not only what is read."""

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
    progress: Progress | None = None,
) -> Collection:
    """The records of all results that paths, directories and patterns stand for, in their order.

    cache: folder of the index; None for none. whole: check all of each file (true)
    or only what is read of it (false); by default all of up to `FEW` files that are
    new. Comparisons in a directory are left out, damaged files in it skipped; raises
    ResultFileError, with all of them, where one was named by itself or no result is left.
    """
    candidates = find_candidates(paths)
    stamps = {one.place: stamp for one in candidates if (stamp := _stamp(one.place))}
    index = Index(cache)
    known = index.find(stamps)
    if whole:
        known = {place: one for place, one in known.items() if one.whole}
    new = [one for one in candidates if one.place not in known]
    thorough = len(new) <= FEW if whole is None else whole
    fresh: list[Known] = []
    wrong: list[tuple[Candidate, str]] = []
    for number, one in enumerate(new, start=1):
        try:
            record = read_record(one.file, whole=thorough)
        except ResultFileError as error:
            if one.named or not is_comparison(one.file):
                wrong.append((one, str(error)))
        else:
            known[one.place] = Known(one.place, stamps.get(one.place, ""), thorough, record)
            fresh.append(known[one.place])
        if progress is not None:
            progress(number, len(new))
    index.keep(fresh)
    return _collection(candidates, known, wrong)


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
