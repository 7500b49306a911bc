"""Random results, and whether two are the same to the last bit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from wzsim.simulation.coding_figures import COUNTS, FIGURES, CodingFigures
from wzsim.simulation.result import (
    Binning,
    BoundCurve,
    Decomposition,
    Reconstruction,
    Result,
    StageFigures,
    TrainingHistory,
)

NUMBER_TYPES = ("<f4", "<f8", ">f8", "<f2", "<i8", "<i4", "|i1", "<u8", "|b1", "<c8", "<c16")

OPTIONAL_FIGURES = ("distortion_db", "gap_db", "gap_bits", "refinement_loss_db")

Draw = Callable[[st.SearchStrategy[Any]], Any]


def assert_same(first: Any, second: Any, path: str = "result") -> None:
    """Fail, with the place, unless two results are equal in every bit.

    Types, shapes and byte orders of arrays count, and so do the signs of zeros
    and the bits of NaNs. Lists and tuples are the same: JSON knows lists only.
    """
    if attrs.has(type(first)):
        assert type(first) is type(second), path
        for field in attrs.fields(type(first)):
            inner = f"{path}.{field.name}"
            assert_same(getattr(first, field.name), getattr(second, field.name), inner)
    elif isinstance(first, np.ndarray | np.generic):
        assert first.dtype == second.dtype, f"{path}: {first.dtype} and {second.dtype}"
        assert first.shape == second.shape, f"{path}: {first.shape} and {second.shape}"
        assert first.tobytes() == second.tobytes(), path
    elif isinstance(first, Mapping):
        assert list(first) == list(second) or set(first) == set(second), path
        for key, value in first.items():
            assert_same(value, second[key], f"{path}[{key!r}]")
    elif isinstance(first, Sequence) and not isinstance(first, str):
        assert len(first) == len(second), path
        for index, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_same(one, other, f"{path}[{index}]")
    else:
        assert type(first) is type(second), f"{path}: {first!r} and {second!r}"
        assert repr(first) == repr(second), path


def arrays(*shape: int) -> st.SearchStrategy[Any]:
    """float64 arrays of a shape; every float, NaN and infinities included."""
    return npst.arrays(np.float64, shape)


def plain_data() -> st.SearchStrategy[Any]:
    """Plain JSON data."""
    number = st.integers() | st.floats(allow_nan=False) | st.booleans() | st.none()
    return st.recursive(
        number | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=6,
    )


def plain_tables() -> st.SearchStrategy[dict[str, Any]]:
    """Plain JSON data by key, with records of texts among it."""
    record = st.fixed_dictionaries({"name": st.text(), "version": st.text()})
    value = plain_data() | st.floats() | st.lists(record, min_size=1, max_size=3)
    return st.dictionaries(st.text(), value, max_size=4)


@st.composite
def stage_figures(draw: Draw, stages: int) -> StageFigures:
    """Figures of K stages, any optional one present or not, any with or without errors."""
    present = ["stage_rate", "sum_rate", "distortion"]
    present += [name for name in OPTIONAL_FIGURES if draw(st.booleans())]
    erring = [name for name in present if draw(st.booleans())]
    return StageFigures(
        **{name: draw(arrays(stages)) for name in present},
        errors={name: draw(arrays(stages)) for name in erring},
    )


def decompositions(stages: int) -> st.SearchStrategy[Decomposition]:
    """Decompositions of K stages."""
    names = [field.name for field in attrs.fields(Decomposition)]
    return st.builds(Decomposition, **{name: arrays(stages) for name in names})


@st.composite
def bound_curves(draw: Draw) -> BoundCurve:
    """A curve of up to three points."""
    points = draw(st.integers(0, 3))
    return BoundCurve(
        title=draw(st.text()),
        certificate=draw(st.text()),
        rate=draw(arrays(points)),
        distortion=draw(arrays(points)),
        distortion_upper=draw(arrays(points)),
        distortion_db=draw(st.none() | arrays(points)),
    )


@st.composite
def training_histories(draw: Draw, stages: int) -> TrainingHistory:
    """Up to three epochs of K stages."""
    epochs = draw(st.integers(0, 3))
    return TrainingHistory(
        loss=draw(arrays(epochs)),
        stage_rate=draw(arrays(epochs, stages)),
        stage_distortion=draw(arrays(epochs, stages)),
        temperature=draw(arrays(epochs)),
        learning_rate=draw(arrays(epochs)),
        seconds=draw(st.floats()),
    )


@st.composite
def coding_figures(draw: Draw, stages: int) -> CodingFigures:
    """Real bits of K stages, any optional figure present or not, any with or without errors."""
    optional = ("ideal_rate", "distortion_db", "coded_gap_db")
    present = [name for name in FIGURES if name not in optional or draw(st.booleans())]
    erring = [name for name in present if draw(st.booleans())]
    counts = npst.arrays(np.int64, (stages,))
    return CodingFigures(
        coder=draw(st.from_regex(r"[a-z]+(-[a-z]+)*", fullmatch=True)),
        feedback=draw(st.booleans()),
        frames=draw(st.integers(0, 2**63 - 1)),
        block_length=draw(st.integers(0, 2**63 - 1)),
        header_bytes=draw(st.integers(0, 2**63 - 1)),
        encode_seconds=draw(st.floats()),
        decode_seconds=draw(st.floats()),
        **{name: draw(arrays(stages)) for name in present},
        **{name: draw(counts) for name in COUNTS},
        errors={name: draw(arrays(stages)) for name in erring},
    )


@st.composite
def results(draw: Draw) -> Result:
    """Results of any shape that `Result` admits; the numbers mean nothing."""
    stages, points = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    symbols = npst.arrays(np.int64, (stages, points))
    binning = st.builds(
        Binning,
        x=arrays(points),
        stage_symbols=symbols,
        message_index=npst.arrays(np.int64, points),
    )
    curves = st.tuples(*(arrays(2 ** (stage + 1), points) for stage in range(stages)))
    reconstruction = st.builds(Reconstruction, y=arrays(points), x_hat=curves)
    array = npst.arrays(st.sampled_from(NUMBER_TYPES), npst.array_shapes(min_dims=0, min_side=0))
    part = st.dictionaries(st.text(), array, max_size=3)
    word = st.from_regex(r"[a-z]+(-[a-z]+)*", fullmatch=True)
    status = draw(st.sampled_from(("complete", "failed")))
    return Result(
        name=draw(st.text()),
        title=draw(st.text()),
        scenario_toml=draw(st.text()),
        scenario=draw(st.dictionaries(st.text(), plain_data(), max_size=4)),
        provenance=draw(plain_tables()),
        start_time=draw(st.datetimes().map(str)),
        end_time=draw(st.datetimes().map(str)),
        stages=draw(stage_figures(stages)),
        bounds=draw(st.dictionaries(st.text(), bound_curves(), max_size=2)),
        model=draw(st.dictionaries(st.text(), part, max_size=3)),
        decomposition=draw(st.none() | decompositions(stages)),
        training=draw(st.none() | training_histories(stages)),
        binning=draw(st.none() | binning),
        reconstruction=draw(st.none() | reconstruction),
        coding=draw(st.none() | coding_figures(stages)),
        flags=tuple(draw(st.lists(word, max_size=2))),
        status=status,
        error=draw(st.text()) if status == "failed" else None,
        evaluation=draw(plain_tables()),
        distortion_unit=draw(word),
    )
