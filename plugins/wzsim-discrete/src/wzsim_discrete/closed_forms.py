"""Wyner-Ziv functions in closed form, rates in bit; certified intervals are tested against them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def binary_entropy(p: ArrayLike) -> Array:
    """h(p) [bit].

    >>> float(binary_entropy(0.5))
    1.0
    """
    p = np.asarray(p, dtype=np.float64)
    inner = np.clip(p, 1e-300, 1 - 1e-16)
    return np.asarray(-inner * np.log2(inner) - (1 - inner) * np.log2(1 - inner))


def erased(p: float, erasure: float, distortion: ArrayLike) -> Array:
    """Side information erased with probability e, P(X = 1) = p, Hamming: e (h(p) - h(D / e))."""
    share = np.asarray(distortion, dtype=np.float64) / erasure
    rate = erasure * (binary_entropy(p) - binary_entropy(np.minimum(share, 0.5)))
    return np.where(share < min(p, 1 - p), rate, 0.0)


def one_uncertain_value(weight: float, q: float, distortion: ArrayLike) -> Array:
    """One y alone leaves X uncertain (Z-channel): w (h(q) - h(D / w)), w = P(y), q = P(1 | y)."""
    share = np.asarray(distortion, dtype=np.float64) / weight
    rate = weight * (binary_entropy(q) - binary_entropy(np.minimum(share, 0.5)))
    return np.where(share < min(q, 1 - q), rate, 0.0)


def doubly_symmetric(p: float, distortion: ArrayLike, points: int = 20_001) -> Array:
    """The lower hull of h(p * D) - h(D) and the point (p, 0), Hamming [Wyner, Ziv 1976]."""
    from wzsim.theory.hull import lower_hull

    d = np.linspace(0, p, points)
    curve = binary_entropy(p * (1 - d) + (1 - p) * d) - binary_entropy(d)
    rates, distortions = lower_hull(np.append(curve, 0.0), np.append(d, p))
    return np.asarray(np.interp(np.asarray(distortion), distortions[::-1], rates[::-1]))
