"""`python -m benchmarks [NAME ...]`: print tables of ratios measured in one run.

Nothing here asserts a time. Each benchmark is a module with `run()` that yields
lines; peers are named and measured side by side.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys

SHORT = (
    "start_up",
    "step_time",
    "evaluation",
    "bounds",
    "lloyd",
    "exact",
    "batch",
    "entropy_coding",
)
"""Minutes each; `make bench` runs these."""

LONG = (
    "ldpc_degrees",
    "slepian_wolf",
    "ldpc_speed",
    "polar",
    "real_data",
    "references",
    "variants",
    "random_cases",
    "recipe",
    "scheduling",
    "kills",
    "many_results",
    "report",
    "fuzz",
)
"""Up to hours, by name only."""

NAMES = (*SHORT, *LONG)


def main() -> None:
    names = sys.argv[1:] or SHORT
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        sys.exit(f"no benchmark {', '.join(unknown)}; there are: {', '.join(NAMES)}")
    print(f"Python {platform.python_version()} on {platform.machine()}, {os.cpu_count()} cores")
    for name in names:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"\n## {name}\n\n{module.__doc__.strip()}\n")
        for line in module.run():
            print(line, flush=True)


main()
