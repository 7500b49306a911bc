"""What decides the numbers of a result, and how to tell it from a file without reading it whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any, final

import attrs

from wzsim.storage.getting import get_attribute, subgroup
from wzsim.storage.mappings import get_mapping
from wzsim.storage.opening import open_file
from wzsim.storage.putting import plain_json


@final
@attrs.frozen
class Identity:
    """Two complete results of equal identity have the same numbers."""

    scenario_sha256: str
    device: str | None
    """As `provenance` has it; None where it says nothing."""
    threads: int | None
    status: str = "complete"


def identity_of(scenario: Mapping[str, Any], device: str, threads: int) -> Identity:
    """The identity of the complete result that a resolved scenario will have."""
    return Identity(scenario_sha256(scenario), device, threads)


def read_identity(path: str | os.PathLike[str]) -> Identity:
    """The identity of a result file; its arrays are neither read nor checked.

    Raises ResultFileError for a file that is no result.
    """
    with open_file(path) as file:
        run = subgroup(file, "run")
        provenance = get_mapping(subgroup(run, "provenance"))
        return Identity(
            scenario_sha256=get_attribute(subgroup(run, "scenario"), "sha256"),
            device=provenance.get("device"),
            threads=provenance.get("threads"),
            status=get_attribute(run, "status"),
        )


def scenario_json(scenario: Mapping[str, Any]) -> str:
    """A resolved scenario as canonical JSON: sorted keys, so that equal data is equal text."""
    return plain_json(scenario, indent=2, sort_keys=True)


def scenario_sha256(scenario: Mapping[str, Any]) -> str:
    """What identifies a resolved scenario: SHA-256 of its canonical JSON, in hexadecimal."""
    return hashlib.sha256(scenario_json(scenario).encode()).hexdigest()
