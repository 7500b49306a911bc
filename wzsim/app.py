"""Where everything is wired together; also the Python API.

result = wzsim.run("scenarios/gauss_222.toml")
code = wzsim.restore_code(result)
"""

from __future__ import annotations

import os
import sysconfig
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import attrs

import wzsim.builtin.hooks
from wzsim.contracts import Event, Executor, Listener, Outcome, Point, RunFinished, RunStarted
from wzsim.errors import InputError, ResultFileError, RunFailedError, ScenarioError, WzsimError
from wzsim.registry import Registry, load_registry
from wzsim.scenario import (
    LoadedScenario,
    Problem,
    Sweep,
    json_schema,
    load_points,
    load_scenario,
    parse_mapping,
    parse_scenario,
)
from wzsim.scenario.training import DesignTraining

if TYPE_CHECKING:
    from wzsim.contracts import Code
    from wzsim.reporting.compare import Comparison
    from wzsim.simulation.result import Result

StrPath = str | os.PathLike[str]


@final
@attrs.frozen(kw_only=True)
class Settings:
    """What belongs to the machine and not to the scenario."""

    device: str = "cpu"
    """A torch device: `cpu`, `cuda`, `cuda:1`."""

    threads: int = 1
    """Threads of one run; another number may change the last digits."""


def registry(plugins: Sequence[str] = ()) -> Registry:
    """Built-ins, installed plugins, and those named as with `-p`."""
    return load_registry({"wzsim": wzsim.builtin.hooks}, plugins)


def load(path: StrPath, registry: Registry, overrides: Sequence[str] = ()) -> LoadedScenario:
    """Read and check a scenario file. Raises ScenarioError with every problem at once."""
    return load_scenario(path, registry, overrides)


def load_sweep(path: StrPath, registry: Registry, overrides: Sequence[str] = ()) -> Sweep:
    """Read and check a scenario file with all points of its sweep; one point without a sweep.

    Raises ScenarioError with every problem of every point at once.
    """
    return load_points(path, registry, overrides)


def schema(registry: Registry) -> dict[str, Any]:
    """JSON Schema of scenarios with every installed component."""
    return json_schema(registry)


def run(
    scenario: StrPath | Mapping[str, Any],
    *,
    overrides: Sequence[str] = (),
    plugins: Sequence[str] = (),
    settings: Settings | None = None,
    listener: Listener | None = None,
) -> Result:
    """Run a scenario, without files or screen.

    scenario: path of a TOML file, or the same content as a mapping.
    overrides: as with `--set`, such as `["training.epochs=2"]`. Raises
    ScenarioError before any work when the scenario is wrong.
    """
    if isinstance(overrides, str):
        overrides = (overrides,)
    found = registry(plugins)
    if isinstance(scenario, Mapping):
        loaded = parse_mapping(scenario, found, overrides)
    else:
        loaded = load(scenario, found, overrides)
    return _run(loaded, found, settings or Settings(), listener or (lambda _event: None), None)


def open_result(path: StrPath) -> Result:
    """Read a result file. Raises ResultFileError for any other file, or a damaged one."""
    from wzsim.storage import read_result

    return read_result(path)


def restore_code(result: Result, plugins: Sequence[str] = ()) -> Code:
    """The code of a result, ready to encode and decode; torch tensors on the CPU."""
    from wzsim.simulation.design import restore_code as restore

    return restore(parse_mapping(result.scenario, registry(plugins)).scenario, result.model)


@final
@attrs.frozen
class Job:
    """One scenario to run and the file it becomes."""

    loaded: LoadedScenario
    output: Path
    kept: bool
    """Whether the file holds a result of this very scenario already."""

    sweep: str | None = None
    """Name of the sweep that it is a point of."""


