"""Results: read, restored and drawn; and bounds without a run."""

from __future__ import annotations

from collections.abc import Sequence
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
    from wzsim.simulation.result import Result


def open_result(path: StrPath) -> Result:
    """Read a result file. Raises ResultFileError for any other file, or a damaged one."""
    from wzsim.storage import read_result

    return read_result(path)


def restore_code(result: Result, plugins: Sequence[str] = ()) -> Code:
    """The code of a result, ready to encode and decode; torch tensors on the CPU.

    Raises ResultFileError where the arrays are not those of the scenario's code.
    """
    return restore(result, load_registry(plugins))[1]


def restore(result: Result, registry: Registry) -> tuple[Scenario, Code]:
    """The scenario and the code of a result, as `restore_code` has it."""
    from wzsim.simulation import design

    scenario = parse_mapping(result.scenario, registry).scenario
    try:
        return scenario, design.restore_code(scenario, result.model)
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


def plot(
    results: Sequence[Result],
    kind: str,
    output: StrPath,
    against: str | None = None,
    *,
    each: bool = False,
    paper: bool = False,
) -> None:
    """Draw results to a picture file; kind: `rate-distortion`, `bins` or `training`.

    against: a numeric key of the scenario that takes the place of the rate axis.
    each: draw replicates one by one, and not their median. paper: in the size
    and letters of a column of a two-column paper. Raises InputError for results
    and kinds that do not go together.
    """
    from wzsim.app.drawing import drawing
    from wzsim.reporting import plots

    results = [readable(result) for result in results]
    if kind in ("bins", "training") and against is None and len(results) != 1:
        raise InputError(f"--kind {kind} draws one result, not {len(results)}")
    if kind in ("bins", "training") and paper:
        raise InputError(f"--paper draws no {kind}; leave --kind out")
    look = plots.PAPER if paper else plots.SCREEN
    with drawing([result.name for result in results]):
        if against is not None:
            figure = plots.against_figure(results, against, each=each, look=look)
        elif kind == "rate-distortion":
            figure = plots.rate_distortion_figure(results, each=each, look=look)
        elif kind == "bins":
            figure = plots.binning_figure(results[0])
        else:
            figure = plots.training_figure(results[0])
        plots.save_figure(figure, output, look)
