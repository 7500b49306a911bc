"""Real bits in a result file: `/run/coding`, written and read."""

from __future__ import annotations

from typing import Any

import numpy as np

from wzsim.errors import printable
from wzsim.simulation.coding_figures import ABOUT, COUNTS, FIGURES, CodingFigures
from wzsim.storage import members
from wzsim.storage.getting import get_array, get_attribute
from wzsim.storage.layout import CODING_LABELS, ERROR_SUFFIX, axis_label
from wzsim.storage.putting import put_array, put_group, put_text


def put_coding(run: Any, coding: CodingFigures | None, title: str, distortion_unit: str) -> None:
    """Write what coders made of the messages as one plot; nothing where none ran."""
    if coding is None:
        return
    group = put_group(
        run,
        "coding",
        "NXdata",
        signal="distortion" if coding.distortion_db is None else "distortion_db",
        axes=["coded_sum_rate"],
        coder=coding.coder,
        feedback=bool(coding.feedback),
        frames=int(coding.frames),
        block_length=int(coding.block_length),
        header_bytes=int(coding.header_bytes),
        encode_seconds=float(coding.encode_seconds),
        decode_seconds=float(coding.decode_seconds),
    )
    put_text(group, "title", f"{title}: real bits")
    for name, array in coding.arrays().items():
        unit, meaning = CODING_LABELS[name]
        unit = unit or distortion_unit
        _put(group, name, np.asarray(array, np.float64), unit, meaning)
        if name in coding.errors:
            error = np.asarray(coding.errors[name], np.float64)
            _put(group, name + ERROR_SUFFIX, error, unit, f"standard error of {name}")
    for name, counts in coding.counts().items():
        unit, meaning = CODING_LABELS[name]
        _put(group, name, np.asarray(counts, np.int64), unit or distortion_unit, meaning)


def get_coding(group: Any) -> CodingFigures:
    """What `put_coding` wrote."""
    present = [name for name in FIGURES if name in group]
    errors = [name for name in present if name + ERROR_SUFFIX in group]
    return CodingFigures(
        coder=str(get_attribute(group, "coder")),
        feedback=bool(get_attribute(group, "feedback")),
        frames=int(get_attribute(group, "frames")),
        block_length=int(get_attribute(group, "block_length")),
        header_bytes=int(get_attribute(group, "header_bytes")),
        encode_seconds=float(get_attribute(group, "encode_seconds")),
        decode_seconds=float(get_attribute(group, "decode_seconds")),
        **{name: get_array(group, name, np.float64) for name in present},
        **{name: get_array(group, name, np.int64) for name in COUNTS},
        errors={name: get_array(group, name + ERROR_SUFFIX, np.float64) for name in errors},
    )


def quick_coding(group: Any) -> CodingFigures:
    """The same by the lowest level of h5py, for thousands of files; its texts are safe to show."""
    present = set(members.names(group))
    arrays: dict[str, Any] = {
        name: members.numbers(group, key) for name, key in _KEYS.items() if key in present
    }
    errors = {
        name: members.numbers(group, key)
        for name in arrays
        if (key := f"{name}{ERROR_SUFFIX}".encode()) in present
    }
    arrays |= {name: members.counts(group, name.encode()) for name in COUNTS}
    return CodingFigures(
        coder=printable(members.attribute(group, b"coder")),
        feedback=bool(members.attribute(group, b"feedback")),
        frames=int(members.attribute(group, b"frames")),
        block_length=int(members.attribute(group, b"block_length")),
        header_bytes=int(members.attribute(group, b"header_bytes")),
        encode_seconds=float(members.attribute(group, b"encode_seconds")),
        decode_seconds=float(members.attribute(group, b"decode_seconds")),
        **arrays,
        errors=errors,
    )


_KEYS = {name: name.encode() for name in FIGURES}


def _put(group: Any, name: str, array: Any, unit: str, meaning: str) -> None:
    put_array(group, name, array, units=unit, long_name=axis_label(meaning, unit))


def packed_coding(coding: CodingFigures) -> tuple[dict[str, Any], bytes]:
    """The same as plain data and bytes, for an index."""
    arrays, errors = coding.arrays(), coding.errors
    about = {
        "own": {name: getattr(coding, name) for name in ABOUT},
        "figures": list(arrays),
        "errors": list(errors),
    }
    figures = np.array([*arrays.values(), *errors.values()], np.float64)
    return about, figures.tobytes() + np.array([*coding.counts().values()], np.int64).tobytes()


def unpacked_coding(about: dict[str, Any], content: bytes, stages: int) -> CodingFigures:
    """What `packed_coding` made of it; stages: K."""
    names, erring = about["figures"], about["errors"]
    rows = len(names) + len(erring)
    figures = np.frombuffer(content, np.float64, rows * stages).reshape(rows, stages)
    counts = np.frombuffer(content[figures.nbytes :], np.int64).reshape(len(COUNTS), stages)
    arrays: dict[str, Any] = dict(zip(names, figures, strict=False))
    arrays |= zip(COUNTS, counts, strict=True)
    return CodingFigures(
        **about["own"],
        **arrays,
        errors=dict(zip(erring, figures[len(names) :], strict=True)),
    )
