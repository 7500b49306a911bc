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


def described(error: BaseException) -> str:
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


def _component_at_work(error: BaseException) -> str | None:
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
    designed, met = scenario.correlation, scenario.evaluation_correlation()
    for correlation in (designed,) if met is designed else (designed, met):
        source, channel = correlation.source, correlation.channel
        given = None
        if isinstance(source, DensitySource):
            for tail in TAILS:
                low, high = _ends(source, "interval", tail)
                given = (low + high) / 2
        if isinstance(channel, AdditiveChannel):
            for tail in TAILS:
                _ends(channel, "noise_interval", tail)
        elif isinstance(channel, DensityChannel) and given is not None:
            for tail in TAILS:
                _ends(channel, "interval", given, tail)


def _ends(part: Component, method: str, *arguments: float) -> tuple[float, float]:
    listed = ", ".join(f"{argument:g}" for argument in arguments)
    who = f"{method}({listed}) of {part.kind} '{part.name}'"
    with errors_of(who):
        ends = getattr(part, method)(*arguments)
    try:
        low, high = map(float, ends)
        good = math.isfinite(low) and math.isfinite(high) and low <= high
    except (TypeError, ValueError):
        good = False
    if not good:
        raise RunFailedError(
            f"{who} is {ends!r}, not two numbers (low, high) with low < high that miss at most "
            "that probability"
        )
    return low, high
