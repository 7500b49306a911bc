"""A scenario that runs in about a second, and the command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wzsim.cli import main

SCENARIO = Path(__file__).parents[2] / "scenarios" / "paper" / "gauss_222.toml"

TINY = (
    "training.epochs=2",
    "training.samples_per_epoch=2_000",
    "training.batch_size=500",
    "evaluation.samples=5_000",
    "code.encoder.hidden_size=8",
    "code.rate_estimator.hidden_size=8",
    "code.decoder.hidden_size=8",
)

Wzsim = Callable[..., Result]


@pytest.fixture
def wzsim() -> Wzsim:
    """Call `wzsim(*arguments)`; an exception other than SystemExit fails the test."""

    def call(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def tiny(*more: str) -> list[str]:
    """`--set` options of a tiny run."""
    return [word for override in (*TINY, *more) for word in ("--set", override)]
