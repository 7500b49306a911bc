"""What is known of result files from the last time: an index that may be wrong or gone.

It is never the truth: a file whose size, times or inode are others is read again, and an
index that is damaged, locked or cannot be written costs time and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final, final

import attrs
import numpy as np

from wzsim.simulation.result import BoundCurve, StageFigures
from wzsim.storage.coding import packed_coding, unpacked_coding
from wzsim.storage.record import Record, bound_key, shared

SCHEMA: Final = 2
"""Counts the changes of `Record` and of the tables: an index of another number is made anew."""

FILE: Final = "results.sqlite"

PATIENCE: Final = 1.0
"""Seconds to wait for another process that writes the index."""

TABLES: Final = """
    CREATE TABLE program (version TEXT);
    CREATE TABLE results (
        place BLOB PRIMARY KEY, stamp TEXT, whole INTEGER, bounds TEXT, about TEXT, figures BLOB
    ) WITHOUT ROWID;
    CREATE TABLE bounds (key TEXT PRIMARY KEY, about TEXT, curve BLOB) WITHOUT ROWID;
"""


@final
@attrs.frozen
class Known:
    """A file, and what is known of it."""

    place: str
    """Absolute path."""
    stamp: str
    """What changes when the file does."""
    whole: bool
    """Whether all of the file was checked, and not only what was read."""
    record: Record


def stamp_of(status: os.stat_result) -> str:
    """What changes when a file does: times in nanoseconds, size and inode."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}"


@final
class Index:
    """The index in a folder. Whatever goes wrong with it is the same as an empty one."""

    def __init__(self, folder: Path | None) -> None:
        self._file = None if folder is None else folder / FILE

    def find(self, stamps: Mapping[str, str]) -> dict[str, Known]:
        """What is known of files by their places, where their stamps are still the same."""
        found: dict[str, Known] = {}
        if self._file is None or not self._file.exists():
            return found
        self._try(lambda connection: _find(connection, stamps, found))
        return found

    def keep(self, known: Sequence[Known]) -> None:
        """Note what is known now; files that are gone are forgotten."""
        if self._file is None or not known:
            return
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
        self._try(lambda connection: _keep(connection, known))

    def _try(self, action: Callable[[sqlite3.Connection], None]) -> None:
        """Do something with an index of this program; what goes wrong with it is passed over."""
        assert self._file is not None
        try:
            with contextlib.closing(
                sqlite3.connect(self._file, timeout=PATIENCE, isolation_level=None)
            ) as connection:
                _prepare(connection)
                action(connection)
        except sqlite3.OperationalError:
            return  # locked, or not to be written
        except (sqlite3.Error, OSError, ValueError, TypeError, KeyError, IndexError):
            # No index at all, or one with other things in it: the next one is made anew.
            with contextlib.suppress(OSError):
                self._file.unlink()


def _find(
    connection: sqlite3.Connection, stamps: Mapping[str, str], found: dict[str, Known]
) -> None:
    query = "SELECT stamp, whole, about, figures FROM results WHERE place = ?"
    bounds: dict[str, BoundCurve] = {}
    connection.execute("BEGIN")  # one lock for all
    for place, stamp in stamps.items():
        row = connection.execute(query, (os.fsencode(place),)).fetchone()
        if row is not None and row[0] == stamp:
            record = _record(connection, row[2], row[3], bounds)
            found[place] = Known(place, stamp, bool(row[1]), record)


