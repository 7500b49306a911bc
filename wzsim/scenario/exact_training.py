"""`[training]` with `method = "exact"`: the expectation of the loss without sampling noise."""

from __future__ import annotations

from typing import Literal, final

import attrs

from wzsim.contracts import OneOf, Range, doc
from wzsim.errors import Problem, ScenarioError
from wzsim.scenario.price import PriceOrRate

RESTARTS_TAUGHT, RESTARTS_UNTAUGHT = 16, 4
"""Of a training that says nothing of them."""

MOST_ENUMERATED, MOST_TAUGHT = 512, 256
"""Messages up to which all are enumerated, and up to which a teacher is searched for."""

BATCH_SIZE = 1_000
"""Source samples a step, where the scenario says nothing of them."""

REPORTS = 20
"""Times that a training reports, as epochs do."""


@final
@attrs.frozen(kw_only=True)
class EntropyWeight:
    """`entropy_weight`: exponential from `start` at the first step to `stop` at the last."""

    start: float = attrs.field(
        default=0.1, validator=Range(gt=0), metadata=doc("at the first step; 1 is Eqs. (10), (11)")
    )
    stop: float = attrs.field(
        default=0.02, validator=Range(gt=0), metadata=doc("at the last step: nearly hard messages")
    )

    def __attrs_post_init__(self) -> None:
        if self.stop > self.start:
            message = f"stop must be at most start, which is {self.start:g}, not {self.stop:g}"
            raise ScenarioError([Problem(message, "$.stop", hint=f"write start = {self.stop:g}")])

    def at(self, step: int, steps: int) -> float:
        """Weight of a step, 0 .. steps - 1.

        >>> EntropyWeight(start=1.0, stop=0.25).at(1, 3)
        0.5
        """
        share = step / (steps - 1) if steps > 1 else 1.0
        return float(self.start * (self.stop / self.start) ** share)


@final
@attrs.frozen(kw_only=True)
class ExactTraining(PriceOrRate):
    """`[training]` with `method = "exact"`: no sampling noise in x, y or m."""

    method: Literal["exact"] = attrs.field(
        default="exact",
        validator=OneOf(("exact",)),
        metadata=doc("messages are enumerated, x and y integrated where the pair has a density"),
    )
    init: Literal["random", "nsq", "lloyd"] = attrs.field(
        default="random",
        validator=OneOf(("random", "nsq", "lloyd")),
        metadata=doc("where the search begins: networks as drawn, or a designed quantizer"),
    )
    teacher: bool = attrs.field(
        default=True,
        metadata=doc(
            "whether the encoder follows the exact argmin of its own loss before it is used as "
            "it is; without, and for pairs without a density, gradients do all"
        ),
    )
    restarts: int | None = attrs.field(
        default=None,
        validator=Range(ge=1, le=10_000),
        metadata=doc(
            "networks drawn at random, and of init 'lloyd' quantizers of each kind of start; "
            "default: 16 for a teacher, 4 without one"
        ),
    )
    search_rounds: int = attrs.field(
        default=120,
        validator=Range(ge=0, le=100_000),
        metadata=doc("rounds in which a teacher joins pieces of the best restarts"),
    )
    steps: int = attrs.field(
        default=800, validator=Range(ge=1), metadata=doc("gradient steps of the reported networks")
    )
    learning_rate: float = attrs.field(
        default=1e-2, validator=Range(gt=0), metadata=doc("highest learning rate of Adam's cycle")
    )
    batch_size: int = attrs.field(
        default=BATCH_SIZE,
        validator=Range(ge=1, le=10_000_000),
        metadata=doc("source samples a step, for pairs without a density"),
    )
    entropy_weight: EntropyWeight = attrs.field(
        factory=EntropyWeight,
        metadata=doc("price of the encoder's randomness, where there is no teacher"),
    )

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.target_rate is None and self.lagrange_multiplier is None:
            message = "missing 'lagrange_multiplier', or 'target_rate' instead of it"
            raise ScenarioError([Problem(message, "$.lagrange_multiplier")])

    def candidates(self, *, taught: bool) -> int:
        """Networks drawn at random, with or without a teacher."""
        if self.restarts is not None:
            return self.restarts
        return RESTARTS_TAUGHT if taught else RESTARTS_UNTAUGHT

    @property
    def report_every(self) -> int:
        """Steps between two reports."""
        return max(1, self.steps // REPORTS)

    @property
    def epochs(self) -> int:
        """Reports of the whole training."""
        return -(-self.steps // self.report_every)
