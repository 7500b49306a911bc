"""Errors that come out of components: what is wrong with them and where in a plugin it is."""

from __future__ import annotations

import math
import sysconfig
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wzsim.contracts import AdditiveChannel, Component, DensityChannel, DensitySource
from wzsim.errors import RunFailedError, WzsimError
from wzsim.scenario import Scenario

_PACKAGE = Path(__file__).parents[1]

TAILS = (0.5, 1e-4, 1e-9)
"""Probabilities outside of the intervals that are looked at before any work."""


@contextmanager
def errors_of(what: str) -> Iterator[None]:
    """Make RunFailedError of what a component raises; `what` begins its text."""
    try:
        yield
    except WzsimError:
        raise
    except Exception as error:
        raise RunFailedError(f"{what}: {described(error)}") from error


def described(error: Exception) -> str:
    """An error from inside a run, with the last place in a plugin that it went through.

    Where a plugin returned something of a wrong kind it is raised elsewhere; then
    the plugin's component that was at work is named.
    """
    text = f"{type(error).__name__}: {error}".strip()
    frames = traceback.extract_tb(error.__traceback__)
    libraries = tuple(sysconfig.get_paths()[key] for key in ("stdlib", "purelib", "platlib"))
    outside = [f for f in frames if not f.filename.startswith((*libraries, f"{_PACKAGE}", "<"))]
    if outside:
        return f"{text} (in {outside[-1].name}, {outside[-1].filename}:{outside[-1].lineno})"
    at_work = _component_at_work(error)
    return text if at_work is None else f"{text} (in {at_work})"


def _component_at_work(error: Exception) -> str | None:
    """The innermost component of a plugin that a frame of the traceback belongs to."""
    said = None
    for frame, _line in traceback.walk_tb(error.__traceback__):
        this = frame.f_locals.get("self")
        if isinstance(this, Component) and not type(this).__module__.startswith("wzsim."):
            said = f"{frame.f_code.co_name} of {this.kind.replace('_', ' ')} '{this.name}'"
    return said


def check_intervals(scenario: Scenario) -> None:
    """Raise RunFailedError for a source or channel whose intervals are none.

    They decide where integrals run, which would fail far away from the mistake.
    """
    met = {scenario.correlation, scenario.evaluation_correlation()}
    for part in [part for one in met for part in (one.source, one.channel)]:
        for tail in TAILS:
            if isinstance(part, AdditiveChannel):
                call = f"noise_interval({tail:g})"
                with errors_of(f"{call} of channel '{part.name}'"):
                    ends = part.noise_interval(tail)
            elif isinstance(part, DensityChannel):
                call = f"interval(0.0, {tail:g})"
                with errors_of(f"{call} of channel '{part.name}'"):
                    ends = part.interval(0.0, tail)
            elif isinstance(part, DensitySource):
                call = f"interval({tail:g})"
                with errors_of(f"{call} of source '{part.name}'"):
                    ends = part.interval(tail)
            else:
                continue
            _require_ends(part, call, ends)


def _require_ends(part: Component, call: str, ends: object) -> None:
    try:
        low, high = map(float, ends)  # type: ignore[call-overload]
        good = math.isfinite(low) and math.isfinite(high) and low < high
    except (TypeError, ValueError):
        good = False
    if not good:
        raise RunFailedError(
            f"{call} of {part.kind} '{part.name}' is {ends!r}, not two numbers (low, high) with "
            "low < high that miss at most that probability"
        )
