"""Numbers rounded as their standard errors allow."""

from __future__ import annotations

import math

DIGITS = 4
"""Significant digits of a number whose error is not known."""

EXACT_DIGITS = 5
"""Significant digits of an exact number: more than sampling gives, fewer than quadrature has."""

EXACT_LOSS_DIGITS = 6
"""Of an exact loss: those of two codes may differ little."""

NOTHING = 1e-8
"""An exact number below this is the rounding error of a zero."""


def rounded(value: float, error: float | None = None, digits: int = DIGITS) -> tuple[str, str]:
    """A number and its standard error as text, the error with two significant digits.

    Without an error the number has `digits` significant ones and the second text is empty.

    >>> rounded(0.310042, 0.000131)
    ('0.31004', '0.00013')
    >>> rounded(-11.00042, 0.0021)
    ('-11.0004', '0.0021')
    >>> rounded(0.310042)
    ('0.3100', '')
    >>> rounded(-2.7e-10)
    ('0', '')
    >>> rounded(1.25e-7, 3.1e-10)
    ('1.2500e-07', '0.0031e-07')
    """
    if error is None and abs(value) < NOTHING:
        return "0", ""
    exponent = _exponent(value)
    if exponent < -300:  # the power of ten itself would be zero
        return f"{value:.3e}", "" if error is None else f"{error:.1e}"
    if not -4 <= exponent < 6:
        scale = 10.0**exponent
        relative = None if error is None else error / scale
        number, uncertainty = rounded(value / scale, relative, digits)
        suffix = f"e{exponent:+03d}"
        return number + suffix, uncertainty and uncertainty + suffix
    if error is None or not math.isfinite(error) or error <= 0.0:
        decimals = max(0, digits - 1 - exponent)
        return f"{value:.{decimals}f}", "" if error is None else f"{error:g}"
    decimals = min(15, max(0, 1 - _exponent(error)))
    return f"{value:.{decimals}f}", f"{error:.{decimals}f}"


def _exponent(value: float) -> int:
    """Power of ten of the first significant digit; 0 for zero and what is not finite.

    >>> [_exponent(value) for value in (0.05, 1.0, 12.0, 0.0, math.inf)]
    [-2, 0, 1, 0, 0]
    """
    return math.floor(math.log10(abs(value))) if value and math.isfinite(value) else 0
