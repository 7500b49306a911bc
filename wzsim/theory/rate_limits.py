"""Which rates an alphabet cannot have: what is certain without any work."""

from __future__ import annotations

import math

ROUNDING = 1e-9
"""Of a rate [bit/sample]."""


def impossible_rate(
    alphabet_sizes: tuple[int, ...], target: float | tuple[float, ...]
) -> str | None:
    """Why no code has this total rate, or these rates after each stage; None if one may.

    >>> impossible_rate((2, 4), 3.5)
    'a total rate of 3.5 bit/sample is more than alphabets 2, 4 carry, 3 bit/sample'
    >>> impossible_rate((2, 4), (0.25, 2.5))
    'stage 2 would have 2.25 bit/sample, and its alphabet of 4 carries 2'
    >>> impossible_rate((2, 4), (0.5, 2.5))
    >>> impossible_rate((3,), 1.58499)
    'a total rate of 1.58499 bit/sample is more than an alphabet of 3 carries, 1.5849 bit/sample'
    """
    carried = [math.log2(size) for size in alphabet_sizes]
    if not isinstance(target, tuple):
        if target <= sum(carried) + ROUNDING:
            return None
        sizes = ", ".join(map(str, alphabet_sizes))
        alphabets = "an alphabet of" if len(carried) == 1 else "alphabets"
        carry = "carries" if len(carried) == 1 else "carry"
        return (
            f"a total rate of {target:.12g} bit/sample is more than {alphabets} {sizes} {carry}, "
            f"{_at_most(sum(carried))} bit/sample"
        )
    before = 0.0
    for stage, (rate, most) in enumerate(zip(target, carried, strict=True), start=1):
        if rate - before > most + ROUNDING:
            return (
                f"stage {stage} would have {rate - before:.12g} bit/sample, and its alphabet of "
                f"{alphabet_sizes[stage - 1]} carries {_at_most(most)}"
            )
        before = rate
    return None


def _at_most(limit: float) -> str:
    """A limit rounded down, so that a rate above it prints as one above it."""
    return f"{math.floor(limit * 1e4) / 1e4:.10g}"
