"""Results side by side: found, read, compared and saved."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wzsim.app.drawing import drawing
from wzsim.app.loading import StrPath
from wzsim.errors import InputError, ResultFileError

if TYPE_CHECKING:
    from wzsim.reporting.compare import Comparison
    from wzsim.simulation.result import Result
    from wzsim.storage import Record


def find_results(paths: Sequence[StrPath]) -> list[Path]:
    """Result files by name; a directory stands for all `*.h5` in it, comparisons left out."""
    from wzsim import storage

    return storage.find_results(paths)


def compare(results: Sequence[Result | StrPath], *, mixed: bool = False) -> Comparison:
    """Put results, or files of results, side by side; `rows` has all numbers.

    mixed: also results that were measured with different pairs (X, Y) or
    distortions, which are refused otherwise. Raises InputError for those, and
    ResultFileError that names every file that is no result or is damaged.
    """
    from wzsim.reporting.compare import compare_results
    from wzsim.simulation.result import Result
    from wzsim.storage import Record, hash_of_content, read_record

    records: list[Record] = []
    wrong: list[str] = []
    for one in results:
        if isinstance(one, Result):
            records.append(Record.of(one, content_sha256=hash_of_content(one)))
            continue
        try:
            records.append(read_record(os.fspath(one), whole=True))
        except ResultFileError as error:
            wrong.append(str(error))
    if wrong:
        raise ResultFileError("\n".join(wrong))
    return compare_results(records, mixed=mixed)


def save_comparison(
    comparison: Comparison,
    *,
    output: StrPath | None = None,
    csv: StrPath | None = None,
    plot: StrPath | None = None,
) -> None:
    """Write a comparison as HDF5, CSV and picture, whichever is named.

    Raises InputError before anything is written where a name will not do:
    `output` replaces comparisons only, and nothing replaces a result.
    """
    from wzsim.reporting.compare_figure import comparison_figure
    from wzsim.reporting.compare_table import comparison_csv
    from wzsim.reporting.saving import picture_kind, save_figure
    from wzsim.storage import check_writable, is_comparison, write_atomically, write_comparison

    records = [one.record for one in comparison.results]
    sources = {Path(record.file).resolve() for record in records if record.file}
    outputs = [Path(path) for path in (output, csv, plot) if path is not None]
    for path in outputs:
        if path.resolve() in sources:
            raise InputError(f"{path} is one of the results; write to another file")
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise InputError("two outputs have the same name; give each a file of its own")
    if output is not None and Path(output).exists() and not is_comparison(output):
        raise InputError(f"{output} is there already and is no comparison; write to another file")
    names = [record.name for record in records]
    figure = None
    if plot is not None:
        picture_kind(plot)
        with drawing(names):
            figure = comparison_figure(comparison)
    for path in outputs:
        check_writable(path.parent)
    if output is not None:
        write_comparison(comparison.results, comparison.bounds, output)
    if csv is not None:
        write_atomically(csv, comparison_csv(comparison).encode())
    if plot is not None and figure is not None:
        with drawing(names):
            save_figure(figure, plot)
