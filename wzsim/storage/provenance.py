"""What ran: versions, source, machine. Gathered once a run, outside the simulation."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import wzsim

LIBRARIES = ("torch", "numpy", "scipy", "h5py", "attrs", "cattrs", "pluggy")


def provenance(
    *,
    device: str,
    threads: int,
    seed: int,
    plugins: Iterable[Mapping[str, str]],
    inputs: Mapping[str, str],
) -> dict[str, Any]:
    """Plain JSON data for `Result.provenance`.

    plugins: name, distribution and version of each loaded plugin. inputs: as in
    `Identity`. `host` is the one entry that the content hash leaves out: it says where, not what.
    """
    gathered: dict[str, Any] = {
        "versions": {
            "wzsim": wzsim.__version__,
            "python": platform.python_version(),
            **_versions(),
        },
        "device": device,
        "threads": threads,
        "seed": seed,
        "plugins": [dict(plugin) for plugin in plugins],
        "inputs": dict(inputs),
        "host": {
            "name": platform.node(),
            "platform": platform.platform(),
            "processor": platform.processor() or platform.machine(),
        },
    }
    source = _git_state(Path(wzsim.__file__).parent)
    if source is not None:
        gathered["git"] = source
    return gathered


@cache
def _versions() -> dict[str, str]:
    """Of the libraries that are imported; a later update does not reach this process."""
    return {name: metadata.version(name) for name in LIBRARIES}


@cache
def _git_state(package: Path) -> dict[str, Any] | None:
    """Commit of the checkout that wzsim runs from, as it is at the first run of this process;
    None for an installed copy.
    """

    def git(*arguments: str) -> str | None:
        command = ["git", "-C", str(package), *arguments]
        try:
            answer = subprocess.run(  # noqa: S603 - a fixed command
                command, check=False, capture_output=True, text=True, timeout=10
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    # Site-packages may lie inside somebody else's checkout: only a tracked wzsim counts.
    if git("ls-files", "--error-unmatch", "__init__.py") is None:
        return None
    commit = git("rev-parse", "HEAD")
    if commit is None:
        return None
    return {"commit": commit, "dirty": bool(git("status", "--porcelain", "--", "."))}
