"""The checkpoint of a run: a file beside its result, replaced as a whole as training goes on.

It is read with the distrust of a result file: no pickle, nothing compressed or
elsewhere, a checksum over all of it, and names, types and shapes are compared
with those of the networks at hand before anything is taken from it.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any, final

import attrs
import h5py
import numpy as np

from wzsim.contracts import State
from wzsim.errors import OutputError, printable
from wzsim.simulation.checkpoint import Checkpoints, UnfitError
from wzsim.storage.atomic import write_atomically
from wzsim.storage.content import checksum_of
from wzsim.storage.getting import MalformedError, children, get_array, get_attribute, subgroup
from wzsim.storage.identity import Identity
from wzsim.storage.layout import CHECKSUM_ATTRIBUTE, key_of, link_name
from wzsim.storage.mappings import get_mapping, put_mapping
from wzsim.storage.putting import put_array, put_attribute
from wzsim.storage.writer import file_in_memory

SUFFIX = ".checkpoint"

VERSION_ATTRIBUTE, VERSION = "wzsim_checkpoint_version", 1

INTERVAL = 30.0
"""Seconds of training that a kill may cost. A training that takes less writes nothing."""

LIBRARIES = ("torch", "numpy", "scipy")
"""What computes: half a training by one version and half by another has no identity."""


def checkpoint_path(output: Path) -> Path:
    """Where the checkpoint of a run is kept."""
    return output.with_suffix(SUFFIX)


@final
class CheckpointFile(Checkpoints):
    """Checkpoints of the run of one identity, in one file.

    every: seconds from one writing to the next, and the time that a training
    must have taken for its end to be written; by default INTERVAL. Where a disk
    is full the run goes on without.
    """

    def __init__(
        self, path: str | os.PathLike[str], identity: Identity, every: float | None = None
    ) -> None:
        self.path, self._of_result = Path(path), identity
        self._every = INTERVAL if every is None else every
        self._started = self._written = time.monotonic()

    @cached_property
    def _identity(self) -> Identity:
        versions = {name: metadata.version(name) for name in LIBRARIES}
        inputs = {**(self._of_result.inputs or {}), **versions}
        return attrs.evolve(self._of_result, inputs=inputs)

    def found(self) -> State | None:
        try:
            if not self.path.exists():
                return None
            identity, state = _read(self.path)
            others = identity.differences(self._identity)
        except Exception as error:  # what HDF5 says of damage can be of any kind
            said = printable(" ".join(str(error).split())) or type(error).__name__
            raise UnfitError(f"it is damaged or something else ({said})") from error
        if others:
            raise UnfitError(f"it is of {printable(' and '.join(others))}")
        return state

    def offer(self, state: Callable[[], State], *, last: bool = False) -> None:
        since = self._started if last else self._written
        if time.monotonic() - since >= self._every:
            with contextlib.suppress(OutputError):
                write_atomically(self.path, _image(self._identity, state()))
            self._written = time.monotonic()

    def forget(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink()


def _image(identity: Identity, state: State) -> bytes:
    with file_in_memory() as file:
        put_attribute(file, VERSION_ATTRIBUTE, VERSION)
        put_mapping(file, "identity", attrs.asdict(identity))
        group = file.create_group("state")
        for name, array in state.items():
            put_array(group, link_name(name), np.asarray(array))
        file.flush()
        put_attribute(file, CHECKSUM_ATTRIBUTE, checksum_of(file))
        file.flush()
        image: bytes = file.id.get_file_image()
        return image


def _read(path: Path) -> tuple[Identity, State]:
    if not path.is_file():
        raise MalformedError("no file on a disk")
    with h5py.File(path, "r", locking=False) as file:
        if VERSION_ATTRIBUTE not in file.attrs:
            raise MalformedError("no checkpoint of wzsim")
        if get_attribute(file, VERSION_ATTRIBUTE) != VERSION:
            raise MalformedError("of another version of wzsim")
        if get_attribute(file, CHECKSUM_ATTRIBUTE) != checksum_of(file):
            raise MalformedError("its checksum is wrong")
        arrays = {
            key_of(name): get_array(subgroup(file, "state"), name, array.dtype)
            for name, array in children(subgroup(file, "state"))
        }
        return _identity(get_mapping(subgroup(file, "identity"))), arrays


def _identity(found: Mapping[str, Any]) -> Identity:
    identity = Identity(**found)
    if not isinstance(identity.inputs, dict):
        raise MalformedError("its inputs are none")
    return identity
