"""A `Result` written as one HDF5 file of schema 1, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from wzsim.errors import OutputError
from wzsim.simulation.result import (
    Array,
    Binning,
    BoundCurve,
    Reconstruction,
    Result,
)
from wzsim.storage.atomic import write_atomically
from wzsim.storage.coding import put_coding
from wzsim.storage.content import seal
from wzsim.storage.identity import scenario_json, scenario_sha256
from wzsim.storage.layout import (
    BIT_PER_SAMPLE,
    DECOMPOSITION_LABELS,
    ERROR_SUFFIX,
    SCHEMA_VERSION,
    STAGE_LABELS,
    VERSION_ATTRIBUTE,
    axis_label,
    link_name,
    reconstruction_name,
)
from wzsim.storage.mappings import put_mapping
from wzsim.storage.putting import put_array, put_attribute, put_group, put_text
from wzsim.storage.record import Record


def write_result(result: Result, path: str | os.PathLike[str]) -> str:
    """Write a result file and return its content hash.

    The file is built in memory, so that a full disk meets a plain write and not
    the HDF5 library, and appears under its name only when it is complete. Missing
    directories are made. Raises OutputError where it cannot be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the directory {path.parent}: {error.strerror}") from error
    content, content_sha256 = file_image(result)
    write_atomically(path, content)
    return content_sha256


def file_image(result: Result) -> tuple[bytes, str]:
    """The bytes of a result file, and its content hash."""
    with file_in_memory() as file:
        _put_result(file, result)
        file.flush()
        content_sha256 = seal(file)
        file.flush()
        return file.id.get_file_image(), content_sha256


def file_in_memory() -> Any:
    """A new HDF5 file that nothing puts on a disk; its metadata has checksums (format v110)."""
    return h5py.File(
        "result", "w", driver="core", backing_store=False, libver=("v110", "v110"), track_order=True
    )


def put_root(file: Any, default: str) -> None:
    """Write what a NeXus viewer looks for first."""
    for name, value in (("NX_class", "NXroot"), ("default", default), ("creator", "wzsim")):
        put_attribute(file, name, value)
    put_attribute(file, "creator_version", metadata.version("wzsim"))


def _put_result(file: Any, result: Result) -> None:
    put_root(file, "run")
    put_attribute(file, VERSION_ATTRIBUTE, SCHEMA_VERSION)
    run = put_group(file, "run", "NXentry", default="rd", status=result.status, flags=result.flags)
    for name in ("name", "title", "start_time", "end_time", "scenario_toml"):
        put_text(run, name, getattr(result, name))
    if result.error is not None:
        put_text(run, "error", result.error)
    put_stages(run, "rd", result, result.title or result.name)
    _put_decomposition(run, result)
    _put_bounds(run, result)
    _put_training(run, result)
    _put_binning(run, result.binning)
    _put_reconstruction(run, result.reconstruction)
    put_coding(run, result.coding, result.title or result.name, result.distortion_unit)
    _put_scenario(run, result.scenario)
    put_mapping(run, "evaluation", result.evaluation)
    put_mapping(run, "provenance", result.provenance)
    _put_model(run, result.model)


def put_stages(parent: Any, name: str, result: Result | Record, title: str) -> Any:
    """Write the figures of all stages as one plot, and return its group."""
    stages = result.stages
    signal = "distortion" if stages.distortion_db is None else "distortion_db"
    group = put_group(parent, name, "NXdata", signal=signal, axes=["sum_rate"])
    put_text(group, "title", title)
    for figure, array in stages.arrays().items():
        unit, meaning = STAGE_LABELS[figure]
        unit = unit or result.distortion_unit
        _put_curve(group, figure, array, unit, meaning)
        if figure in stages.errors:
            meaning = f"standard error of {figure}"
            _put_curve(group, figure + ERROR_SUFFIX, stages.errors[figure], unit, meaning)
    return group


def _put_decomposition(run: Any, result: Result) -> None:
    if result.decomposition is None:
        return
    group = put_group(run, "decomposition", "NXcollection")
    for name, array in result.decomposition.arrays().items():
        unit, meaning = DECOMPOSITION_LABELS[name]
        _put_curve(group, name, array, unit or result.distortion_unit, meaning)


