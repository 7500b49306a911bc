"""What a command will run: every scenario and every file name checked, before any work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, final

import attrs

from wzsim.app.failures import failure_path, known_failure
from wzsim.app.loading import StrPath, load_sweep
from wzsim.app.settings import Settings, check_device
from wzsim.errors import InputError, ResultFileError, ScenarioError
from wzsim.registry import Registry
from wzsim.scenario import LoadedScenario, Problem, Sweep
from wzsim.scenario.inputs import inputs_of

if TYPE_CHECKING:
    from wzsim.storage import Identity


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

    failed: str | None = None
    """The error with which this very scenario ended before; it would end so again."""

    anew: bool = False
    """Whether it leaves aside what an earlier run has begun."""

    @property
    def due(self) -> bool:
        """Whether there is anything to run."""
        return not self.kept and self.failed is None


def plan(
    scenarios: Sequence[str],
    registry: Registry,
    overrides: Sequence[str],
    directory: StrPath,
    settings: Settings,
    *,
    force: bool,
    retry: bool = False,
) -> list[Job]:
    """Check everything that can be wrong before any work is done.

    force: replace results that are there. retry: run again what failed before.
    """
    from wzsim.storage import check_writable

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
            if output.is_dir():
                raise InputError(f"{output} is a directory; choose another -o or name")
            name = sweep.name if sweep.is_sweep else None
            job = Job(point, output, kept=False, sweep=name, anew=force)
            jobs[output] = job if force else _with_past(job, settings, retry=retry)
    for folder in {output.parent for output in jobs}:
        check_writable(folder)
    return list(jobs.values())


def identity_of_run(loaded: LoadedScenario, settings: Settings) -> Identity:
    """The identity of the result that a scenario will have with these settings."""
    from wzsim.storage import identity_of

    inputs = inputs_of(loaded.scenario)
    return identity_of(loaded.resolved, settings.device, settings.threads, inputs)


def _with_past(job: Job, settings: Settings, *, retry: bool) -> Job:
    """The job as it is after earlier runs; raises InputError where another result has its name."""
    from wzsim.storage import read_identity

    output, there = job.output, job.output.exists()
    if not there and not failure_path(output).exists():
        return job
    wanted = identity_of_run(job.loaded, settings)
    if not there:
        return job if retry else attrs.evolve(job, failed=known_failure(output, wanted))
    try:
        found = read_identity(output)
    except ResultFileError as error:
        raise ResultFileError(
            f"{error}; or delete it, or use --force to replace what is there"
        ) from error
    if found != wanted:
        raise InputError(
            f"{output} holds the result of {' and '.join(found.differences(wanted))}; "
            "use --force to replace it, or -o for another directory"
        )
    return attrs.evolve(job, kept=True)


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
