"""Coding with side information at both ends."""

from __future__ import annotations

from typing import ClassVar, final

import attrs

from wzsim.builtin.bounds.functions import SCOPE, function_of, is_known
from wzsim.contracts import Bound, Distortion, Pair, RateDistortionFunction


@final
@attrs.frozen(kw_only=True)
class ConditionalBound(Bound):
    """R_{X|Y}(D); Var(X|Y) 2^(-2R) for Gaussian noise, elsewhere a certified interval."""

    name: ClassVar[str] = "conditional"
    title: ClassVar[str] = "side information at both ends"
    scope: ClassVar[str] = SCOPE
    binds: ClassVar[bool] = True

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return is_known(pair, distortion, "both")

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        return function_of(pair, distortion, "both")
