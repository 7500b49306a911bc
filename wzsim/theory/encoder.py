"""The partition that a hard scalar encoder is."""

from __future__ import annotations

import numpy as np

from wzsim.contracts import DensityPair, ScalarEncoder
from wzsim.theory.lloyd import conditional_deviation
from wzsim.theory.partition import Partition, search_partition

TAIL = 1e-14
"""Probability of X outside the interval where thresholds are looked for."""

SCAN_POINTS = 20_001, 200_001
"""Fewest and most points of the scan for encoders that cannot list their thresholds."""

SCAN_POINTS_A_DEVIATION = 250
"""Of X given Y: a cell too narrow for the scan would hardly change a figure."""


def encoder_partition(encoder: ScalarEncoder, pair: DensityPair) -> tuple[Partition, float]:
    """The partition of an encoder over nearly all of X, and its resolution.

    The resolution is 0 where the encoder lists its thresholds; else it is the
    spacing of a scan, below which a cell may have been missed.
    """
    low, high = pair.x_interval(TAIL)
    sizes = encoder.shape.alphabet_sizes
    thresholds = encoder.thresholds(low, high)
    if thresholds is None:
        wanted = int((high - low) / conditional_deviation(pair) * SCAN_POINTS_A_DEVIATION)
        points = int(np.clip(wanted, *SCAN_POINTS))
        return search_partition(encoder.message_index, sizes, low, high, points)
    ends = np.concatenate([[low], thresholds, [high]])
    labels = encoder.message_index(0.5 * (ends[1:] + ends[:-1]))
    return Partition(thresholds, labels, sizes).merged(), 0.0
