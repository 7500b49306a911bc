"""Results: read, restored, compared and drawn; and bounds without a run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wzsim.app.inside import check_intervals, errors_of
from wzsim.app.loading import StrPath
from wzsim.app.loading import registry as load_registry
from wzsim.app.readable import readable
from wzsim.contracts import Bound
from wzsim.errors import InputError, ResultFileError, WzsimError, printable
from wzsim.registry import Registry
from wzsim.scenario import LoadedScenario, Scenario, Sweep, parse_mapping

if TYPE_CHECKING:
    from wzsim.contracts import Code
    from wzsim.reporting.compare import Comparison
    from wzsim.simulation.result import Result


def open_result(path: StrPath) -> Result:
    """Read a result file. Raises ResultFileError for any other file, or a damaged one."""
    from wzsim.storage import read_result

    return read_result(path)


def restore_code(result: Result, plugins: Sequence[str] = ()) -> Code:
    """The code of a result, ready to encode and decode; torch tensors on the CPU.

    Raises ResultFileError where the arrays are not those of the scenario's code.
    """
    from wzsim.simulation.design import restore_code as restore

    scenario = parse_mapping(result.scenario, load_registry(plugins)).scenario
    try:
        return restore(scenario, result.model)
    except WzsimError:
        raise
    except Exception as error:
        raise ResultFileError(
            f"the arrays of '{result.name}' are no code of its scenario: "
            f"{type(error).__name__}: {error}"
        ) from error


def bounds(loaded: LoadedScenario, registry: Registry, rates: Sequence[float]) -> dict[str, Any]:
    """The bounds of a scenario at the given rates, as plain data.

    `other` says of the other installed bounds, by title, why they are not here.
    """
    scenario = loaded.scenario
    fitted_to = scenario.evaluation_correlation().fitted_to
    chosen = scenario.evaluation.bounds or ()
    if chosen:
        check_intervals(scenario)
    rows = []
    for bound in chosen:
        with errors_of(f"bound '{bound.name}' of {scenario.name}"):
            rows.append(_row(bound, scenario, rates))
    present = {row["name"] for row in rows}
    others = {
        other.title: _why_absent(other, scenario)
        for entry in registry.entries()
        if issubclass(other := entry.component, Bound) and other.name not in present
    }
    return {
        "rate": list(rates),
        "unit": scenario.distortion.unit,
        "fitted_to": fitted_to and printable(fitted_to),
        "bounds": rows,
        "other": others,
    }


def _row(bound: Bound, scenario: Scenario, rates: Sequence[float]) -> dict[str, Any]:
    """One bound at the given rates, as plain data."""
    from wzsim.simulation.bounds import bound_function
    from wzsim.units import power_db

    title, function = bound_function(scenario, bound)
    interval = function.distortion(rates)
    row: dict[str, Any] = {
        "name": bound.name,
        "title": title,
        "certificate": function.certificate,
        "distortion": interval.lower.tolist(),
        "distortion_upper": interval.upper.tolist(),
    }
    if scenario.distortion.is_power:
        row["distortion_db"] = power_db(interval.lower).tolist()
    return row


def _why_absent(bound: type[Bound], scenario: Scenario) -> str:
    with errors_of(f"bound '{bound.name}' of {scenario.name}"):
        if bound().applies_to(scenario.evaluation_pair(), scenario.distortion):
            return "applies, and evaluation.bounds leaves it out"
    return f"applies to {bound.scope}"


def bounds_of_points(
    sweep: Sweep, registry: Registry, rates: Sequence[float]
) -> dict[tuple[str, ...], dict[str, Any]]:
    """`bounds` of every pair, distortion and choice of bounds in a sweep, by its points' names."""
    groups: dict[str, list[LoadedScenario]] = {}
    for point in sweep.points:
        scenario = point.scenario
        parts = scenario.evaluation_correlation(), scenario.distortion, scenario.evaluation.bounds
        groups.setdefault(repr(parts), []).append(point)
    return {
        tuple(point.scenario.name for point in points): bounds(points[0], registry, rates)
        for points in groups.values()
    }


def plot(results: Sequence[Result], kind: str, output: StrPath, against: str | None = None) -> None:
    """Draw results to a picture file; kind: `rate-distortion`, `bins` or `training`.

    against: a numeric key of the scenario that takes the place of the rate axis.
    """
    from wzsim.reporting import plots

    results = [readable(result) for result in results]
    if kind in ("bins", "training") and against is None and len(results) != 1:
        raise InputError(f"--kind {kind} draws one result, not {len(results)}")
    with _drawing(results):
        if against is not None:
            figure = plots.against_figure(results, against)
        elif kind == "rate-distortion":
            figure = plots.rate_distortion_figure(results)
        elif kind == "bins":
            figure = plots.binning_figure(results[0])
        else:
            figure = plots.training_figure(results[0])
        plots.save_figure(figure, output)


@contextmanager
def _drawing(results: Sequence[Result]) -> Iterator[None]:
    """matplotlib refuses numbers near the largest ones, each in words of its own."""
    try:
        yield
    except WzsimError:
        raise
    except (ArithmeticError, MemoryError, ValueError) as error:
        names = ", ".join(f"'{result.name}'" for result in results)
        raise InputError(
            f"the numbers of {names} cannot be drawn: {type(error).__name__}: {error}"
        ) from error


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
    from wzsim.reporting.compare import Source, compare_results
    from wzsim.simulation.result import Result
    from wzsim.storage import content_hash, hash_of_content

    sources: list[Source] = []
    wrong: list[str] = []
    for one in results:
        if isinstance(one, Result):
            sources.append(Source(readable(one), "", hash_of_content(one)))
            continue
        try:
            sources.append(Source(readable(open_result(one)), os.fspath(one), content_hash(one)))
        except ResultFileError as error:
            wrong.append(str(error))
    if wrong:
        raise ResultFileError("\n".join(wrong))
    return compare_results(sources, mixed=mixed)


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

    sources = {Path(one.file).resolve() for one in comparison.results if one.file}
    outputs = [Path(path) for path in (output, csv, plot) if path is not None]
    for path in outputs:
        if path.resolve() in sources:
            raise InputError(f"{path} is one of the results; write to another file")
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise InputError("two outputs have the same name; give each a file of its own")
    if output is not None and Path(output).exists() and not is_comparison(output):
        raise InputError(f"{output} is there already and is no comparison; write to another file")
    figure = None
    if plot is not None:
        picture_kind(plot)
        with _drawing([one.result for one in comparison.results]):
            figure = comparison_figure(comparison)
    for path in outputs:
        check_writable(path.parent)
    if output is not None:
        write_comparison(comparison.results, comparison.bounds, output)
    if csv is not None:
        write_atomically(csv, comparison_csv(comparison).encode())
    if plot is not None and figure is not None:
        with _drawing([one.result for one in comparison.results]):
            save_figure(figure, plot)