def _put_bounds(run: Any, result: Result) -> None:
    group = put_group(run, "bounds", "NXcollection")
    for name, curve in result.bounds.items():
        put_bound(group, link_name(name), curve, result.distortion_unit)


def put_bound(bounds: Any, name: str, curve: BoundCurve, unit: str) -> Any:
    """Write a bound as one plot, and return its group."""
    signal = "distortion" if curve.distortion_db is None else "distortion_db"
    group = put_group(bounds, name, "NXdata", signal=signal, axes=["rate"])
    put_text(group, "title", curve.title)
    put_text(group, "certificate", curve.certificate)
    _put_curve(group, "rate", curve.rate, BIT_PER_SAMPLE, "rate R")
    _put_curve(group, "distortion", curve.distortion, unit, "distortion D")
    _put_curve(group, "distortion_upper", curve.distortion_upper, unit, "upper certificate of D")
    if curve.distortion_db is not None:
        _put_curve(group, "distortion_db", curve.distortion_db, "dB", "distortion D")
    return group


def _put_training(run: Any, result: Result) -> None:
    history = result.training
    if history is None:
        return
    collapsed = "collapsed" in result.flags
    group = put_group(
        run,
        "training",
        "NXdata",
        signal="loss",
        axes=["epoch"],
        collapsed=collapsed,
        seconds=float(history.seconds),
        relaxed=history.relaxed,
    )
    epochs = np.arange(1, len(history.loss) + 1)
    put_array(group, "epoch", epochs, long_name="epoch")
    unit, kind = result.distortion_unit, ", relaxed" if history.relaxed else ""
    _put_curve(group, "loss", history.loss, "nat", "loss")
    _put_curve(group, "stage_rate", history.stage_rate, BIT_PER_SAMPLE, "stage rate" + kind)
    _put_curve(group, "stage_distortion", history.stage_distortion, unit, "distortion" + kind)
    put_array(group, "temperature", _float64(history.temperature), long_name="temperature")
    put_array(group, "learning_rate", _float64(history.learning_rate), long_name="learning rate")


def _put_binning(run: Any, binning: Binning | None) -> None:
    if binning is None:
        return
    group = put_group(run, "binning", "NXdata", signal="message_index", axes=["x"])
    put_array(group, "x", _float64(binning.x), long_name="source x")
    for name, array in (
        ("message_index", binning.message_index),
        ("stage_symbols", binning.stage_symbols),
    ):
        put_array(group, name, np.asarray(array, dtype=np.int64), long_name=name.replace("_", " "))


def _put_reconstruction(run: Any, reconstruction: Reconstruction | None) -> None:
    if reconstruction is None:
        return
    stages = len(reconstruction.x_hat)
    group = put_group(run, "reconstruction", "NXdata")
    if stages:
        put_attribute(group, "signal", reconstruction_name(stages))
        put_attribute(group, "axes", [".", "y"])
    put_array(group, "y", _float64(reconstruction.y), long_name="side information y")
    for stage, curves in enumerate(reconstruction.x_hat, start=1):
        put_array(
            group,
            reconstruction_name(stage),
            _float64(curves),
            long_name=f"reconstruction of stage {stage} by message prefix",
            interpretation="spectrum",
        )


def _put_scenario(run: Any, scenario: Mapping[str, Any]) -> None:
    group = put_group(run, "scenario", "NXnote", sha256=scenario_sha256(scenario))
    put_text(group, "type", "application/json")
    put_text(group, "data", scenario_json(scenario))


def _put_model(run: Any, model: Mapping[str, Mapping[str, NDArray[np.generic]]]) -> None:
    group = put_group(run, "model", "NXcollection")
    for part, arrays in model.items():
        parts = put_group(group, link_name(part), "NXcollection")
        for name, array in arrays.items():
            put_array(parts, link_name(name), np.asarray(array))


def _put_curve(group: Any, name: str, array: Array, unit: str, meaning: str) -> None:
    long_name = axis_label(meaning, unit)
    put_array(group, name, _float64(array), units=unit, long_name=long_name)


def _float64(array: Array) -> Array:
    return np.asarray(array, dtype=np.float64)
