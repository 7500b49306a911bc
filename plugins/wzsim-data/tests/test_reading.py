"""Files that are read, and what is said of those that are not."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from wzsim.errors import InputError

from wzsim_data.reading import read_pairs

X = np.arange(20.0)
Y = np.sin(X)


def refused(path: Path, message: str, x: str = "a", y: str = "b") -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        read_pairs(path, x, y)


def write_csv(folder: Path, line: int = 0, text: str = "", separator: str = ",") -> Path:
    """A file of 20 rows whose line `line` (2 is the first row) reads `text`."""
    lines = [f"a{separator}b"]
    lines += [f"{x}{separator}{y}" for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    if line:
        lines[line - 1] = text
    path = folder / "rows.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv(separator: str, tmp_path: Path) -> None:
    pairs = read_pairs(write_csv(tmp_path, separator=separator), "a", "b")
    np.testing.assert_array_equal(pairs.x, X)
    np.testing.assert_array_equal(pairs.y, Y)


def test_csv_without_a_header_has_numbers_as_names(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    np.savetxt(path, np.stack([X, Y], 1), delimiter=",")
    np.testing.assert_allclose(read_pairs(path, "1", "0").x, Y)
    assert len(read_pairs(path, "0", "1").x) == 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,", ":5: column 'b' has no value; leave such rows out"),
        ("1", ":5: column 'b' has no value"),
        ("nan,2", ":5: column 'a' has no value"),
        ("1,abc", ":5: column 'b' holds 'abc', which is no number"),
        ('1,"2,5"', ":5: column 'b' holds '2,5', which is no number; write decimals with a point"),
        ("-inf,2", ":5: column 'a' is infinite ('-inf')"),
    ],
)
def test_a_wrong_field_of_a_csv_is_named(text: str, message: str, tmp_path: Path) -> None:
    refused(write_csv(tmp_path, 5, text), f"rows.csv{message}")


def test_an_unknown_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("left,right\n1,2\n")
    refused(path, "has no column 'rigth'; did you mean 'right'? columns: left, right", "rigth")
    refused(path, "has no column 'zzz'; columns: left, right", "zzz")


def test_what_is_no_data(tmp_path: Path) -> None:
    refused(tmp_path / "rows.csv", "there is no such file")
    refused(tmp_path / "rows.mat", "must end in one of .csv, .tsv, .txt, .npy")
    refused(write_csv(tmp_path), "x and y are both column 'a'", "a", "a")
    short = tmp_path / "short.csv"
    short.write_text("a,b\n1,2\n3,4\n")
    refused(short, "column 'a' has 2 rows; at least 10 are needed")
    short.write_text("a,b\n")
    refused(short, "has 0 rows")
    flat = tmp_path / "flat.csv"
    flat.write_text("a,b\n" + "1,2\n" * 20)
    refused(flat, "column 'a' is constant (1)")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"a,b\n\xff\xfe\x00\n")
    refused(binary, "is no CSV file")


def test_npy(tmp_path: Path) -> None:
    matrix = tmp_path / "rows.npy"
    np.save(matrix, np.stack([X, Y], 1))
    np.testing.assert_array_equal(read_pairs(matrix, "1", "0").x, Y)
    refused(matrix, "has no column 'a'; columns: 0, 1")
    fields = tmp_path / "fields.npy"
    np.save(fields, np.rec.fromarrays([X.astype(int), Y], names="a,b"))
    np.testing.assert_array_equal(read_pairs(fields, "a", "b").x, X)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y[:15])
    refused(tmp_path, "column 'x.npy' has 20 rows, column 'y.npy' has 15", "x.npy", "y.npy")
    refused(tmp_path, "has no column 'z.npy'; did you mean", "z.npy", "y.npy")
    refused(tmp_path / "x.npy", "has shape (20,); it must be (rows, columns)")
    wrong = Y.copy()
    wrong[[6, 9]] = np.nan, np.inf
    np.save(matrix, np.stack([X, wrong], 1))
    refused(matrix, "column '1': row 7 is missing (NaN), and 1 more rows are like it", "0", "1")


def test_a_folder_of_npy_files(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "y.npy", Y)
    np.testing.assert_array_equal(read_pairs(tmp_path, "x.npy", "y.npy").y, Y)


class Trap:
    """What pickle would call on loading."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.made,)


