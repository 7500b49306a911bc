"""What decides the numbers of a result, and how to tell it from a file without reading it whole."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any, final

import attrs
import numpy as np
from numpy.typing import NDArray

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
    inputs: Mapping[str, str] | None
    """Version or hash of the programs and data files that decide the numbers too, by name."""

    status: str = "complete"

    def differences(self, other: Identity) -> list[str]:
        """What tells the two apart, in words; empty for equal ones."""
        named = {
            "scenario": (self.scenario_sha256, other.scenario_sha256),
            "device": (self.device, other.device),
            "thread count": (self.threads, other.threads),
        }
        found = [f"another {name}" for name, (one, two) in named.items() if one != two]
        ours, theirs = self.inputs or {}, other.inputs or {}
        found += [
            f"another version of {name}"
            for name in sorted(ours.keys() | theirs.keys())
            if ours.get(name) != theirs.get(name)
        ]
        if self.status != other.status:
            found.append(f"a run that is {self.status}")
        return found


def identity_of(
    scenario: Mapping[str, Any], device: str, threads: int, inputs: Mapping[str, str]
) -> Identity:
    """The identity of the complete result that a resolved scenario will have."""
    return Identity(scenario_sha256(scenario), device, threads, inputs)


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
            inputs=provenance.get("inputs"),
            status=get_attribute(run, "status"),
        )


def scenario_json(scenario: Mapping[str, Any]) -> str:
    """A resolved scenario as canonical JSON: sorted keys, so that equal data is equal text."""
    return plain_json(scenario, indent=2, sort_keys=True)


def scenario_sha256(scenario: Mapping[str, Any]) -> str:
    """What identifies a resolved scenario: SHA-256 of its canonical JSON, in hexadecimal."""
    return hashlib.sha256(scenario_json(scenario).encode()).hexdigest()


def code_sha256(
    scenario: Mapping[str, Any], model: Mapping[str, Mapping[str, NDArray[np.generic]]]
) -> str:
    """What identifies a code: SHA-256 of what it is restored from, in hexadecimal.

    That is a line of canonical JSON with the tables `code` and `correlation` of the
    resolved scenario, then for each array of the model, sorted by its path, a line
    of JSON [path, type, shape] and its values, little-endian. `docs/bitstream.md` defines it too.
    """
    tables = {key: scenario[key] for key in ("code", "correlation")}
    digest = hashlib.sha256(plain_json(tables, sort_keys=True).encode() + b"\n")
    arrays = {f"{part}/{name}": array for part in model for name, array in model[part].items()}
    for path, array in sorted(arrays.items()):
        little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
        line = [path, f"{array.dtype.kind}{array.dtype.itemsize}", list(array.shape)]
        digest.update(json.dumps(line).encode() + b"\n")
        digest.update(little_endian.tobytes(order="C"))
    return digest.hexdigest()
