"""How much rows depend on their neighbours."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@final
@attrs.frozen
class Dependence:
    """The autocorrelation of a sequence of rows."""

    lag_one: float
    """Correlation of a row with the next one."""

    effective_rows: float
    """Independent rows that would give a mean of the same accuracy."""

    @classmethod
    def of(cls, values: Array) -> Dependence:
        """Measure it: rows / (1 + 2 sum of autocorrelations up to the first that is negative)."""
        rows = len(values)
        centred = values - values.mean()
        length = 1 << (2 * rows - 1).bit_length()
        spectrum = np.fft.rfft(centred, length)
        covariance = np.fft.irfft(np.square(np.abs(spectrum)), length)[: rows // 2]
        correlation = covariance / covariance[0]
        negative = np.flatnonzero(correlation < 0)
        last = int(negative[0]) if len(negative) else len(correlation)
        time = 1 + 2 * float(correlation[1:last].sum())
        return cls(float(correlation[1]), rows / time)
