"""Which rate a plane needs, from a sample of the law that both sides expect."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wzsim.builtin.coders.ldpc.degrees import needed_rate
from wzsim.contracts import Symbols
from wzsim.theory.bit_planes import Order, bit_llr, bit_planes, by_bits, plane_count

RAW: Final = 1.0
"""Rate of a plane that is sent as it is."""

WORTHWHILE: Final = 0.985
"""A plane that needs more than this is sent raw."""

LEAST: Final = 0.002
"""Rate of the smallest syndrome."""

STIFF: Final = 0.85
"""Entropy of a plane from which on increments help little .."""

FEW: Final = 0.01
""".. and the share of its blocks that may need some."""

LEAST_SHARE: Final = 1e-300
"""Of failures: no law tells smaller ones apart."""

SHIFT: Final = 0.9
"""Where half of the blocks decode: this many deviations above what a long code needs .."""

SPREAD: Final = 1.5
""".. and how far the rates that blocks need deviate, over the deviation of their entropy."""

WEAK: Final = -0.25
"""Power of 1 - H by which the second grows, and its square the first: syndromes of nearly as many
bits as the plane has leave belief propagation little to work with."""


def chosen_rates(
    symbols: Symbols,
    log_probs: NDArray[np.float64],
    block_length: int,
    frame_error_rate: float,
    order: Order,
) -> tuple[float, ...]:
    """Syndrome bits a symbol for each plane.

    symbols: shape (T,); log_probs: shape (T, M) [nat]. The rate of a plane is what a long code
    needs for its entropy H, and a margin: blocks of n bits have entropies of variance V / n, V that
    of -log2 q, of which all but the share of failures must fit (Strassen 1962; Tan and
    Kosut, IEEE Trans. Inf. Theory 60(2), 2014). Belief propagation takes a little more; its
    three constants were measured on planes at n = 10^3, 10^4 and 10^5.
    """
    count = plane_count(log_probs.shape[-1])
    share = max(frame_error_rate / count, LEAST_SHARE)
    log_probs = by_bits(log_probs, count, order)
    known, rates = np.zeros_like(symbols), []
    for index, bits in enumerate(bit_planes(symbols, count, order)):
        llr = bit_llr(log_probs, known, index)
        known = 2 * known + bits
        lengths = np.logaddexp(0.0, np.where(bits == 1, llr, -llr)) / math.log(2)
        rates.append(_rate(lengths, block_length, share))
    return tuple(rates)


def _rate(lengths: NDArray[np.float64], block_length: int, share: float) -> float:
    """The rate of a plane from code lengths of its bits, shape (T,) [bit]."""
    entropy = min(float(lengths.mean()), 1.0)
    wrong = float((1 - np.exp2(-lengths)).mean())
    if block_length * wrong < share / 10:
        return 0.0
    weak = max(1 - entropy, 0.01) ** WEAK
    deviation = math.sqrt(float(lengths.var()) / block_length)
    # Split rows of a code of few bits a check are no good: there the first try has to do.
    share = share if entropy < STIFF else min(share, FEW)
    margin = SHIFT * weak**2 - SPREAD * weak * NormalDist().inv_cdf(share)
    needed = needed_rate(entropy) + deviation * margin
    return RAW if needed > WORTHWHILE else max(round(needed, 6), LEAST)
