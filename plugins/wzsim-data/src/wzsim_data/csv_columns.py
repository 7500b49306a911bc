"""Two columns of a CSV file, read line by line."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from wzsim.errors import InputError

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none"})
"""What people write for a value that they do not have, in small letters."""


def csv_columns(
    file: Path,
    names: tuple[str, str],
    unknown_column: Callable[[Path, str, list[str]], InputError],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two columns. Fields are divided by commas, semicolons or tabs, as the first line shows.

    Raises InputError with `file:line` for a value that is missing, infinite or no number.
    """
    values = (array("d"), array("d"))
    with file.open(newline="", encoding="utf-8-sig") as text:
        try:
            first = text.readline()
            text.seek(0)
            rows = csv.reader(text, delimiter=max(",;\t", key=first.count))
            header = [field.strip() for field in next(rows, [])]
            if header and all(_is_number(field) for field in header):
                text.seek(0)
                rows = csv.reader(text, delimiter=max(",;\t", key=first.count))
                header = [str(index) for index in range(len(header))]
            for name in names:
                if name not in header:
                    raise unknown_column(file, name, header)
                if header.count(name) > 1:
                    raise InputError(f"{file}: two columns are called '{name}'")
            places = [(name, header.index(name)) for name in names]
            for row in _full(rows):
                for (name, place), column in zip(places, values, strict=True):
                    # Almost every field is a number: what else it is, is asked afterwards.
                    try:
                        number = float(row[place])
                    except (ValueError, IndexError):
                        number = math.nan
                    if not math.isfinite(number):
                        raise _wrong(f"{file}:{rows.line_num}", name, row[place : place + 1])
                    column.append(number)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(f"{file} is no CSV file: {error}") from error
    return np.array(values[0]), np.array(values[1])


def _full(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    return (row for row in rows if row)


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _wrong(line: str, name: str, field: list[Any]) -> InputError:
    word = field[0].strip() if field else ""
    if word.lower() in MISSING:
        return InputError(f"{line}: column '{name}' has no value; leave such rows out")
    if _is_number(word):
        return InputError(f"{line}: column '{name}' is infinite ('{word}'); leave such rows out")
    comma = "; write decimals with a point" if _is_number(word.replace(",", ".")) else ""
    return InputError(f"{line}: column '{name}' holds '{word}', which is no number{comma}")
