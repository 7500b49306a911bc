"""Many runs, wherever an executor runs them; each writes its own file."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

import wzsim
from wzsim.app.failures import forget_failure, keep_failure, of_machine
from wzsim.app.loading import registry
from wzsim.app.planning import Job, identity_of_run
from wzsim.app.settings import Settings
from wzsim.app.single import simulate_scenario
from wzsim.app.status import write_manifest
from wzsim.contracts import Event, Executor, Listener, Outcome, Point
from wzsim.errors import InputError, RunFailedError, WzsimError
from wzsim.registry import Registry
from wzsim.scenario import parse_scenario, to_toml

if TYPE_CHECKING:
    from wzsim.simulation.result import Result

ABANDONED = 60.0
"""Seconds after which a half-written file is of a process that was killed."""


def executor(registry: Registry, name: str = "serial", **keys: object) -> Executor:
    """The executor of that name; keys: its parameters, of which None stands for the default.

    Raises PluginError for no such executor, InputError for a parameter that it does not have.
    """
    found = registry.get("executor", name)
    assert issubclass(found, Executor)
    given = {key: value for key, value in keys.items() if value is not None}
    known = _parameters(found)
    for key in given:
        if key not in known:
            takes = " and ".join(sorted(known)) or "no parameters"
            raise InputError(f"executor '{name}' has no {key}; it has {takes}")
    try:
        return found(**given)
    except (TypeError, ValueError) as error:
        raise InputError(f"executor '{name}': {error}") from error


def choose_executor(
    registry: Registry,
    settings: Settings,
    name: str | None,
    at_once: int | None,
    scheduler: str | None,
) -> Executor:
    """The executor that a command asks for; by default processes, as many as there are cores.

    at_once: runs at once, 0 and None for one a core; 1 without a name is `serial`.
    scheduler: of a Dask cluster. With the device `cuda`, each worker gets a GPU of its own.
    """
    if scheduler is not None and name is None:
        name = "dask"
    if name is None:
        name = "serial" if at_once == 1 else "process"
    known = _parameters(registry.get("executor", name))
    gpus, workers = _gpus(settings.device), at_once or None
    if "workers" not in known and at_once == 1:
        workers = None
    elif workers is None and scheduler is None and not gpus and "workers" in known:
        workers = max(1, (os.cpu_count() or 1) // settings.threads)
    return executor(
        registry,
        name,
        workers=workers,
        scheduler=scheduler,
        gpus=(gpus or None) if "gpus" in known else None,
    )


def _parameters(executor: type) -> set[str]:
    return {field.name for field in attrs.fields(executor) if field.init}


def _gpus(device: str) -> int:
    """How many GPUs there are to deal out: none where one is named."""
    if device != "cuda":
        return 0
    import torch

    return torch.cuda.device_count()


def run_jobs(
    jobs: Sequence[Job],
    plugins: Sequence[str],
    executor: Executor,
    settings: Settings,
) -> Iterator[tuple[Job, Outcome]]:
    """Run the jobs that are due, where the executor likes; yield each as it ends.

    One that fails does not stop the others. plugins: as with `-p`.
    """
    named = tuple(str(Path(name).absolute()) if name.endswith(".py") else name for name in plugins)
    points = {_point(job, named): job for job in jobs if job.due}
    folders: dict[Path, list[str]] = {}
    for job in jobs:
        if job.sweep is not None:
            folders.setdefault(job.output.parent, []).append(job.output.stem)
    for folder, names in folders.items():
        write_manifest(folder, names)
    for folder in {job.output.parent for job in points.values()}:
        _remove_abandoned(folder)
    for job in jobs:
        _begin(job)
    work = partial(run_point, settings=settings, version=wzsim.__version__)
    for outcome in executor.run(tuple(points), work):
        job = points[outcome.point]
        if outcome.error is None and not job.output.exists():
            lost = (
                f"its result is not in {job.output}: the worker sees other files; run it where "
                "all machines have one file system"
            )
            yield job, attrs.evolve(outcome, error=lost, of_machine=True)
        else:
            yield job, outcome


def _point(job: Job, plugins: tuple[str, ...]) -> Point:
    """The job as plain data: a file may extend others, and `--set` is no part of it."""
    loaded, output = job.loaded, str(job.output.absolute())
    if job.sweep is not None:  # nobody wrote it: its text is the resolved one
        return Point(loaded.toml, plugins, output)
    return Point(to_toml(loaded.resolved), plugins, output, loaded.toml)


def run_point(point: Point, settings: Settings, version: str = wzsim.__version__) -> Outcome:
    """Run one point and write its result file; nothing that goes wrong there comes out.

    It can be imported by its name and takes and gives plain data, so that any
    process can run it. version: of the wzsim that asks.
    """
    begun = False
    try:
        if version != wzsim.__version__:
            raise RunFailedError(
                f"the worker has wzsim {wzsim.__version__}, and the command {version}"
            )
        found = _registry(point.plugins)
        loaded = parse_scenario(point.scenario_toml, found)
        if point.written_toml is not None:
            loaded = attrs.evolve(loaded, toml=point.written_toml)
        begun = True
        _run(Job(loaded, Path(point.output), kept=False), found, settings, lambda _event: None)
    except Exception as error:  # noqa: BLE001 - the other points go on
        said = str(error) if isinstance(error, WzsimError) else f"{type(error).__name__}: {error}"
        # The scenario was checked where the command runs: what is wrong before it begins is here.
        return Outcome(point, said or type(error).__name__, not begun or of_machine(error))
    return Outcome(point)


@lru_cache(maxsize=1)
def _registry(plugins: tuple[str, ...]) -> Registry:
    """Loaded once in a process: a plugin that is edited meanwhile is not loaded again anyway."""
    return registry(plugins)


def run_job(job: Job, registry: Registry, settings: Settings, listener: Listener) -> Result:
    """Run one scenario and write its result file; progress goes to JSON lines beside it.

    A training goes on from its checkpoint where there is one. An error of the
    scenario is kept there too, so that the next command knows it.
    """
    _begin(job)
    return _run(job, registry, settings, listener)


def _begin(job: Job) -> None:
    """Drop what nobody will go on with; what a kill right after the result left, too."""
    from wzsim.storage import checkpoint_path

    if job.failed is None:
        forget_failure(job.output)
    if job.anew or job.kept:
        checkpoint_path(job.output).unlink(missing_ok=True)


def _run(job: Job, registry: Registry, settings: Settings, listener: Listener) -> Result:
    from wzsim.storage import CheckpointFile, ProgressLog, checkpoint_path, write_result

    identity = identity_of_run(job.loaded, settings)
    checkpoints = CheckpointFile(checkpoint_path(job.output), identity)
    try:
        with ProgressLog(progress_path(job.output)) as log:

            def both(event: Event) -> None:
                log(event)
                listener(event)

            result = simulate_scenario(
                job.loaded, registry, settings, both, job.output, checkpoints
            )
            write_result(result, job.output)
            checkpoints.forget()
    except Exception as error:
        if not of_machine(error):
            said = str(error) or type(error).__name__
            keep_failure(job.output, identity, said)
            checkpoints.forget()
        raise
    return result


def progress_path(output: Path) -> Path:
    """Where the progress of a run is kept: JSON lines beside its result."""
    return output.with_suffix(".progress.jsonl")


def has_checkpoint(output: Path) -> bool:
    """Whether a run that was stopped can go on where it was."""
    from wzsim.storage import checkpoint_path

    return checkpoint_path(output).exists()


def _remove_abandoned(folder: Path) -> None:
    """What processes that were killed left half-written."""
    for part in folder.glob("*.part"):
        with contextlib.suppress(OSError):  # of another process that is faster
            if time.time() - part.stat().st_mtime > ABANDONED:
                part.unlink()
