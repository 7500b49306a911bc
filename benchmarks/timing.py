"""Side-by-side timing that a noisy machine disturbs little."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def interleaved(
    contestants: dict[str, Callable[[], object]], *, calls: int, rounds: int
) -> dict[str, float]:
    """Median seconds a call. Rounds alternate, so that a slow moment of the machine hits all."""
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for function in contestants.values():
        function()
    for _ in range(rounds):
        for name, function in contestants.items():
            started = time.perf_counter()
            for _ in range(calls):
                function()
            seconds[name].append((time.perf_counter() - started) / calls)
    return {name: statistics.median(times) for name, times in seconds.items()}


def ratio_table(seconds: dict[str, float], peer: str, unit: str = "ms") -> list[str]:
    """A Markdown table of times and of ratios to the peer."""
    scale = {"ms": 1e3, "s": 1.0}[unit]
    lines = [f"| | {unit} | ratio to {peer} |", "|---|---|---|"]
    lines += [
        f"| {name} | {value * scale:.3g} | {value / seconds[peer]:.2f} |"
        for name, value in seconds.items()
    ]
    return lines
