"""Pairs of numbers from data files, with errors that name file, row and column.

Every format ends in two float64 arrays: 16 bytes a row, and little more on the way.
No format here can run code: NPY files are read without pickles.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, final

import attrs
import numpy as np
from numpy.typing import NDArray
from wzsim.errors import InputError, did_you_mean

from wzsim_data.csv_columns import csv_columns
from wzsim_data.split import chosen_rows

Array = NDArray[np.float64]

FEWEST_ROWS = 10
"""With fewer rows than this a file is more likely a mistake than data."""


@final
@attrs.frozen(eq=False)
class Pairs:
    """The two columns of a file: finite, none of them constant."""

    x: Array
    """The source to encode, shape (rows,)."""

    y: Array
    """The side information, shape (rows,)."""

    def part(self, name: str) -> Pairs:
        """The rows of one of `PARTS`."""
        return self.where(chosen_rows(name, len(self.x)))

    def where(self, rows: NDArray[np.bool_]) -> Pairs:
        """Some rows, in their order."""
        return Pairs(self.x[rows], self.y[rows])


def read_pairs(path: str | os.PathLike[str], x: str, y: str) -> Pairs:
    """The columns `x` and `y` of a data file; its ending tells the format.

    `.csv`, `.tsv`, `.txt`: names in the first line, or 0, 1, ... where that line holds
    numbers. `.npy`: columns 0, 1, ... of a matrix, or the fields of a structured array; of a
    folder, `x` and `y` are files in it. `.parquet` needs pyarrow. `.h5`, `.hdf5`: names of
    one-dimensional datasets. Raises InputError for everything that is not two columns of
    finite numbers that vary.
    """
    file = Path(path)
    kind = "folder" if file.is_dir() else file.suffix.lower()
    if kind not in READERS:
        endings = ", ".join(ending for ending in READERS if ending != "folder")
        raise InputError(f"{file}: its name must end in one of {endings}, or be a folder of .npy")
    if not file.exists():
        raise InputError(f"{file}: there is no such file (from {Path.cwd()})")
    if x == y:
        raise InputError(f"x and y are both column '{x}'; name two columns")
    try:
        columns = READERS[kind](file, (x, y))
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error}") from error
    first, second = (
        checked(file, name, column) for name, column in zip((x, y), columns, strict=True)
    )
    if len(first) != len(second):
        raise InputError(
            f"{file}: column '{x}' has {len(first)} rows, column '{y}' has {len(second)}"
        )
    return Pairs(first, second)


def checked(file: Path, name: str, column: Any) -> Array:
    """The column as float64. Raises InputError that names the first row that is wrong, from 1."""
    where = f"{file}: column '{name}'"
    values = np.asarray(column)
    _require_numbers(where, values.shape, values.dtype)
    numbers: Array = np.asarray(values, dtype=np.float64)
    if len(numbers) < FEWEST_ROWS:
        raise InputError(f"{where} has {len(numbers)} rows; at least {FEWEST_ROWS} are needed")
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        row = int(wrong[0])
        what = "missing (NaN)" if np.isnan(numbers[row]) else f"infinite ({numbers[row]})"
        more = f", and {len(wrong) - 1} more rows are like it" if len(wrong) > 1 else ""
        raise InputError(f"{where}: row {row + 1} is {what}{more}; leave such rows out")
    if np.ptp(numbers) == 0:
        raise InputError(f"{where} is constant ({numbers[0]:g}) and says nothing")
    return numbers


def _require_numbers(where: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Raise InputError for anything but one number a row."""
    if len(shape) != 1:
        raise InputError(f"{where} has shape {shape}; it must be one number a row")
    if dtype.kind not in "fiu":
        raise InputError(f"{where} holds {dtype}, not numbers")


def unknown_column(file: Path, name: str, columns: list[str]) -> InputError:
    """The error for a column that is not there, with those that are."""
    listed = ", ".join(columns[:20]) + (", ..." if len(columns) > 20 else "")
    meant = did_you_mean(name, columns)
    hint = f"{meant} columns: {listed}" if meant.startswith("did") else f"columns: {listed}"
    return InputError(f"{file} has no column '{name}'; {hint}")


def _csv(file: Path, names: tuple[str, str]) -> tuple[Any, Any]:
    return csv_columns(file, names, unknown_column)


def _npy(file: Path, names: tuple[str, str]) -> tuple[Any, Any]:
    table = _array(file)
    if table.dtype.names:
        known = list(table.dtype.names)
        return _two(file, names, known, lambda name: table[name])
    if table.ndim != 2:
        raise InputError(
            f"{file} has shape {table.shape}; it must be (rows, columns), "
            "or name its folder and two files"
        )
    known = [str(index) for index in range(table.shape[1])]
    return _two(file, names, known, lambda name: table[:, int(name)])


def _npy_folder(folder: Path, names: tuple[str, str]) -> tuple[Any, Any]:
    known = sorted(file.name for file in folder.glob("*.npy"))
    return _two(folder, names, known, lambda name: _array(folder / name))


def _array(file: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"{file} is no NPY file of numbers: {error}") from error
    return array


def _hdf5(file: Path, names: tuple[str, str]) -> tuple[Any, Any]:
    import h5py

    with h5py.File(file, "r") as content:
        known: list[str] = []
        content.visititems(
            lambda name, item: known.append(name) if isinstance(item, h5py.Dataset) else None
        )
        plain = (names[0].strip("/"), names[1].strip("/"))

        def read(name: str) -> Any:
            # Before it is read: what is no column may claim any size.
            _require_numbers(f"{file}: column '{name}'", content[name].shape, content[name].dtype)
            return content[name][()]

        return _two(file, plain, known, read)


def _parquet(file: Path, names: tuple[str, str]) -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise InputError(
            f"{file}: Parquet files need pyarrow; pip install 'wzsim-data[parquet]'"
        ) from error
    try:
        known = list(parquet.read_schema(file).names)
        # One column at a time: a million rows of both and of what they come from need not meet.
        return _two(
            file,
            names,
            known,
            lambda name: parquet.read_table(file, columns=[name]).column(name).to_numpy(),
        )
    except pa.ArrowException as error:
        raise InputError(f"{file} is no Parquet file of numbers: {error}") from error


def _two(
    file: Path, names: tuple[str, str], known: list[str], read: Callable[[str], Any]
) -> tuple[Any, Any]:
    for name in names:
        if name not in known:
            raise unknown_column(file, name, known)
    return read(names[0]), read(names[1])


Reader = Callable[[Path, tuple[str, str]], tuple[Any, Any]]

READERS: Final[dict[str, Reader]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _csv,
    ".npy": _npy,
    ".parquet": _parquet,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    "folder": _npy_folder,
}
"""By the ending of the file's name."""
