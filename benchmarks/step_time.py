"""One gradient step of the paper's 222 recipe against a plain PyTorch loop, one thread each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.plain_loop import PlainTrainer
from benchmarks.timing import interleaved, ratio_table
from wzsim import app
from wzsim.simulation.design import untrained_parts
from wzsim.simulation.gumbel import Stepper

SCENARIO = Path(__file__).parent.parent / "scenarios" / "paper" / "gauss_222.toml"


def run() -> Iterator[str]:
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    scenario = app.load(SCENARIO, app.registry()).scenario
    problem = scenario.problem()
    stepper = Stepper(
        untrained_parts(scenario, "cpu"), problem, torch.Generator().manual_seed(1), 1e-3
    )
    plain = PlainTrainer(1, 0.1, problem.objective.lagrange_multipliers[0])
    seconds = interleaved(
        {
            "plain PyTorch loop": lambda: plain.step(1_000, 1.0),
            "wzsim": lambda: stepper.step(1_000, 1.0),
        },
        calls=20,
        rounds=15,
    )
    yield from ratio_table(seconds, "plain PyTorch loop")
