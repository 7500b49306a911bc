"""Opening a result file, with every way it can be wrong said in words."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

from wzsim.errors import ResultFileError
from wzsim.storage.getting import MalformedError, get_attribute
from wzsim.storage.layout import COMPARISON_ATTRIBUTE, SCHEMA_VERSION, VERSION_ATTRIBUTE

RECOVER = "copy it again from where it was made, or run its scenario again"


@contextmanager
def open_file(path: str | os.PathLike[str]) -> Iterator[Any]:
    """An HDF5 file of a schema that this version reads.

    Raises ResultFileError, with the path, what was found and what to do, for
    anything that goes wrong while it is open: what the HDF5 library says of a
    damaged file can be an exception of any kind.
    """
    path = Path(path)
    _require_hdf5(path)
    try:
        # A finished file never changes, so that a lock would only be in the way (NFS).
        with h5py.File(path, "r", locking=False) as file:
            _require_schema(path, file)
            yield file
    except ResultFileError:
        raise
    except MalformedError as error:
        raise ResultFileError(f"{path} is no proper wzsim result: {error}; {RECOVER}") from error
    except Exception as error:
        what = "truncated" if "truncated" in str(error) else "damaged"
        raise ResultFileError(f"{path} is {what} ({_one_line(error)}); {RECOVER}") from error


def _require_hdf5(path: Path) -> None:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise ResultFileError(f"{path} is a directory; name a result file, {_results_in(path)}")
        if not stat.S_ISREG(status.st_mode):
            raise ResultFileError(f"{path} is no file on a disk; name a result file (.h5)")
        with path.open("rb") as file:
            start = file.read(8)
    except FileNotFoundError as error:
        raise ResultFileError(f"{path}: no such file; {_results_in(path.parent)}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise ResultFileError(f"{path} cannot be read: {reason}") from error
    if not start:
        raise ResultFileError(f"{path} is empty; {RECOVER}")
    if not h5py.is_hdf5(path):
        raise ResultFileError(
            f"{path} is no HDF5 file (it begins with {start!r}); name a file that 'wzsim run' wrote"
        )


def _require_schema(path: Path, file: Any) -> None:
    if COMPARISON_ATTRIBUTE in file.attrs:
        raise ResultFileError(
            f"{path} is a comparison of results, no result; name the results that it was made of"
        )
    if VERSION_ATTRIBUTE not in file.attrs:
        raise ResultFileError(
            f"{path} is an HDF5 file but no wzsim result (its root has no attribute "
            f"'{VERSION_ATTRIBUTE}'); name a file that 'wzsim run' wrote"
        )
    version = get_attribute(file, VERSION_ATTRIBUTE)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ResultFileError(
            f"{path} has schema {version}, and this wzsim reads schema {SCHEMA_VERSION}; "
            "read it with the wzsim that wrote it, or a newer one"
        )
    if version != SCHEMA_VERSION:
        raise MalformedError(f"schema {version!r} never existed")


def _results_in(directory: Path) -> str:
    """A hint at the results that are there."""
    try:
        names = sorted(path.name for path in directory.glob("*.h5"))
    except OSError:
        names = []
    if not names:
        return f"there is no result in {directory}"
    more = ", ..." if len(names) > 3 else ""
    return f"there are {', '.join(names[:3])}{more} in {directory}"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
