"""Results side by side: found, read, compared and saved."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wzsim.app.drawing import drawing
from wzsim.app.loading import StrPath
from wzsim.cache import cache_directory
from wzsim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from wzsim.reporting.compare import Comparison
    from wzsim.reporting.compare_gaps import CurveGap
    from wzsim.reporting.style import Look
    from wzsim.simulation.result import Result
    from wzsim.storage import Collection, Progress, Record

    One = Result | Record | StrPath
    Results = One | Iterable[One]


def find_results(paths: Sequence[StrPath]) -> list[Path]:
    """Result files by name; a directory stands for all `*.h5` in it, comparisons left out."""
    from wzsim import storage

    return storage.find_results(paths)


def collect(
    results: Results,
    *,
    index: bool = True,
    verify: bool | None = None,
    processes: int = 1,
    progress: Progress | None = None,
) -> Collection:
    """What a comparison needs of results: their figures, scenarios and bounds.

    results: in memory, or as files, directories and patterns such as
    `results/**/*.h5`. index: whether to take files that were read before, and are
    unchanged, from the index in the cache directory. verify: check all of
    each file (true), or only what is read of it (false); by default all, unless
    many files are new. processes: how many read, where many files are new; a script that
    asks for more than one needs an `if __name__ == "__main__"`. progress: is told how
    many files of how many were read.
    Damaged files in a directory or under a pattern are skipped, and told. Raises
    ResultFileError, with all that is wrong, where a file that was named by itself is
    damaged, or no result is left.
    """
    from wzsim.simulation.result import Result
    from wzsim.storage import Collection, Record, collect_records, hash_of_content

    if isinstance(results, Result | Record | str | os.PathLike):
        results = (results,)
    records: list[Record] = []
    skipped: list[str] = []
    cache = cache_directory() if index else None
    for in_memory, some in groupby(results, lambda one: isinstance(one, Result | Record)):
        if not in_memory:
            files: Any = list(some)
            read = collect_records(
                files, cache=cache, whole=verify, processes=processes, progress=progress
            )
            records += read.records
            skipped += read.skipped
            continue
        records += (
            Record.of(one, content_sha256=hash_of_content(one)) if isinstance(one, Result) else one
            for one in some
            if not isinstance(one, str | os.PathLike)
        )
    return Collection(tuple(records), tuple(skipped))


def where(results: Results, condition: str) -> list[Record]:
    """The results with those of their stages that meet a condition, such as `sum_rate < 2`.

    results: as for `collect`. Raises InputError, with its place, for a condition that
    is none, or a name in it that no result has.
    """
    from wzsim.reporting.selection import select

    return select(_told(collect(results)).records, condition)


def compare(results: Results, *, mixed: bool = False, where: str | None = None) -> Comparison:
    """Put results, or files of results, side by side; `rows` has all numbers.

    results: as for `collect`. mixed: also results that were measured with different
    pairs (X, Y) or distortions, which are refused otherwise. where: a condition that a
    stage must meet to be shown. Raises InputError for other pairs or where no stage is
    left, and ResultFileError for files as `collect` does.
    """
    from wzsim.reporting.compare import compare_results

    return compare_results(_told(collect(results)).records, mixed=mixed, where=where)


def best_of(
    comparison: Comparison, *, front: bool = False, rates: Sequence[float] = ()
) -> Comparison:
    """The best stages of a comparison: those on the Pareto front, or at given rates, or both.

    rates: for each R [bit/sample] the stage of least distortion among those with a sum
    rate of at most R. Raises InputError where no stage has such a rate.
    """
    from wzsim.reporting.compare_best import best_at, on_front

    if front:
        comparison = on_front(comparison)
    return best_at(comparison, rates) if rates else comparison


def average_gaps(
    comparison: Comparison,
    group_by: Sequence[str] = (),
    reference: str | None = None,
    *,
    each: bool = False,
) -> list[CurveGap]:
    """The average gap of each curve to its Wyner-Ziv bound and to another curve.

    A curve has the points of all results with the same values of the keys in
    `group_by`, without keys those of one result; replicates count by their medians
    unless `each` is true. reference: label of a curve, the first one by default. Raises
    InputError for a label or key that does not exist.
    """
    from wzsim.reporting.compare_gaps import average_gaps as gaps_of
    from wzsim.reporting.compare_gaps import curves_of
    from wzsim.reporting.compare_groups import groups_of
    from wzsim.reporting.compare_replicates import replicates_of

    groups = [] if each else replicates_of(comparison)
    if group_by:
        groups = groups_of(comparison, group_by)
    return gaps_of(curves_of(comparison, groups), reference, each=each)


def frame(
    results: Results, *, where: str | None = None, mixed: bool = True, each: bool = True
) -> pd.DataFrame:
    """All stages of results as a pandas data frame: the rows and columns of `compare --csv --each`.

    results, where: as for `compare`; results of different pairs (X, Y) are welcome
    unless `mixed` is false. each: false for the statistics of replicates in place of
    each of them, as without `--each`. Numbers are float64, what a result does not have is NaN.
    Raises InputError where pandas is not installed (`pip install 'wzsim[frame]'`).
    """
    from wzsim.reporting.compare_replicates import replicates_of
    from wzsim.reporting.frame import data_frame, require_frame_packages

    require_frame_packages()
    comparison = compare(results, mixed=mixed, where=where)
    return data_frame(comparison, () if each else replicates_of(comparison))


def _told(collection: Collection) -> Collection:
    """The same; whoever has no screen of ours is warned of what was skipped."""
    for reason in collection.skipped:
        warnings.warn(f"skipped: {reason}", stacklevel=3)
    return collection


def save_comparison(
    comparison: Comparison,
    *,
    output: StrPath | None = None,
    csv: StrPath | None = None,
    parquet: StrPath | None = None,
    plot: StrPath | None = None,
    group_by: Sequence[str] = (),
    each: bool = False,
    paper: bool = False,
) -> None:
    """Write a comparison as HDF5, CSV, Parquet and picture, whichever is named.

    group_by: keys whose values decide the colours of the picture. each: replicates one by
    one, not their statistics; the HDF5 file always has each. paper: the picture
    in the size and letters of a column of a paper. Raises InputError
    before anything is written where a name will not do: `output` replaces comparisons
    only, and nothing replaces a result.
    """
    from wzsim.reporting import frame
    from wzsim.reporting.compare_columns import comparison_csv
    from wzsim.reporting.compare_replicates import replicates_of
    from wzsim.storage import check_writable, is_comparison, write_atomically, write_comparison

    outputs = [Path(path) for path in (output, csv, parquet, plot) if path is not None]
    _require_free(outputs, comparison)
    if output is not None and Path(output).exists() and not is_comparison(output):
        raise InputError(f"{output} is there already and is no comparison; write to another file")
    if parquet is not None:
        frame.require_frame_packages()
    replicates = [] if each else replicates_of(comparison)
    picture = None if plot is None else _picture(comparison, plot, group_by, each=each, paper=paper)
    for path in outputs:
        check_writable(path.parent)
    if output is not None:
        write_comparison(comparison.results, comparison.bounds, output)
    if csv is not None:
        write_atomically(csv, comparison_csv(comparison, replicates).encode())
    if parquet is not None:
        write_atomically(parquet, frame.parquet(comparison, replicates))
    if picture is not None:
        picture()


def _require_free(outputs: Sequence[Path], comparison: Comparison) -> None:
    """Raise InputError for outputs that would replace a result, or one another."""
    if any(path.exists() for path in outputs):
        files = (one.record.file for one in comparison.results)
        sources = {Path(file).resolve() for file in files if file}
        for path in outputs:
            if path.resolve() in sources:
                raise InputError(f"{path} is one of the results; write to another file")
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise InputError("two outputs have the same name; give each a file of its own")


def _picture(
    comparison: Comparison, path: StrPath, group_by: Sequence[str], *, each: bool, paper: bool
) -> Callable[[], None]:
    """Draw a comparison; what comes back saves it. Raises InputError where it cannot be drawn."""
    from wzsim.reporting.plots import PAPER, SCREEN
    from wzsim.reporting.saving import picture_kind, save_figure

    picture_kind(path)
    look = PAPER if paper else SCREEN
    names = [one.record.name for one in comparison.results]
    with drawing(names):
        figure = _figure(comparison, group_by, look, each=each)

    def save() -> None:
        with drawing(names):
            save_figure(figure, path, look)

    return save


def _figure(comparison: Comparison, group_by: Sequence[str], look: Look, *, each: bool) -> Figure:
    from wzsim.reporting.compare_crowd import crowd_figure
    from wzsim.reporting.compare_figure import comparison_figure
    from wzsim.reporting.compare_groups import groups_of
    from wzsim.reporting.compare_screen import MOST_RESULTS

    systems = comparison.results if each else comparison.replicates
    if group_by or len(systems) > MOST_RESULTS:
        return crowd_figure(comparison, groups_of(comparison, group_by), look)
    return comparison_figure(comparison, each=each, look=look)
