"""The Laplacian law with mean zero: p(v) = exp(-|v| / scale) / (2 scale)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator, Tensor


def variance(scale: float) -> float:
    """2 scale^2 [units^2].

    >>> variance(0.5)
    0.5
    """
    return 2 * scale**2


def draw(like: Tensor, scale: float, generator: Generator) -> Tensor:
    """Samples of the shape, dtype and device of `like`: a difference of two exponentials."""
    first = like.new_empty(like.shape).exponential_(generator=generator)
    second = like.new_empty(like.shape).exponential_(generator=generator)
    return (first - second) * scale


def log_density(value: Tensor, scale: float) -> Tensor:
    """log p(v), elementwise [nat]."""
    return -value.abs() / scale - math.log(2 * scale)


def interval(scale: float, tail: float) -> tuple[float, float]:
    """The interval that misses exactly `tail`: P(|V| > t) = exp(-t / scale).

    >>> low, high = interval(1.0, tail=math.exp(-2))
    >>> round(low, 9), round(high, 9)
    (-2.0, 2.0)
    """
    half_width = -scale * math.log(tail)
    return -half_width, half_width