def _keep(connection: sqlite3.Connection, known: Sequence[Known]) -> None:
    curves = {id(curve): curve for one in known for curve in one.record.bounds.values()}
    keys = {number: bound_key(curve) for number, curve in curves.items()}
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "INSERT OR REPLACE INTO bounds VALUES (?, ?, ?)",
        ((keys[number], *_bound_row(curve)) for number, curve in curves.items()),
    )
    connection.executemany(
        "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?)",
        (_row(one, keys) for one in known),
    )
    _forget(connection, len(known))
    connection.execute("COMMIT")


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the tables, anew where they are those of another program."""
    version = metadata.version("wzsim")
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    query = "SELECT version FROM program"
    if schema == SCHEMA and connection.execute(query).fetchone() == (version,):
        return
    connection.execute("BEGIN IMMEDIATE")
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (name,) in tables:
        connection.execute(f'DROP TABLE "{name}"')
    for statement in filter(str.strip, TABLES.split(";")):
        connection.execute(statement)
    connection.execute("INSERT INTO program VALUES (?)", (version,))
    connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.execute("COMMIT")


def _forget(connection: sqlite3.Connection, written: int) -> None:
    """Drop files that are gone, from time to time: a look at each takes time, too."""
    (count,) = connection.execute("SELECT count(*) FROM results").fetchone()
    if count > 20 * written:
        return
    gone = [
        (place,)
        for (place,) in connection.execute("SELECT place FROM results")
        if not Path(os.fsdecode(place)).exists()
    ]
    connection.executemany("DELETE FROM results WHERE place = ?", gone)
    used = connection.execute("SELECT DISTINCT bounds FROM results").fetchall()
    kept = {key for (keys,) in used for key in keys.split()}
    bounds = connection.execute("SELECT key FROM bounds").fetchall()
    connection.executemany(
        "DELETE FROM bounds WHERE key = ?", [one for one in bounds if one[0] not in kept]
    )


def _row(known: Known, bound_keys: Mapping[int, str]) -> tuple[object, ...]:
    record = known.record
    arrays, errors = record.stages.arrays(), record.stages.errors
    keys = {name: bound_keys[id(curve)] for name, curve in record.bounds.items()}
    about = {
        "figures": list(arrays),
        "errors": list(errors),
        "bounds": keys,
        "own": {name: getattr(record, name) for name in OWN},
    }
    figures = np.array([*arrays.values(), *errors.values()], np.float64).tobytes()
    if record.coding is not None:
        about["coding"], content = packed_coding(record.coding)
        figures += content
    place = os.fsencode(known.place)
    return place, known.stamp, known.whole, " ".join(keys.values()), json.dumps(about), figures


OWN: Final = (
    "name",
    "title",
    "scenario",
    "layers",
    "flags",
    "status",
    "distortion_unit",
    "loss",
    "uses_side_information",
    "content_sha256",
)


def _record(
    connection: sqlite3.Connection, text: str, content: bytes, bounds: dict[str, BoundCurve]
) -> Record:
    about = json.loads(text)
    own = about["own"]
    names, erring, layers = about["figures"], about["errors"], own["layers"]
    rows = len(names) + len(erring)
    table = np.frombuffer(content, np.float64, rows * layers).reshape(rows, layers)
    coding = about.get("coding")
    for key in about["bounds"].values():
        if key not in bounds:
            bounds[key] = _bound(connection, key)
    return Record(
        **{**own, "flags": tuple(own["flags"])},
        stages=StageFigures(
            **dict(zip(names, table, strict=False)),
            errors=dict(zip(erring, table[len(names) :], strict=True)),
        ),
        stage_numbers=tuple(range(1, layers + 1)),
        bounds={name: bounds[key] for name, key in about["bounds"].items()},
        coding=coding and unpacked_coding(coding, content[table.nbytes :], layers),
    )


def _bound_row(curve: BoundCurve) -> tuple[str, bytes]:
    arrays = [curve.rate, curve.distortion, curve.distortion_upper]
    arrays += [] if curve.distortion_db is None else [curve.distortion_db]
    about = [curve.title, curve.certificate, len(arrays)]
    return json.dumps(about), np.array(arrays, np.float64).tobytes()


def _bound(connection: sqlite3.Connection, key: str) -> BoundCurve:
    query = "SELECT about, curve FROM bounds WHERE key = ?"
    about, content = connection.execute(query, (key,)).fetchone()
    title, certificate, count = json.loads(about)
    arrays = np.frombuffer(content, np.float64).reshape(count, -1)
    rate, distortion, upper, *db = arrays
    return shared(
        BoundCurve(
            title=title,
            certificate=certificate,
            rate=rate,
            distortion=distortion,
            distortion_upper=upper,
            distortion_db=db[0] if db else None,
        )
    )
