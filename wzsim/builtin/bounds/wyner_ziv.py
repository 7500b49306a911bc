"""The Wyner-Ziv bound: side information at the decoder only."""

from __future__ import annotations

from typing import ClassVar, final

import attrs

from wzsim.builtin.bounds.functions import SCOPE, function_of, is_known
from wzsim.contracts import Bound, Distortion, Pair, RateDistortionFunction


@final
@attrs.frozen(kw_only=True)
class WynerZivBound(Bound):
    """R_WZ(D); Var(X|Y) 2^(-2R) for Gaussian noise, elsewhere a certified interval."""

    name: ClassVar[str] = "wyner-ziv"
    title: ClassVar[str] = "Wyner-Ziv bound"
    scope: ClassVar[str] = SCOPE
    binds: ClassVar[bool] = True

    def applies_to(self, pair: Pair, distortion: Distortion) -> bool:
        return is_known(pair, distortion, "decoder")

    def on(self, pair: Pair, distortion: Distortion) -> RateDistortionFunction:
        return function_of(pair, distortion, "decoder")
