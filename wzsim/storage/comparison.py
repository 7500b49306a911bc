"""A comparison of results as one HDF5 file: copied curves, each with the hash of its source."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, final

import attrs
import h5py
import numpy as np

from wzsim.simulation.result import BoundCurve, Result
from wzsim.storage.atomic import write_atomically
from wzsim.storage.layout import (
    BIT_PER_SAMPLE,
    COMPARISON_ATTRIBUTE,
    COMPARISON_VERSION,
    STAGE_LABELS,
    axis_label,
    link_name,
)
from wzsim.storage.mappings import put_mapping
from wzsim.storage.putting import put_array, put_attribute, put_group, put_text
from wzsim.storage.record import Record
from wzsim.storage.writer import file_image, file_in_memory, put_bound, put_root, put_stages

TITLE: Final = "comparison of results"


@final
@attrs.frozen(kw_only=True, eq=False)
class ComparedResult:
    """A result in a comparison, and where it came from."""

    label: str
    record: Record
    differing: Mapping[str, Any]
    """Its values of the scenario keys that differ among the results; those that it has."""


@final
@attrs.frozen(kw_only=True, eq=False)
class ComparedBound:
    """A bound in a comparison, copied from one of the results that it holds for."""

    name: str
    curve: BoundCurve
    source: ComparedResult


def hash_of_content(result: Result) -> str:
    """The content hash that the file of a result has."""
    return file_image(result)[1]


def write_comparison(
    results: Sequence[ComparedResult],
    bounds: Iterable[ComparedBound],
    path: str | os.PathLike[str],
) -> None:
    """Write a comparison file, whole or not at all. Raises OutputError where that fails."""
    write_atomically(path, comparison_image(results, bounds))


def comparison_image(results: Sequence[ComparedResult], bounds: Iterable[ComparedBound]) -> bytes:
    """The bytes of a comparison file; the same for the same results."""
    with file_in_memory() as file:
        put_root(file, "comparison")
        put_attribute(file, COMPARISON_ATTRIBUTE, COMPARISON_VERSION)
        entry = put_group(file, "comparison", "NXentry", default="points")
        put_text(entry, "title", TITLE)
        _put_points(entry, results)
        group = put_group(entry, "results", "NXcollection")
        names = _distinct([one.record.name for one in results])
        for name, one in zip(names, results, strict=True):
            curve = put_stages(group, name, one.record, one.label)
            put_array(
                curve, "stage", np.array(one.record.stage_numbers, np.int64), long_name="stage"
            )
            put_attribute(curve, "label", one.label)
            _put_source(curve, one)
            put_attribute(curve, "status", one.record.status)
            put_attribute(curve, "flags", one.record.flags)
            put_mapping(curve, "differing", one.differing)
        group = put_group(entry, "bounds", "NXcollection")
        bounds = tuple(bounds)
        names = _distinct([bound.name for bound in bounds])
        for name, bound in zip(names, bounds, strict=True):
            _put_source(
                put_bound(group, name, bound.curve, bound.source.record.distortion_unit),
                bound.source,
            )
        file.flush()
        image: bytes = file.id.get_file_image()
        return image


def is_comparison(path: str | os.PathLike[str]) -> bool:
    """Whether a file is a comparison; False for one that cannot be read."""
    path = Path(path)
    try:
        if not path.is_file() or not h5py.is_hdf5(path):
            return False
        with h5py.File(path, "r", locking=False) as file:
            return COMPARISON_ATTRIBUTE in file.attrs
    except (OSError, RuntimeError, ValueError):
        return False


def _put_points(entry: Any, results: Sequence[ComparedResult]) -> None:
    """All stages of all results as one scatter plot, coloured by the number of the result."""
    stages = [one.record.stages for one in results]
    powers = all(figures.distortion_db is not None for figures in stages)
    name = "distortion_db" if powers else "distortion"
    group = put_group(entry, "points", "NXdata", signal="result", axes=["sum_rate", name])
    put_text(group, "title", TITLE)
    number = [np.full(figures.stages, index) for index, figures in enumerate(stages, start=1)]
    put_array(group, "result", np.concatenate(number), long_name="number of the result")
    units = {one.record.distortion_unit for one in results}
    unit = "dB" if powers else units.pop() if len(units) == 1 else "own unit"
    for key, its_unit in (("sum_rate", BIT_PER_SAMPLE), (name, unit)):
        values = np.concatenate([figures.arrays()[key] for figures in stages])
        meaning = STAGE_LABELS[key][1]
        long_name = axis_label(meaning, its_unit)
        put_array(group, key, values, units=its_unit, long_name=long_name)


def _put_source(group: Any, source: ComparedResult) -> None:
    put_attribute(group, "source", source.record.file)
    put_attribute(group, "source_content_hash", source.record.content_sha256)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names as members of one group: those that come again are numbered."""
    taken: dict[str, None] = {}
    for name in names:
        member, number = link_name(name), 2
        while member in taken:
            member, number = f"{link_name(name)}_{number}", number + 1
        taken[member] = None
    return list(taken)
