"""A comparison as a data frame, as CSV and as Parquet: the same rows and columns."""

from __future__ import annotations

import csv
import io
import math
import sys
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest

import wzsim
from wzsim import app
from wzsim.errors import InputError
from wzsim.reporting.compare import Comparison, compare_results
from wzsim.reporting.compare_columns import comparison_csv
from wzsim.reporting.frame import data_frame, parquet
from wzsim.storage import Record, write_result
from wzsim.testing.example import example_result


def record(name: str, seed: int, **keys: object) -> Record:
    made = Record.of(example_result(name, alphabet_sizes=(4, 4)), file=f"{name}.h5")
    return attrs.evolve(made, scenario={**made.scenario, "seed": seed, "training": keys})


COMPARISON: Comparison = compare_results(
    [
        record("a", 1, epochs=3, rate=0.5, fast=True, kind="x", large=2**70, odd=[1, 2], mixed=1),
        record("b", 2, epochs=4, rate=1, fast=False, kind="y", large=1, odd=[], mixed="one"),
        attrs.evolve(record("c", 3, epochs=5, fast=True, kind="x"), flags=("collapsed", "b")),
    ]
)


def test_columns_have_their_types() -> None:
    frame = data_frame(COMPARISON)
    assert len(frame) == 6
    kinds = {name: frame[name].dtype for name in frame}
    assert kinds["stage"] == kinds["seed"] == kinds["training.epochs"] == np.int64
    assert kinds["training.fast"] == np.bool_
    assert kinds["gap_db"] == kinds["gap_db_errors"] == kinds["training.rate"] == np.float64
    assert kinds["loss"] == np.float64
    assert frame["loss"].isna().all()  # no price
    assert math.isnan(frame["training.rate"].iloc[-1])
    assert frame["training.kind"].tolist() == ["x", "x", "y", "y", "x", "x"]
    assert frame["training.odd"].tolist()[:4] == ["[1,2]", "[1,2]", "[]", "[]"]
    assert frame["training.large"].tolist()[:3] == [str(2**70), str(2**70), "1"]
    assert frame["training.mixed"].tolist()[:3] == ["1", "1", "one"]
    assert frame["training.mixed"].isna().tolist() == [False] * 4 + [True] * 2
    assert frame["flags"].tolist() == [""] * 4 + ["collapsed b"] * 2


def test_frame_parquet_and_csv_are_the_same() -> None:
    frame = data_frame(COMPARISON)
    pd.testing.assert_frame_equal(pd.read_parquet(io.BytesIO(parquet(COMPARISON))), frame)
    rows = list(csv.DictReader(io.StringIO(comparison_csv(COMPARISON))))
    assert list(rows[0]) == list(frame)
    for name in frame:
        for row, value in zip(rows, frame[name], strict=True):
            if pd.isna(value):
                assert row[name] == ""
            elif isinstance(value, str | bool):
                assert row[name] == (value if isinstance(value, str) else str(value).lower())
            else:
                assert float(row[name]) == value


def test_python_api_and_command_give_the_same_rows(tmp_path: Path) -> None:
    for name, variance in (("a", 0.1), ("b", 0.01)):
        write_result(example_result(name, noise_variance=variance), tmp_path / f"{name}.h5")
    frame = wzsim.frame(tmp_path / "*.h5", where="stage > 1")
    assert frame["stage"].tolist() == [2, 3, 2, 3]
    assert frame["correlation.channel.noise_variance"].tolist() == [0.1, 0.1, 0.01, 0.01]
    comparison = app.compare([tmp_path], mixed=True, where="stage > 1")
    app.save_comparison(comparison, parquet=tmp_path / "out.parquet", each=True)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "out.parquet"), frame)
    with pytest.raises(InputError, match="different pairs"):
        wzsim.frame([tmp_path], mixed=False)


def test_without_the_packages_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr("wzsim.reporting.frame.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"need pandas and pyarrow: pip install 'wzsim\[frame\]'"):
        wzsim.frame([example_result()])
    with pytest.raises(InputError, match=r"pip install 'wzsim\[frame\]'"):
        app.save_comparison(COMPARISON, csv=tmp_path / "a.csv", parquet=tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())
