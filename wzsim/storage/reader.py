"""A result file read back as the `Result` that was written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from wzsim.errors import ResultFileError
from wzsim.simulation.result import (
    Array,
    Binning,
    BoundCurve,
    Decomposition,
    Reconstruction,
    Result,
    StageFigures,
    TrainingHistory,
)
from wzsim.storage.coding import get_coding
from wzsim.storage.content import checksum_of
from wzsim.storage.getting import (
    MalformedError,
    child,
    children,
    get_array,
    get_attribute,
    get_text,
    subgroup,
)
from wzsim.storage.layout import (
    CHECKSUM_ATTRIBUTE,
    DECOMPOSITION_LABELS,
    ERROR_SUFFIX,
    HASH_ATTRIBUTE,
    REQUIRED,
    STAGE_LABELS,
    key_of,
    reconstruction_name,
)
from wzsim.storage.mappings import get_mapping
from wzsim.storage.opening import RECOVER, open_file


def read_result(path: str | os.PathLike[str]) -> Result:
    """Read a result file and check it, down to the last byte that counts.

    Members that schema 1 does not know are ignored. Raises ResultFileError for
    anything but an undamaged result of a schema that this version reads.
    """
    return read_result_and_hash(path)[0]


def read_result_and_hash(path: str | os.PathLike[str], *, whole: bool = True) -> tuple[Result, str]:
    """The same, and the content hash that its writer gave it.

    whole: check all of the file. Else the checksum of the file is left out, in a third of the time:
    HDF5 checks its metadata and the arrays of numbers by checksums of their own, texts by none.
    """
    with open_file(path) as file:
        missing = [f"/{name}" for name in REQUIRED if name not in file]
        if missing:
            raise MalformedError(f"{', '.join(missing)} is missing")
        if whole and get_attribute(file, CHECKSUM_ATTRIBUTE) != checksum_of(file):
            raise ResultFileError(
                f"{path} is damaged, or was changed after it was written: its checksum does not "
                f"fit its content; {RECOVER}"
            )
        return _result(subgroup(file, "run")), get_attribute(file, HASH_ATTRIBUTE)


def _result(run: Any) -> Result:
    stages = _stages(subgroup(run, "rd"))
    return Result(
        name=get_text(run, "name"),
        title=get_text(run, "title"),
        scenario_toml=get_text(run, "scenario_toml"),
        scenario=_scenario(subgroup(run, "scenario")),
        provenance=get_mapping(subgroup(run, "provenance")),
        start_time=get_text(run, "start_time"),
        end_time=get_text(run, "end_time"),
        stages=stages,
        bounds={key_of(name): _bound(group) for name, group in children(subgroup(run, "bounds"))},
        model={key_of(name): _arrays(group) for name, group in children(subgroup(run, "model"))},
        decomposition=_decomposition(subgroup(run, "decomposition"))
        if "decomposition" in run
        else None,
        training=_training(subgroup(run, "training")) if "training" in run else None,
        binning=_binning(subgroup(run, "binning")) if "binning" in run else None,
        reconstruction=_reconstruction(subgroup(run, "reconstruction"), stages.stages)
        if "reconstruction" in run
        else None,
        coding=get_coding(subgroup(run, "coding")) if "coding" in run else None,
        flags=tuple(get_attribute(run, "flags")),
        status=_status(run),
        error=get_text(run, "error") if "error" in run else None,
        evaluation=get_mapping(subgroup(run, "evaluation")),
        distortion_unit=get_attribute(child(subgroup(run, "rd"), "distortion"), "units"),
    )


def _status(run: Any) -> Any:
    status = get_attribute(run, "status")
    if status not in ("complete", "failed"):
        raise MalformedError(f"/run@status is {status!r}, neither 'complete' nor 'failed'")
    return status


def _scenario(group: Any) -> Mapping[str, Any]:
    scenario = json.loads(get_text(group, "data"))
    if not isinstance(scenario, dict):
        raise MalformedError("/run/scenario/data is no JSON object")
    return scenario


def _stages(group: Any) -> StageFigures:
    present = [name for name in STAGE_LABELS if name in group]
    errors = [name for name in present if name + ERROR_SUFFIX in group]
    return StageFigures(
        **{name: _float64(group, name) for name in present},
        errors={name: _float64(group, name + ERROR_SUFFIX) for name in errors},
    )


def _decomposition(group: Any) -> Decomposition:
    return Decomposition(**{name: _float64(group, name) for name in DECOMPOSITION_LABELS})


def _bound(group: Any) -> BoundCurve:
    return BoundCurve(
        title=get_text(group, "title"),
        certificate=get_text(group, "certificate"),
        rate=_float64(group, "rate"),
        distortion=_float64(group, "distortion"),
        distortion_upper=_float64(group, "distortion_upper"),
        distortion_db=_float64(group, "distortion_db") if "distortion_db" in group else None,
    )


def _training(group: Any) -> TrainingHistory:
    return TrainingHistory(
        loss=_float64(group, "loss"),
        stage_rate=_float64(group, "stage_rate"),
        stage_distortion=_float64(group, "stage_distortion"),
        temperature=_float64(group, "temperature"),
        learning_rate=_float64(group, "learning_rate"),
        seconds=float(get_attribute(group, "seconds")),
        relaxed=bool(get_attribute(group, "relaxed")) if "relaxed" in group.attrs else True,
    )


def _binning(group: Any) -> Binning:
    return Binning(
        x=_float64(group, "x"),
        stage_symbols=get_array(group, "stage_symbols", np.int64),
        message_index=get_array(group, "message_index", np.int64),
    )


def _reconstruction(group: Any, stages: int) -> Reconstruction:
    names = [reconstruction_name(stage) for stage in range(1, stages + 1)]
    return Reconstruction(
        y=_float64(group, "y"), x_hat=tuple(_float64(group, name) for name in names)
    )


def _arrays(group: Any) -> dict[str, Any]:
    return {key_of(name): get_array(group, name, array.dtype) for name, array in children(group)}


def _float64(group: Any, name: str) -> Array:
    return get_array(group, name, np.float64)
