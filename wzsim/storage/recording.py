"""The record of a result file: what a comparison needs, and nothing else of it is read."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from wzsim.errors import printable, printable_data
from wzsim.simulation.result import BoundCurve, StageFigures
from wzsim.storage import members
from wzsim.storage.coding import quick_coding
from wzsim.storage.getting import MalformedError
from wzsim.storage.layout import (
    ERROR_SUFFIX,
    HASH_ATTRIBUTE,
    SCHEMA_VERSION,
    STAGE_LABELS,
    VERSION_ATTRIBUTE,
    key_of,
)
from wzsim.storage.reader import read_result_and_hash
from wzsim.storage.record import Record, readable_bound, shared


def read_record(path: str | os.PathLike[str], *, whole: bool) -> Record:
    """The record of a result file.

    whole: check all of the file, down to the last byte that counts. Else only what
    is read is checked, in a twentieth of the time: names, shapes and
    attributes by the checksums that HDF5 has on its metadata, arrays by fletcher32,
    the scenario by its hash. The texts of name and title and the loss have none.
    Raises ResultFileError as `read_result`.
    """
    if not whole:
        # Who reads fast has no words for what is wrong: it is read again, slowly.
        with suppress(Exception):
            return quick_record(path)
    result, content_sha256 = read_result_and_hash(path)
    return Record.of(result, file=os.fspath(path), content_sha256=content_sha256)


def quick_record(path: str | os.PathLike[str]) -> Record:
    """The record of a file that is as wzsim writes it; any exception for another."""
    with members.open_root(path) as root:
        if members.attribute(root, VERSION_ATTRIBUTE.encode()) != SCHEMA_VERSION:
            raise MalformedError("another schema")
        run = members.group(root, b"run")
        rd = members.group(run, b"rd")
        stages = _stages(rd)
        evaluation = members.group(run, b"evaluation")
        loss = members.scalar(evaluation, b"loss")
        uses = members.scalar(evaluation, b"uses_side_information")
        status = members.attribute(run, b"status")
        if status not in ("complete", "failed"):
            raise MalformedError("another status")
        return Record(
            name=printable(members.text(run, b"name")),
            title=printable(members.text(run, b"title")),
            scenario=_scenario(members.group(run, b"scenario")),
            stages=stages,
            stage_numbers=tuple(range(1, stages.stages + 1)),
            layers=stages.stages,
            bounds=_bounds(members.group(run, b"bounds")),
            flags=tuple(map(printable, members.attribute(run, b"flags"))),
            status=status,
            distortion_unit=printable(members.unit(rd, b"distortion")),
            loss=loss if isinstance(loss, float) else None,
            uses_side_information=uses if isinstance(uses, bool) else None,
            coding=quick_coding(members.group(run, b"coding")) if b"coding" in run else None,
            content_sha256=members.attribute(root, HASH_ATTRIBUTE.encode()),
            file=os.fspath(path),
        )


def _stages(rd: Any) -> StageFigures:
    present = set(members.names(rd))
    arrays = {name: members.numbers(rd, key) for name, key in _KEYS.items() if key in present}
    errors = {
        name: members.numbers(rd, key)
        for name in arrays
        if (key := f"{name}{ERROR_SUFFIX}".encode()) in present
    }
    return StageFigures(**arrays, errors=errors)


_KEYS = {name: name.encode() for name in STAGE_LABELS}


def _scenario(group: Any) -> Mapping[str, Any]:
    data = members.text(group, b"data")
    if hashlib.sha256(data.encode()).hexdigest() != members.attribute(group, b"sha256"):
        raise MalformedError("the scenario has another hash")
    scenario = json.loads(data)
    if not isinstance(scenario, dict):
        raise MalformedError("the scenario is no JSON object")
    readable: Mapping[str, Any] = printable_data(scenario)
    return readable


def _bounds(group: Any) -> dict[str, BoundCurve]:
    return {
        printable(key_of(name.decode())): _bound(members.group(group, name))
        for name in members.names(group)
    }


def _bound(group: Any) -> BoundCurve:
    db = members.numbers(group, b"distortion_db") if b"distortion_db" in group else None
    curve = BoundCurve(
        title=members.text(group, b"title"),
        certificate=members.text(group, b"certificate"),
        rate=members.numbers(group, b"rate"),
        distortion=members.numbers(group, b"distortion"),
        distortion_upper=members.numbers(group, b"distortion_upper"),
        distortion_db=db,
    )
    return shared(readable_bound(curve))
