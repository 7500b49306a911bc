"""The result of a run: what a file stores, a table prints and a figure draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, final

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@final
@attrs.frozen(kw_only=True, eq=False)
class StageFigures:
    """Rates and distortions by stage; every array has length K.

    `errors` holds the standard error of an array under the same name, for every
    sampled one. The dB arrays are None for a distortion that is no power, the
    gaps None where no bound that binds applies.
    """

    stage_rate: Array
    """R_k of the declared estimator, Eq. (12) or (13) [bit/sample]."""
    sum_rate: Array
    """R_k^tot = R_1 + ... + R_k [bit/sample]."""
    distortion: Array
    """D_k of the declared decoder."""
    distortion_db: Array | None = None
    """10 log10(D_k)."""
    gap_db: Array | None = None
    """10 log10(D_k / D_WZ(R_k^tot)) [dB]."""
    gap_bits: Array | None = None
    """R_k^tot - R_WZ(D_k) [bit/sample]."""
    errors: Mapping[str, Array] = attrs.field(factory=dict)

    def arrays(self) -> dict[str, Array]:
        """The arrays that are present, by name, without the errors."""
        return {
            field.name: value
            for field in attrs.fields(StageFigures)
            if field.name != "errors" and (value := getattr(self, field.name)) is not None
        }


@final
@attrs.frozen(kw_only=True, eq=False)
class BoundCurve:
    """A smooth curve of one bound, from rate zero upwards; all arrays of one length."""

    title: str
    certificate: str
    rate: Array
    """[bit/sample]"""
    distortion: Array
    """Lower certificate."""
    distortion_upper: Array
    """Upper certificate; equal to `distortion` for a closed form."""
    distortion_db: Array | None = None


@final
@attrs.frozen(kw_only=True, eq=False)
class TrainingHistory:
    """Training by epoch. Rates and distortions are of relaxed messages: no bound holds for them."""

    loss: Array
    """Shape (E,) [nat]."""
    stage_rate: Array
    """Shape (E, K) [bit/sample]."""
    stage_distortion: Array
    """Shape (E, K)."""
    temperature: Array
    """Shape (E,)."""
    learning_rate: Array
    """Shape (E,)."""
    seconds: float


@final
@attrs.frozen(kw_only=True, eq=False)
class Binning:
    """The encoder as a map of the line (the paper's Fig. 3, top)."""

    x: Array
    """Shape (J,), ascending."""
    stage_symbols: NDArray[np.int64]
    """Shape (K, J): m_k by x."""
    message_index: NDArray[np.int64]
    """Shape (J,): the whole message as one number, m_1 most significant."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Reconstruction:
    """The decoder as curves in y (the paper's Fig. 3, bottom)."""

    y: Array
    """Shape (J,), ascending."""
    x_hat: tuple[Array, ...]
    """Stage k: shape (M_1 ... M_k, J), by message prefix."""


@final
@attrs.frozen(kw_only=True, eq=False)
class Result:
    """One run. `wzsim.run` returns it and `wzsim.open_result` reads it back."""

    name: str
    title: str
    scenario_toml: str
    """Verbatim, as the user wrote it (of a scenario made by a program: written out)."""
    scenario: Mapping[str, Any]
    """Resolved: every key, defaults included, as plain JSON data."""
    provenance: Mapping[str, Any]
    """Versions, device, threads, seeds, plugins: plain JSON data."""
    start_time: str
    """ISO 8601 with time zone."""
    end_time: str
    stages: StageFigures
    bounds: Mapping[str, BoundCurve]
    model: Mapping[str, Mapping[str, NDArray[np.generic]]]
    """`Code.state()`: `encoder`, `rate_estimator`, `decoder`."""
    training: TrainingHistory | None = None
    binning: Binning | None = None
    reconstruction: Reconstruction | None = None
    flags: tuple[str, ...] = ()
    """Findings a reader must know, such as `collapsed`: stable words, explained in the docs."""
    status: Literal["complete", "failed"] = "complete"
    error: str | None = None
    """Why a failed run failed."""
    evaluation: Mapping[str, Any] = attrs.field(factory=dict)
    """How the numbers were measured: method, samples, loss of the hard code [nat], rate-zero loss."""
    distortion_unit: str = "units^2"
