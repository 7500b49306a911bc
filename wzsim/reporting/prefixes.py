"""Message prefixes m_1 .. m_k by their numbers, m_1 most significant."""

from __future__ import annotations

import math

from wzsim.simulation.result import Binning, Reconstruction


def alphabet_sizes(reconstruction: Reconstruction) -> list[int]:
    """M_1 .. M_K, from how many message prefixes there are."""
    counts = [len(curves) for curves in reconstruction.x_hat]
    return [
        count // before if before else 1
        for before, count in zip([1, *counts], counts, strict=False)
    ]


def prefix_name(prefix: int, sizes: list[int]) -> str:
    """The symbols m_1 .. m_k of a message prefix.

    >>> prefix_name(6, [2, 2, 2]), prefix_name(17, [4, 16])
    ('110', '1 1')
    """
    symbols: list[str] = []
    for size in reversed(sizes):
        prefix, symbol = divmod(prefix, size)
        symbols.insert(0, str(symbol))
    return ("" if max(sizes) <= 10 else " ").join(symbols)


def used_prefixes(stage: int, sizes: list[int], binning: Binning | None) -> set[int]:
    """The prefixes of a stage, from 0, that some x is mapped to; all where no bins are known."""
    if binning is None:
        return set(range(math.prod(sizes[: stage + 1])))
    return set((binning.message_index // math.prod(sizes[stage + 1 :])).tolist())
