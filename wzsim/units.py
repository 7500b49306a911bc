"""Bits, nats and decibels. Rates are reported in bit per source sample; losses are in nats."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

BIT_PER_NAT = 1.0 / math.log(2.0)

DB_PER_BIT = 20.0 * math.log10(2.0)
"""Slope of a Gaussian distortion-rate function, 6.0206 dB per bit."""


def power_db(power: ArrayLike) -> NDArray[np.float64]:
    """10 log10(power); zero gives -inf without a warning.

    >>> float(power_db(0.1))
    -10.0
    """
    with np.errstate(divide="ignore"):
        return 10.0 * np.log10(np.asarray(power, dtype=np.float64))
