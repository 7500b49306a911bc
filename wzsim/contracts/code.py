"""A code: encoder, rate estimator and decoder that belong together; and what it is made for."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import attrs
import numpy as np
from numpy.typing import NDArray

from wzsim.contracts.decoder import Decoder
from wzsim.contracts.encoder import Encoder, EncoderConfig
from wzsim.contracts.message import MessageShape
from wzsim.contracts.rate import RateEstimator, RateEstimatorConfig

if TYPE_CHECKING:
    from wzsim.contracts.distortion import Distortion
    from wzsim.contracts.pair import Pair


@final
@attrs.frozen
class Objective:
    """The loss of a layered code [nat]: L = sum_k [ a_k R_k^tot + lambda_k D_k ].

    R_k^tot = R_1 + ... + R_k. The paper's Eqs. (10) and (11) are
    a = (0, ..., 0, 1) and one lambda for all stages.
    """

    lagrange_multipliers: tuple[float, ...]
    """lambda_k [nat per unit of distortion]."""

    rate_weights: tuple[float, ...]
    """a_k, without unit."""

    @property
    def stage_rate_weights(self) -> tuple[float, ...]:
        """What a nat of stage k costs: a_k + ... + a_K.

        >>> Objective((1.0, 1.0), (0.0, 1.0)).stage_rate_weights
        (1.0, 1.0)
        """
        return tuple(sum(self.rate_weights[k:]) for k in range(len(self.rate_weights)))


@final
@attrs.frozen
class DesignProblem:
    """All that a design may know: the pair, the alphabets, the price of rate and distortion."""

    pair: Pair
    distortion: Distortion
    shape: MessageShape
    objective: Objective | None
    """None where an encoder is given and needs no price."""
    target_rate: float | tuple[float, ...] | None
    """Rate to design for instead [bit/sample]: the total one, or R_k^tot after each stage."""
    encoder: EncoderConfig
    rate_estimator: RateEstimatorConfig
    rate_weights: tuple[float, ...] | None = None
    """a_k of a design for a total rate, which has no objective; None for (0, .., 0, 1)."""

    @property
    def price(self) -> Objective:
        """The objective of a design that has one; its parts refuse a problem without."""
        assert self.objective is not None
        return self.objective


@final
@attrs.frozen
class Code:
    """What turns x into a message and the message and y into reconstructions."""

    encoder: Encoder
    rate_estimator: RateEstimator
    decoder: Decoder

    @property
    def shape(self) -> MessageShape:
        """Alphabets and block length."""
        return self.encoder.shape

    @property
    def block_length(self) -> int:
        """Samples a block, n."""
        return self.shape.block_length

    def state(self) -> dict[str, dict[str, NDArray[np.generic]]]:
        """`state()` of the three parts, by their names."""
        return {
            "encoder": self.encoder.state(),
            "rate_estimator": self.rate_estimator.state(),
            "decoder": self.decoder.state(),
        }