def plan(
    scenarios: Sequence[str],
    registry: Registry,
    overrides: Sequence[str],
    directory: StrPath,
    settings: Settings,
    *,
    force: bool,
) -> list[Job]:
    """Check everything that can be wrong before any work is done."""
    from wzsim.storage import check_writable, identity_of, read_identity

    check_device(settings.device)
    jobs: dict[Path, Job] = {}
    for sweep in load_all(scenarios, registry, overrides):
        folder = Path(directory) / sweep.name if sweep.is_sweep else Path(directory)
        for point in sweep.points:
            output = folder / f"{point.scenario.name}.h5"
            if output in jobs:
                raise InputError(
                    f"two {'sweeps' if sweep.is_sweep else 'scenarios'} are named '{sweep.name}' "
                    f"and would write {output}; give one another name"
                )
            kept = False
            if output.is_dir():
                raise InputError(f"{output} is a directory; choose another -o or name")
            if output.exists() and not force:
                kept = read_identity(output) == identity_of(
                    point.resolved, settings.device, settings.threads
                )
                if not kept:
                    raise InputError(
                        f"{output} holds the result of a different scenario, device or thread "
                        "count; use --force to replace it, or -o for another directory"
                    )
            jobs[output] = Job(point, output, kept, sweep.name if sweep.is_sweep else None)
    for folder in {output.parent for output in jobs}:
        check_writable(folder)
    return list(jobs.values())


def load_all(paths: Sequence[str], registry: Registry, overrides: Sequence[str]) -> list[Sweep]:
    """Load several scenario files; the problems of all of them come in one error."""
    loaded: list[Sweep] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded.append(load_sweep(path, registry, overrides))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return loaded


def run_jobs(
    jobs: Sequence[Job],
    plugins: Sequence[str],
    executor: Executor,
    settings: Settings,
) -> Iterator[tuple[Job, Outcome]]:
    """Run the points of a sweep that are not kept, where the executor likes; yield each as it ends.

    A point that fails does not stop the others. plugins: as with `-p`.
    """
    named = tuple(str(Path(name).absolute()) if name.endswith(".py") else name for name in plugins)
    points = {
        Point(job.loaded.toml, named, str(job.output.absolute())): job
        for job in jobs
        if not job.kept
    }
    for outcome in executor.run(tuple(points), partial(run_point, settings=settings)):
        yield points[outcome.point], outcome


def run_point(point: Point, settings: Settings) -> Outcome:
    """Run one point and write its result file; nothing that goes wrong there comes out.

    It can be imported by its name and takes and gives plain data, so that any
    process can run it.
    """
    try:
        found = registry(point.plugins)
        loaded = parse_scenario(point.scenario_toml, found)
        job = Job(loaded, Path(point.output), kept=False)
        run_job(job, found, settings, lambda _event: None)
    except Exception as error:  # noqa: BLE001 - the other points go on
        said = str(error) if isinstance(error, WzsimError) else f"{type(error).__name__}: {error}"
        return Outcome(point, said or type(error).__name__)
    return Outcome(point)


def executor(registry: Registry, name: str = "serial") -> Executor:
    """The executor of that name, as it is without any keys. Raises PluginError for no such one."""
    found = registry.get("executor", name)
    assert issubclass(found, Executor)
    return found()


def run_job(job: Job, registry: Registry, settings: Settings, listener: Listener) -> Result:
    """Run one scenario and write its result file; progress goes to JSON lines beside it."""
    from wzsim.storage import ProgressLog, write_result

    with ProgressLog(progress_path(job.output)) as log:

        def both(event: Event) -> None:
            log(event)
            listener(event)

        result = _run(job.loaded, registry, settings, both, job.output)
        write_result(result, job.output)
    return result


def progress_path(output: Path) -> Path:
    """Where the progress of a run is kept: JSON lines beside its result."""
    return output.with_suffix(".progress.jsonl")


def check_device(device: str) -> None:
    """Raise InputError for a device that torch does not know or this machine does not have."""
    if device == "cpu":
        return
    import torch

    try:
        torch.rand(1, device=device, generator=torch.Generator(device)).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(f"device '{device}' cannot be used here: {reason}; try cpu") from error


@contextmanager
def torch_settings(settings: Settings) -> Iterator[None]:
    """Threads of this run; and no denormal numbers, which slow a collapsed network tenfold."""
    import torch
    from threadpoolctl import threadpool_limits

    before = torch.get_num_threads()
    torch.set_num_threads(settings.threads)
    torch.set_flush_denormal(True)
    try:
        with threadpool_limits(settings.threads):  # of numpy's BLAS
            yield
    finally:
        torch.set_num_threads(before)
        torch.set_flush_denormal(False)


