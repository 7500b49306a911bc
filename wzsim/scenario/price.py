"""What a design is asked for: a price of rate and distortion, or a rate."""

from __future__ import annotations

import attrs

from wzsim.contracts import Range, doc
from wzsim.errors import Problem, ScenarioError


@attrs.frozen(kw_only=True)
class PriceOrRate:
    """The keys of `[training]` that say what the stages cost, or which rate is wanted instead."""

    lagrange_multiplier: float | tuple[float, ...] | None = attrs.field(
        default=None,
        validator=Range(gt=0),
        metadata=doc("lambda: nats a unit of distortion is worth, one number or one a stage"),
    )
    rate_weights: tuple[float, ...] | None = attrs.field(
        default=None,
        validator=Range(ge=0),
        metadata=doc("a_1 .. a_K: price of the total rate after each stage; default (0, .., 0, 1)"),
    )
    target_rate: float | tuple[float, ...] | None = attrs.field(
        default=None,
        validator=Range(gt=0),
        metadata=doc(
            "rate to design for instead of a price [bit/sample]: the total one, or the rate after "
            "each stage, that of the stages before included"
        ),
    )

    def __attrs_post_init__(self) -> None:
        if self.target_rate is not None and self.lagrange_multiplier is not None:
            raise ScenarioError(
                [
                    Problem(
                        "target_rate and lagrange_multiplier both fix the rate; give one",
                        "$.target_rate",
                    )
                ]
            )
