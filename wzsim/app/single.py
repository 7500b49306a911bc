"""One run: simulation, life-cycle events, provenance. The Python API's `run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from wzsim.app.inside import check_intervals, described
from wzsim.app.loading import StrPath, load, registry
from wzsim.app.settings import Settings, torch_settings
from wzsim.contracts import Event, Listener, RunFinished, RunStarted
from wzsim.errors import RunFailedError, WzsimError
from wzsim.registry import Registry
from wzsim.scenario import LoadedScenario, parse_mapping
from wzsim.scenario.inputs import inputs_of
from wzsim.scenario.training import DesignTraining

if TYPE_CHECKING:
    from wzsim.simulation.checkpoint import Checkpoints
    from wzsim.simulation.result import Result


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
    return simulate_scenario(
        loaded, found, settings or Settings(), listener or (lambda _event: None), None
    )


def simulate_scenario(
    loaded: LoadedScenario,
    registry: Registry,
    settings: Settings,
    listener: Listener,
    output: Path | None,
    checkpoints: Checkpoints | None = None,
) -> Result:
    """Simulate and add provenance; life-cycle hooks and the listener hear the same events.

    checkpoints: where a training keeps how far it is; by default nowhere.
    """
    from wzsim.simulation.checkpoint import NO_CHECKPOINTS
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
    inputs = inputs_of(scenario)
    started = datetime.now(UTC)
    tell(RunStarted(scenario.name, epochs, len(scenario.code.alphabet_sizes), where))
    try:
        check_intervals(scenario)
        with torch_settings(settings):
            simulation = simulate(scenario, settings.device, tell, checkpoints or NO_CHECKPOINTS)
    except (Exception, KeyboardInterrupt, SystemExit) as error:
        tell(RunFinished(scenario.name, where, str(error) or type(error).__name__))
        if isinstance(error, WzsimError | KeyboardInterrupt):
            raise
        raise RunFailedError(f"{scenario.name}: {described(error)}") from error
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
            inputs=inputs,
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
        coding=simulation.coding,
        flags=simulation.flags,
        evaluation=simulation.evaluation,
        distortion_unit=scenario.distortion.unit,
    )
    tell(RunFinished(scenario.name, where))
    return result
