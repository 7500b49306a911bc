"""A comparison as a pandas data frame, and as a Parquet file."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wzsim.errors import InputError
from wzsim.reporting.compare import Comparison
from wzsim.reporting.compare_columns import MISSING, columns_of
from wzsim.reporting.compare_groups import Group
from wzsim.reporting.compare_labels import text

if TYPE_CHECKING:
    import pandas as pd

LARGEST: Final = 2**63
"""Integers from here on have no type in a data frame, and stand there as text."""


def require_frame_packages() -> None:
    """Raise InputError where pandas or pyarrow is not installed."""
    missing = [name for name in ("pandas", "pyarrow") if find_spec(name) is None]
    if missing:
        raise InputError(
            f"data frames and Parquet files need {' and '.join(missing)}: "
            "pip install 'wzsim[frame]'"
        )


def data_frame(comparison: Comparison, replicates: Sequence[Group] = ()) -> pd.DataFrame:
    """The rows and columns of the CSV file.

    Numbers are float64, integers that no row lacks int64, truth values that no row
    lacks bool, all else is text. What a result does not have is NaN. Raises InputError
    where pandas is not installed.
    """
    require_frame_packages()
    import pandas as pd

    columns = columns_of(comparison, replicates)
    return pd.DataFrame({name: _column(values) for name, values in columns.items()})


def parquet(comparison: Comparison, replicates: Sequence[Group] = ()) -> bytes:
    """The data frame as the bytes of a Parquet file. Raises InputError without pyarrow."""
    require_frame_packages()
    from pyarrow import Table
    from pyarrow.parquet import write_table

    stream = io.BytesIO()
    frame = data_frame(comparison, replicates)
    write_table(Table.from_pandas(frame, preserve_index=False), stream)
    return stream.getvalue()


def _column(values: Sequence[Any]) -> Any:
    """Values of one type: numbers, truth values or texts."""
    present = [value for value in values if value is not MISSING]
    kinds = {type(value) for value in present}
    whole = len(present) == len(values)
    if kinds == {bool} and whole:
        return np.array(values, dtype=np.bool_)
    if kinds <= {int, float} and all(
        -LARGEST <= value < LARGEST for value in present if isinstance(value, int)
    ):
        if kinds == {int} and whole:
            return np.array(values, dtype=np.int64)
        return np.array([math.nan if one is MISSING else one for one in values], np.float64)
    return np.array([math.nan if one is MISSING else text(one) for one in values], dtype=object)
