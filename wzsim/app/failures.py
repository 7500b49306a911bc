"""What went wrong with the scenario of a run, kept beside its result so that it is not tried again.

What went wrong with the machine leaves nothing: another try may end otherwise.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from wzsim.errors import OutputError

if TYPE_CHECKING:
    from wzsim.storage import Identity

SUFFIX = ".failed.json"


def failure_path(output: Path) -> Path:
    """Where the failure of a run is kept."""
    return output.with_suffix(SUFFIX)


def of_machine(error: BaseException) -> bool:
    """Whether the machine is to blame: no memory, no disk, no file."""
    cause: BaseException | None = error
    while cause is not None:
        # That of torch, by its name, so that torch need not be imported.
        out_of_memory = type(cause).__name__ == "OutOfMemoryError"
        if isinstance(cause, OutputError | OSError | MemoryError) or out_of_memory:
            return True
        cause = cause.__cause__
    return False


def keep_failure(output: Path, identity: Identity, error: str) -> None:
    """Say that the run of this identity fails, and with what."""
    from wzsim.storage import write_atomically

    record = {"error": error, "identity": attrs.asdict(identity)}
    with contextlib.suppress(OutputError):  # then it is tried again
        write_atomically(failure_path(output), json.dumps(record, indent=2).encode())


def known_failure(output: Path, identity: Identity) -> str | None:
    """The error with which a run of this very identity ended before; None for any other."""
    try:
        record = json.loads(failure_path(output).read_text("utf-8"))
        same = record["identity"] == attrs.asdict(identity)
        return str(record["error"]) if same else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget_failure(output: Path) -> None:
    """A run begins anew, or ended well."""
    failure_path(output).unlink(missing_ok=True)
