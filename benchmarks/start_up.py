"""Wall time of commands that need no torch, against `python -c pass`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.timing import interleaved, ratio_table

SCENARIO = str(Path(__file__).parent.parent / "scenarios" / "gauss_222.toml")


def run() -> Iterator[str]:
    def command(*arguments: str) -> Callable[[], object]:
        return lambda: subprocess.run(
            [sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL
        )

    seconds = interleaved(
        {
            "python -c pass": command("-c", "pass"),
            "wzsim --help": command("-m", "wzsim", "--help"),
            "wzsim validate": command("-m", "wzsim", "validate", SCENARIO),
            "wzsim plugins": command("-m", "wzsim", "plugins"),
            "import torch": command("-c", "import torch"),
        },
        calls=1,
        rounds=7,
    )
    yield from ratio_table(seconds, "python -c pass")
