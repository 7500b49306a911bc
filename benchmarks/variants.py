"""What makes exact training find fine bins: each ingredient without the others, five seeds.

Excess over the best code known [nat], median / worst, and seconds of a run. `python -m benchmarks
exact` has all of them together, and the start `lloyd`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.cases import LAYERED, reference
from benchmarks.trials import spread, trials

SEEDS = 5
CASES = (LAYERED[0], LAYERED[3])
"""The highest rate and the lowest."""

PAPER: dict[str, Any] = {"features": "none"}
FOURIER: dict[str, Any] = {"features": "fourier"}
ALONE: dict[str, Any] = {"teacher": False, "restarts": 1}

VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "gradients, networks of the paper": (PAPER, ALONE),
    "gradients, Fourier features": (FOURIER, ALONE),
    "the same, 4 restarts halved twice": (FOURIER, {"teacher": False, "restarts": 4}),
    "teacher of 1 restart, not joined": (FOURIER, {"restarts": 1, "search_rounds": 0}),
    "teacher of 16 restarts, not joined": (FOURIER, {"search_rounds": 0}),
    "joined, networks of the paper": (PAPER, {}),
    "start nsq, joined": (FOURIER, {"init": "nsq"}),
}


def run() -> Iterator[str]:
    yield "| variant | " + " | ".join(case.name for case in CASES) + " | s |"
    yield "|---|" + "---|" * (len(CASES) + 1)
    for name, (network, training) in VARIANTS.items():
        scenarios = [
            case.scenario(seed, {"method": "exact", **training}, network)
            for case in CASES
            for seed in range(SEEDS)
        ]
        found = list(trials(scenarios))
        cells = []
        for index, case in enumerate(CASES):
            mine = found[index * SEEDS : (index + 1) * SEEDS]
            cells.append(spread(one.loss - reference(case) for one in mine))
        seconds = spread((one.seconds for one in found), 0)
        yield f"| {name} | " + " | ".join(cells) + f" | {seconds} |"
