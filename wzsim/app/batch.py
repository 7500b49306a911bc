"""Many runs: planned before any work, each written to its own file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, final

import attrs

from wzsim.app.loading import StrPath, load_sweep, registry
from wzsim.app.settings import Settings, check_device
from wzsim.app.single import simulate_scenario
from wzsim.app.status import write_manifest
from wzsim.contracts import Event, Executor, Listener, Outcome, Point
from wzsim.errors import InputError, ResultFileError, ScenarioError, WzsimError
from wzsim.registry import Registry
from wzsim.scenario import LoadedScenario, Problem, Sweep, parse_scenario
from wzsim.scenario.inputs import inputs_of

if TYPE_CHECKING:
    from wzsim.simulation.result import Result


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
            inputs = inputs_of(point.scenario)
            kept = False
            if output.is_dir():
                raise InputError(f"{output} is a directory; choose another -o or name")
            if output.exists() and not force:
                try:
                    found = read_identity(output)
                except ResultFileError as error:
                    raise ResultFileError(
                        f"{error}; or delete it, or use --force to replace what is there"
                    ) from error
                wanted = identity_of(point.resolved, settings.device, settings.threads, inputs)
                kept = found == wanted
                if not kept:
                    raise InputError(
                        f"{output} holds the result of {' and '.join(found.differences(wanted))}; "
                        "use --force to replace it, or -o for another directory"
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
    for folder in {job.output.parent for job in jobs if job.sweep is not None}:
        write_manifest(folder, [job.output.stem for job in jobs if job.output.parent == folder])
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


def executor(registry: Registry, name: str = "serial", **keys: object) -> Executor:
    """The executor of that name; keys: its parameters. Raises PluginError for no such one."""
    found = registry.get("executor", name)
    assert issubclass(found, Executor)
    return found(**keys)


def run_job(job: Job, registry: Registry, settings: Settings, listener: Listener) -> Result:
    """Run one scenario and write its result file; progress goes to JSON lines beside it."""
    from wzsim.storage import ProgressLog, write_result

    with ProgressLog(progress_path(job.output)) as log:

        def both(event: Event) -> None:
            log(event)
            listener(event)

        result = simulate_scenario(job.loaded, registry, settings, both, job.output)
        write_result(result, job.output)
    return result


def progress_path(output: Path) -> Path:
    """Where the progress of a run is kept: JSON lines beside its result."""
    return output.with_suffix(".progress.jsonl")
