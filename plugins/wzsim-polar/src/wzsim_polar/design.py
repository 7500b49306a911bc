"""How many entries of a plane are needed, measured by decoding blocks of a sample."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wzsim_polar.plane import entries_of, paths_of

BLOCKS = 256
"""That are decoded, if they are short; fewer long ones, as many as make ..."""

BITS = BLOCKS * 1024
"""... so many bits, but no fewer than ..."""

LEAST_BLOCKS = 40

STEPS = 128
"""A block's need is found to its length over this."""


def needed_rate(
    bits: NDArray[np.int32],
    ratios: NDArray[np.float64],
    *,
    block_length: int,
    failures: float,
    list_size: int,
) -> float:
    """Entries a bit with which all but a share `failures` of blocks are decoded.

    bits, ratios: a sample of the plane, and log P(0) / P(1) beside it [nat], shape (T,). Blocks
    are drawn from it, and what each of them needs is found by bisection. A share of one in a
    thousand is too rare to be seen: it is read from a normal law of their mean and deviation.
    """
    rng = np.random.default_rng(0)
    blocks = max(LEAST_BLOCKS, min(BLOCKS, BITS // block_length))
    drawn = rng.integers(len(bits), size=(blocks, block_length))
    needs, guess = [], STEPS // 2
    for block in drawn:
        guess = _steps_needed(bits[block], ratios[block], list_size, guess)
        needs.append((guess - 0.5) / STEPS if guess else 0.0)
    return float(
        np.mean(needs) + np.std(needs, ddof=1) * -NormalDist().inv_cdf(max(failures, 1e-300))
    )


def _steps_needed(
    bits: NDArray[np.int32], ratios: NDArray[np.float64], list_size: int, guess: int
) -> int:
    """The least number of steps of entries with which a block is in the list of its decoder."""
    entries, start = entries_of(bits), np.zeros(1)

    def works(steps: int) -> bool:
        sent = entries[: steps * len(bits) // STEPS]
        paths = paths_of(ratios[None], start, sent, list_size)
        return bool((paths.bits == bits).all(axis=1).any())

    # The needs of blocks are alike, so the search goes from one outwards.
    low, high, reach = -1, STEPS, 2
    while low < guess < high:
        if works(guess):
            high, guess = guess, guess - reach
        else:
            low, guess = guess, guess + reach
        reach *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if works(middle):
            high = middle
        else:
            low = middle
    return high
