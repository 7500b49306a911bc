"""From coded frames to the figures that a result reports, with their uncertainties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts import RateDistortionFunction
from wzsim.simulation.coding_figures import CodingFigures, Counts
from wzsim.simulation.figures import DB_SLOPE, least_distortion_db
from wzsim.simulation.result import Array
from wzsim.theory.proportion import clopper_pearson
from wzsim.units import power_db

NO_ERROR = 1e-12
"""A standard error below this share of the number is rounding."""


@final
@attrs.frozen(kw_only=True, eq=False)
class CodedFrame:
    """What became of one frame."""

    lengths: Array
    """-log2 q by stage and block, shape (K, B) [bit/sample]."""
    distortions: Array
    """After each stage, by block: shape (K, B)."""
    sent: Counts
    """Bytes by stage, shape (K,)."""
    increments: Counts
    """By stage, shape (K,)."""
    symbols: Counts
    """By stage, shape (K,)."""
    wrong: Counts
    """Wrong symbols of the stages that were accepted: shape (J,), J <= K."""


@final
class Tally:
    """Adds up frames."""

    def __init__(self, stages: int, *, header: int, layer: int) -> None:
        """header, layer: bytes that are sent once, of the stream and of each stage."""
        self._header, self._layer = header, layer
        self._lengths = _Mean(stages)
        self._distortions, self._all = _Mean(stages), _Mean(stages)
        self._sent = np.zeros(stages, np.int64)
        self._increments = np.zeros(stages, np.int64)
        self._decoded = np.zeros(stages, np.int64)
        self._right = np.zeros(stages, np.int64)
        self._undetected = np.zeros(stages, np.int64)
        self._symbols = np.zeros(stages, np.int64)
        self._wrong = np.zeros(stages, np.int64)
        self._rows: list[tuple[Array, Array]] = []

    def add(self, frame: CodedFrame) -> None:
        """One more frame."""
        accepted, stages = len(frame.wrong), len(frame.sent)
        self._lengths.add(frame.lengths, stages)
        self._all.add(frame.distortions, stages)
        self._distortions.add(frame.distortions, accepted)
        self._sent += frame.sent
        self._increments += frame.increments
        self._decoded[:accepted] += 1
        self._right[:accepted] += np.cumsum(frame.wrong) == 0
        self._undetected[:accepted] += frame.wrong > 0
        self._symbols[:accepted] += frame.symbols[:accepted]
        self._wrong[:accepted] += frame.wrong
        distortion = np.full(stages, np.nan)
        distortion[:accepted] = frame.distortions[:accepted].mean(axis=1)
        self._rows.append((frame.sent.astype(np.float64), distortion))

    def figures(
        self,
        *,
        coder: str,
        feedback: bool,
        block_length: int,
        seconds: tuple[float, float],
        ideal_rate: Array | None,
        binding: Sequence[RateDistortionFunction],
        is_power: bool,
    ) -> CodingFigures:
        """All figures; seconds: to encode and to decode. binding: bounds of the pair."""
        frames = len(self._rows)
        size = self._sent + self._layer
        size[0] += self._header
        rate = 8.0 * size / (frames * block_length)
        sum_rate = np.cumsum(rate)
        distortion = self._distortions.mean()
        per_sample = 8.0 / block_length * np.array([row[0] for row in self._rows])
        totals = np.cumsum(per_sample, axis=1)
        errors = {
            "model_rate": self._lengths.error(),
            "coded_rate": _error(per_sample),
            "coded_sum_rate": _error(totals),
            "distortion": self._distortions.error(),
            "distortion_all": self._all.error(),
        }
        optional: dict[str, Any] = {}
        if is_power:
            optional["distortion_db"] = power_db(distortion)
            errors["distortion_db"] = DB_SLOPE * errors["distortion"] / distortion
        if is_power and binding:
            least, slope = least_distortion_db(binding, sum_rate)
            optional["coded_gap_db"] = optional["distortion_db"] - least
            levels = np.array([row[1] for row in self._rows])
            errors["coded_gap_db"] = _gap_error(
                errors["distortion_db"],
                slope * errors["coded_sum_rate"],
                DB_SLOPE / distortion * slope * _covariance(totals, levels),
            )
        if ideal_rate is not None:
            optional["ideal_rate"] = ideal_rate
        return CodingFigures(
            coder=coder,
            feedback=feedback,
            frames=frames,
            block_length=block_length,
            header_bytes=self._header,
            encode_seconds=seconds[0],
            decode_seconds=seconds[1],
            model_rate=self._lengths.mean(),
            coded_rate=rate,
            coded_sum_rate=sum_rate,
            distortion=distortion,
            distortion_all=self._all.mean(),
            decoded=self._decoded,
            undetected=self._undetected,
            bytes=size,
            increments=self._increments,
            requests=self._increments - frames if feedback else np.zeros_like(self._increments),
            errors={name: error for name, error in errors.items() if np.isfinite(error).any()},
            **self._error_rates(frames),
            **optional,
        )

    def _error_rates(self, frames: int) -> dict[str, Any]:
        """Frames and symbols that are wrong, with intervals."""
        wrong = frames - self._right
        ends = np.array([clopper_pearson(int(count), frames) for count in wrong])
        with np.errstate(invalid="ignore", divide="ignore"):
            share = self._wrong / self._symbols
            length = self._symbols / self._decoded
            # A frame with a wrong symbol has one at least, and at most as many as symbols.
            undetected = np.array(
                [
                    clopper_pearson(int(count), int(trials))
                    for count, trials in zip(self._undetected, self._decoded, strict=True)
                ]
            )
            lower = np.where(self._decoded > 0, undetected[:, 0] / length, 0.0)
        return {
            "frame_errors": wrong,
            "frame_error_rate": wrong / frames,
            "frame_error_rate_lower": ends[:, 0],
            "frame_error_rate_upper": ends[:, 1],
            "symbol_error_rate": share,
            "symbol_error_rate_lower": lower,
            "symbol_error_rate_upper": undetected[:, 1],
        }


@final
class _Mean:
    """Mean over the blocks of frames, by stage, and its standard error."""

    def __init__(self, stages: int) -> None:
        self._count = np.zeros(stages, np.int64)
        self._shift = np.full(stages, np.nan)
        self._sum, self._squares = np.zeros(stages), np.zeros(stages)

    def add(self, values: Array, stages: int) -> None:
        """values: shape (K, B), of which the first stages count."""
        some = values[:stages]
        if not some.size:
            return
        # Sums about the first frame's mean keep the variance exact at any number of samples.
        new = np.isnan(self._shift[:stages])
        self._shift[:stages][new] = some[new].mean(axis=1)
        centred = some - self._shift[:stages, None]
        self._count[:stages] += some.shape[1]
        self._sum[:stages] += centred.sum(axis=1)
        self._squares[:stages] += (centred**2).sum(axis=1)

    def mean(self) -> Array:
        """NaN where there was nothing."""
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: Array = self._shift + self._sum / self._count
        return mean

    def error(self) -> Array:
        """Its standard error, of independent blocks."""
        with np.errstate(invalid="ignore", divide="ignore"):
            variance = (self._squares - self._sum**2 / self._count) / (self._count - 1)
            error: Array = np.sqrt(np.maximum(variance, 0.0) / self._count)
        # Of equal numbers rounding leaves a variance that is none.
        return np.where(error < NO_ERROR * np.abs(self._shift), 0.0, error)


def _error(rows: Array) -> Array:
    """Standard error of the mean of independent rows; NaN for one row."""
    if len(rows) < 2:
        return np.full(rows.shape[1], np.nan)
    # About the first row: equal rows then have no error at all.
    error: Array = (rows - rows[0]).std(axis=0, ddof=1) / np.sqrt(len(rows))
    return error


def _covariance(rates: Array, levels: Array) -> Array:
    """Covariance of two means, by stage, over the rows that have both; NaN where one is alone."""
    found = np.full(rates.shape[1], np.nan)
    for stage, (rate, level) in enumerate(zip(rates.T, levels.T, strict=True)):
        both = np.isfinite(level)
        if both.sum() > 1:
            found[stage] = np.cov(rate[both], level[both])[0, 1] / both.sum()
    return found


def _gap_error(level: Array, rate: Array, covariance: Array) -> Array:
    """Standard error of a difference in dB from those of its parts and their covariance."""
    error: NDArray[np.float64] = np.sqrt(np.maximum(level**2 + rate**2 - 2 * covariance, 0.0))
    return error
