"""Arrays of samples in `.npy` files: read without unpickling, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wzsim.errors import InputError
from wzsim.storage.atomic import written_atomically

Append = Callable[[NDArray[Any]], None]
"""append(values of shape (J, ...)): the next rows."""

KINDS = "fiub"
"""Kinds of numbers that samples may be."""

SCAN = 1 << 20
"""Samples that are looked at together."""


def open_array(path: str | os.PathLike[str]) -> NDArray[Any]:
    """An array on the disk, which is read where it is used. Raises InputError for no array.

    Objects are never unpickled.
    """
    path = Path(path)
    try:
        # A map of nothing is refused by the system.
        array = np.load(path, mmap_mode="r" if path.stat().st_size else None, allow_pickle=False)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # noqa: BLE001 - a header from outside may be anything
        array = _small(path, error)
    if not isinstance(array, np.ndarray):
        raise InputError(f"{path} holds several arrays; save one with numpy.save")
    return array


def _small(path: Path, error: Exception) -> NDArray[Any]:
    """An array without samples, which numpy does not map; else what is wrong with the file."""
    try:
        array = np.load(path, allow_pickle=False)
        if isinstance(array, np.ndarray) and not array.size:
            return array
    except Exception:  # noqa: BLE001 - the first error says it
        pass
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "pickle" in said.lower() or "object" in said.lower():
        said = "it is no .npy file, or one of Python objects, which are never loaded"
    if "mmap length" in said:
        said = "the file ends before its samples do"
    raise InputError(
        f"cannot read {path}: {said}; numpy.save(FILE, array) writes what is read here"
    ) from error


def require_samples(array: NDArray[Any], name: str, type_: str, symbols: int | None = None) -> None:
    """Raise InputError for what no code takes as samples.

    type_: of the samples that the code was designed on; of integers it takes whole numbers alone.
    symbols: size of their alphabet, where they have one.
    """
    if array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
        raise InputError(
            f"{name} is an array of {array.dtype}; samples are real numbers, such as float32 "
            "(convert with array.astype('float32'))"
        )
    if array.dtype.kind in "iub" and symbols is None:
        return
    whole = np.dtype(type_).kind in "iub"
    what = "a whole number, and the code is one of symbols" if whole else f"a finite {type_}"
    if symbols is not None:
        what = f"one of the code's symbols 0 to {symbols - 1}"
    for start in range(0, array.size, SCAN):
        part = flat_part(array, start, start + SCAN)
        with np.errstate(over="ignore", invalid="ignore"):
            good = np.isfinite(part if whole else part.astype(type_))
            if whole:
                good &= part == np.round(part)
            if symbols is not None:
                good &= (part >= 0) & (part < symbols)
        if not good.all():
            place = int(np.argmin(good))
            raise InputError(f"{name} has {part[place]} at sample {start + place}: not {what}")


def digest_of(array: NDArray[Any]) -> str:
    """Of all samples and their type, in hexadecimal: arrays that differ have others."""
    digest = hashlib.blake2b(array.dtype.str.encode(), digest_size=16)
    for start in range(0, array.size, SCAN):
        digest.update(np.ascontiguousarray(flat_part(array, start, start + SCAN)).tobytes())
    return digest.hexdigest()


def flat_part(array: NDArray[Any], start: int, stop: int) -> NDArray[Any]:
    """Samples in the order of C, whatever the order on the disk: shape (stop - start,).

    Of a file they are read and not mapped, so that they leave the memory again.
    """
    if isinstance(array, np.memmap) and array.flags.c_contiguous and array.filename:
        start, stop = min(start, array.size), min(stop, array.size)
        place = array.offset + start * array.itemsize
        return np.fromfile(array.filename, array.dtype, stop - start, offset=place)
    if array.flags.c_contiguous:
        return array.reshape(-1)[start:stop]
    part: NDArray[Any] = np.asarray(array.flat[start:stop])
    return part


@contextmanager
def written_array(
    path: str | os.PathLike[str], dtype: np.dtype[Any], shape: tuple[int, ...]
) -> Iterator[Append]:
    """A `.npy` file that is written in parts, in the order of C, and is there at the end."""
    with written_atomically(path) as file:
        header = {
            "descr": np.lib.format.dtype_to_descr(dtype),
            "fortran_order": False,
            "shape": shape,
        }
        np.lib.format.write_array_header_1_0(file, header)

        def append(values: NDArray[Any]) -> None:
            file.write(np.ascontiguousarray(values, dtype=dtype).tobytes())

        yield append