@pytest.mark.parametrize("whole", [True, False])
def test_a_pickle_is_never_loaded(whole: bool, tmp_path: Path) -> None:
    path, made = tmp_path / "rows.npy", tmp_path / "made"
    if whole:
        path.write_bytes(pickle.dumps(Trap(made)))
    else:
        np.save(path, np.array([[Trap(made), 1]] * 20, dtype=object), allow_pickle=True)
    refused(path, "is no NPY file of numbers", "0", "1")
    assert not made.exists()


def test_what_other_programs_would_run_is_text(tmp_path: Path) -> None:
    made = tmp_path / "made"
    for text in (f"__import__('pathlib').Path('{made}').touch()", "=1+1", "@SUM(A1:A2)", "0x10"):
        refused(write_csv(tmp_path, 5, f'1,"{text}"'), f"column 'b' holds '{text}', which is no")
    assert not made.exists()


def test_hdf5_objects_are_refused_unread(tmp_path: Path) -> None:
    path, made = tmp_path / "rows.h5", tmp_path / "made"
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["a"] = X
    with h5py.File(path, "w") as file:
        file["b"] = Y
        file["pickles"] = np.array([np.void(pickle.dumps(Trap(made)))] * 20)
        file["references"] = np.array([file["b"].ref] * 20, dtype=h5py.ref_dtype)
        file["linked"] = h5py.ExternalLink("other.h5", "a")
        # Nothing is stored of it, and it would take 8 TB.
        file.create_dataset("bomb", shape=(1 << 20, 1 << 20), dtype=float, chunks=True)
    refused(path, "column 'pickles' holds |V", "pickles")
    refused(path, "column 'references' holds object, not numbers", "references")
    refused(path, "column 'bomb' has shape (1048576, 1048576)", "bomb")
    refused(path, "has no column 'linked'", "linked")
    assert not made.exists()


def test_a_parquet_extension_type_is_never_unpickled(tmp_path: Path) -> None:
    """What CVE-2023-47248 of pyarrow before 14.0.1 did."""
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path, made = tmp_path / "rows.parquet", tmp_path / "made"
    trap = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickle.dumps(Trap(made)),
    }
    fields = [pa.field("a", pa.float64(), metadata=trap), pa.field("b", pa.float64())]
    parquet.write_table(pa.table([X, Y], schema=pa.schema(fields)), path)
    try:
        np.testing.assert_array_equal(read_pairs(path, "a", "b").x, X)
    finally:
        assert not made.exists()


def test_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "rows.h5"
    with h5py.File(path, "w") as file:
        file["group/a"] = X
        file["b"] = Y
        file["text"] = [b"one"] * 20
        file["image"] = np.zeros((3, 3))
    np.testing.assert_array_equal(read_pairs(path, "/group/a", "b").x, X)
    refused(path, "has no column 'a'; columns: b, group/a, image, text")
    refused(path, "column 'text' holds object, not numbers", "text")
    refused(path, "column 'image' has shape (3, 3)", "image")
    path.write_text("no HDF5")
    refused(path, "rows.h5 cannot be read")


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "rows.parquet"
    gaps = [*Y[:-1].tolist(), None]
    parquet.write_table(pa.table({"a": X, "b": Y, "gap": gaps, "text": ["t"] * 20}), path)
    np.testing.assert_array_equal(read_pairs(path, "a", "b").y, Y)
    refused(path, "column 'gap': row 20 is missing (NaN)", "gap")
    refused(path, "column 'text' holds object, not numbers", "text")
    refused(path, "has no column 'c'; columns: a, b, gap, text", "c")
    path.write_text("no Parquet")
    refused(path, "is no Parquet file of numbers")


def test_parquet_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    path = tmp_path / "rows.parquet"
    path.write_bytes(b"")
    refused(path, "Parquet files need pyarrow; pip install 'wzsim-data[parquet]'")


def test_a_million_rows_stay_flat(tmp_path: Path) -> None:
    """Two float64 columns of a million rows are 16 MB; Python objects would be ten times that."""
    import tracemalloc

    path = tmp_path / "rows.csv"
    with path.open("w") as file:
        file.write("a,b\n")
        file.writelines(f"{row},{row % 7}\n" for row in range(200_000))
    tracemalloc.start()
    pairs = read_pairs(path, "a", "b")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(pairs.x) == 200_000
    assert peak < 5 * 16 * 200_000
