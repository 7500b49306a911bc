"""The result of a run: what a file stores, a table prints and a figure draws."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.simulation.coding_figures import CodingFigures

Array = NDArray[np.float64]


def _require_shape(name: str, array: NDArray[Any], shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless the array has this shape; None stands for any length."""
    fits = array.ndim == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise ValueError(f"{name} has shape {array.shape}, not {shape}")


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
    refinement_loss_db: Array | None = None
    """`gap_db` less that of the best known monolithic code at R_k^tot; None where none is known."""
    errors: Mapping[str, Array] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        arrays = self.arrays()
        stray = sorted(set(self.errors) - set(arrays))
        if stray:
            raise ValueError(f"standard errors of figures that are absent: {', '.join(stray)}")
        shape = (self.stages,)
        if all(array.shape == shape for array in (*arrays.values(), *self.errors.values())):
            return
        errors = {f"the standard error of {name}": error for name, error in self.errors.items()}
        for name, array in (arrays | errors).items():
            _require_shape(name, array, (self.stages,))

    @property
    def stages(self) -> int:
        """K."""
        return len(self.stage_rate)

    def arrays(self) -> dict[str, Array]:
        """The arrays that are present, by name, without the errors."""
        return {name: value for name in _FIGURES if (value := getattr(self, name)) is not None}


_FIGURES: Final = tuple(f.name for f in attrs.fields(StageFigures) if f.name != "errors")


@final
@attrs.frozen(kw_only=True, eq=False)
class Decomposition:
    """The gap of a scalar code by cause, exact; every array has length K.

    gap_db = prior_mismatch_db + decoder_mismatch_db + quantizer_gap_db.
    """

    marginal_entropy: Array
    """H(m_k | m_1^{k-1}) of the hard encoder [bit/sample]."""
    conditional_entropy: Array
    """H(m_k | m_1^{k-1}, Y) of the hard encoder [bit/sample]."""
    least_distortion: Array
    """E (X - E[X | m_1^k, Y])^2: the encoder with the best decoder."""
    prior_mismatch_db: Array
    """What the rate estimator loses against the encoder's own entropy: 6.02 dB a bit."""
    decoder_mismatch_db: Array
    """What the decoder loses against the conditional mean."""
    quantizer_gap_db: Array
    """What the encoder alone loses against the bound."""

    def arrays(self) -> dict[str, Array]:
        """All arrays by name."""
        return {field.name: getattr(self, field.name) for field in attrs.fields(Decomposition)}

    def __attrs_post_init__(self) -> None:
        for name, array in self.arrays().items():
            _require_shape(name, array, (len(self.marginal_entropy),))


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

    def __attrs_post_init__(self) -> None:
        for name in ("rate", "distortion", "distortion_upper", "distortion_db"):
            if (array := getattr(self, name)) is not None:
                _require_shape(name, array, (len(self.rate),))


@final
@attrs.frozen(kw_only=True, eq=False)
class TrainingHistory:
    """Training by epoch."""

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
    """Wall-clock time of the whole training."""
    notes: Mapping[str, float | int | str] = attrs.field(factory=dict)
    """What a training says of itself (its start, its teacher), kept under `design`."""
    relaxed: bool = True
    """Whether rates and distortions are those of relaxed or soft messages, for which no bound
    holds; else of hard ones."""

    def __attrs_post_init__(self) -> None:
        epochs = len(self.loss)
        for name in ("loss", "temperature", "learning_rate"):
            _require_shape(name, getattr(self, name), (epochs,))
        for name in ("stage_rate", "stage_distortion"):
            _require_shape(name, getattr(self, name), (epochs, self.stage_rate.shape[-1]))


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

    def __attrs_post_init__(self) -> None:
        for name in ("x", "message_index"):
            _require_shape(name, getattr(self, name), (len(self.x),))
        _require_shape("stage_symbols", self.stage_symbols, (None, len(self.x)))


@final
@attrs.frozen(kw_only=True, eq=False)
class Reconstruction:
    """The decoder as curves in y (the paper's Fig. 3, bottom)."""

    y: Array
    """Shape (J,), ascending."""
    x_hat: tuple[Array, ...]
    """Stage k: shape (M_1 ... M_k, J), by message prefix."""

    def __attrs_post_init__(self) -> None:
        _require_shape("y", self.y, (len(self.y),))
        for stage, curves in enumerate(self.x_hat, start=1):
            _require_shape(f"x_hat of stage {stage}", curves, (None, len(self.y)))


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
    decomposition: Decomposition | None = None
    training: TrainingHistory | None = None
    binning: Binning | None = None
    reconstruction: Reconstruction | None = None
    flags: tuple[str, ...] = ()
    """Findings a reader must know, such as `collapsed`: stable words, explained in the docs."""
    status: Literal["complete", "failed"] = "complete"
    error: str | None = None
    """Why a failed run failed."""
    coding: CodingFigures | None = None
    """Real bits; None where no coder ran."""
    evaluation: Mapping[str, Any] = attrs.field(factory=dict)
    """How it was measured: method, samples, loss of the hard code and of rate zero [nat]."""
    distortion_unit: str = "units^2"

    def __attrs_post_init__(self) -> None:
        stages = self.stages.stages
        if self.decomposition is not None:
            _require_shape("decomposition", self.decomposition.quantizer_gap_db, (stages,))
        if self.binning is not None and len(self.binning.stage_symbols) != stages:
            raise ValueError(f"binning has not the {stages} stages of the figures")
        if self.reconstruction is not None and len(self.reconstruction.x_hat) != stages:
            raise ValueError(f"reconstruction has not the {stages} stages of the figures")
        if self.coding is not None and self.coding.stages != stages:
            raise ValueError(f"coding has not the {stages} stages of the figures")
        if self.training is not None and self.training.stage_rate.shape[-1] != stages:
            raise ValueError(f"training has not the {stages} stages of the figures")