def _run(
    loaded: LoadedScenario,
    registry: Registry,
    settings: Settings,
    listener: Listener,
    output: Path | None,
) -> Result:
    """Simulate and add provenance; life-cycle hooks and the listener hear the same events."""
    from wzsim.simulation.result import Result
    from wzsim.simulation.run import simulate
    from wzsim.storage.provenance import provenance

    scenario = loaded.scenario
    where = None if output is None else str(output)

    def tell(event: Event) -> None:
        listener(event)
        registry.emit(event)

    training = scenario.training
    epochs = 0 if isinstance(training, DesignTraining) else training.epochs
    started = datetime.now(UTC)
    tell(RunStarted(scenario.name, epochs, len(scenario.code.alphabet_sizes), where))
    try:
        with torch_settings(settings):
            simulation = simulate(scenario, settings.device, tell)
    except (Exception, KeyboardInterrupt) as error:
        tell(RunFinished(scenario.name, where, str(error) or type(error).__name__))
        if isinstance(error, WzsimError | KeyboardInterrupt):
            raise
        raise RunFailedError(f"{scenario.name}: {_described(error)}") from error
    result = Result(
        name=scenario.name,
        title=scenario.title,
        scenario_toml=loaded.toml,
        scenario=loaded.resolved,
        provenance=provenance(
            device=settings.device,
            threads=settings.threads,
            seed=scenario.seed,
            plugins=[attrs.asdict(provider) for provider in registry.providers()],
        ),
        start_time=started.isoformat(timespec="seconds"),
        end_time=datetime.now(UTC).isoformat(timespec="seconds"),
        stages=simulation.stages,
        bounds=simulation.bounds,
        model=simulation.code.state(),
        decomposition=simulation.decomposition,
        training=simulation.training,
        binning=simulation.binning,
        reconstruction=simulation.reconstruction,
        flags=simulation.flags,
        evaluation=simulation.evaluation,
        distortion_unit=scenario.distortion.unit,
    )
    tell(RunFinished(scenario.name, where))
    return result


def _described(error: Exception) -> str:
    """An error from inside a run, with the last place in a plugin that it went through."""
    text = f"{type(error).__name__}: {error}".strip()
    frames = traceback.extract_tb(error.__traceback__)
    libraries = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "purelib", "platlib"))
    package = str(Path(__file__).parent)
    outside = [f for f in frames if not f.filename.startswith((*libraries, package, "<"))]
    if outside:
        text += f" (in {outside[-1].name}, {outside[-1].filename}:{outside[-1].lineno})"
    return text


def bounds(loaded: LoadedScenario, rates: Sequence[float]) -> dict[str, Any]:
    """The bounds of a scenario at the given rates, as plain data."""
    from wzsim.simulation.bounds import bound_functions
    from wzsim.units import power_db

    scenario = loaded.scenario
    rows = []
    for name, (title, function) in bound_functions(scenario).items():
        interval = function.distortion(rates)
        row: dict[str, Any] = {
            "name": name,
            "title": title,
            "certificate": function.certificate,
            "distortion": interval.lower.tolist(),
            "distortion_upper": interval.upper.tolist(),
        }
        if scenario.distortion.is_power:
            row["distortion_db"] = power_db(interval.lower).tolist()
        rows.append(row)
    return {"rate": list(rates), "unit": scenario.distortion.unit, "bounds": rows}


def plot(results: Sequence[Result], kind: str, output: StrPath, against: str | None = None) -> None:
    """Draw results to a picture file; kind: `rate-distortion`, `bins` or `training`.

    against: a numeric key of the scenario that takes the place of the rate axis.
    """
    from wzsim.reporting import plots

    if against is not None:
        figure = plots.against_figure(results, against)
    elif kind == "rate-distortion":
        figure = plots.rate_distortion_figure(results)
    elif len(results) != 1:
        raise InputError(f"--kind {kind} draws one result, not {len(results)}")
    elif kind == "bins":
        figure = plots.binning_figure(results[0])
    else:
        figure = plots.training_figure(results[0])
    plots.save_figure(figure, output)


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
            sources.append(Source(one, "", hash_of_content(one)))
            continue
        try:
            sources.append(Source(open_result(one), os.fspath(one), content_hash(one)))
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
        figure = comparison_figure(comparison)
    for path in outputs:
        check_writable(path.parent)
    if output is not None:
        write_comparison(comparison.results, comparison.bounds, output)
    if csv is not None:
        write_atomically(csv, comparison_csv(comparison).encode())
    if plot is not None and figure is not None:
        save_figure(figure, plot)
