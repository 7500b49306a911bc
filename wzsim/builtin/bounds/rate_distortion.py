"""Coding without side information."""

from __future__ import annotations

from typing import ClassVar, final

import attrs

from wzsim.builtin.bounds.functions import SCOPE_OF_X, function_of, is_known
from wzsim.contracts import Bound, Distortion, Pair, RateDistortionFunction


@final
@attrs.frozen(kw_only=True)
class RateDistortionBound(Bound):
    """R(D) of X; Var(X) 2^(-2R) for a Gaussian X, elsewhere a certified interval."""

    name: ClassVar[str] = "rate-distortion"
    title: ClassVar[str] = "no side information"
    scope: ClassVar[str] = SCOPE_OF_X
    binds: ClassVar[bool] = False

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return is_known(pair, distortion, "nobody")

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        return function_of(pair, distortion, "nobody")
