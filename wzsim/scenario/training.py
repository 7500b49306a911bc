"""`[training]`: how a code is designed, and what its stages cost."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Literal, final

import attrs

from wzsim.contracts import OneOf, Range, doc
from wzsim.errors import Problem
from wzsim.scenario.exact_training import ExactTraining
from wzsim.scenario.price import PriceOrRate


@final
@attrs.frozen(kw_only=True)
class Adam:
    """`optimizer`: Adam with its usual moments."""

    name: Literal["adam"] = attrs.field(
        default="adam", validator=OneOf(("adam",)), metadata=doc("which optimizer")
    )
    learning_rate: float = attrs.field(
        default=1e-3, validator=Range(gt=0), metadata=doc("learning rate at the first epoch")
    )


@final
@attrs.frozen(kw_only=True)
class StepDecay:
    """`learning_rate_decay`: the rate is multiplied by `factor` after `every` epochs."""

    factor: float = attrs.field(
        default=0.3, validator=Range(gt=0, le=1), metadata=doc("what the rate is multiplied by")
    )
    every: int = attrs.field(
        default=40, validator=Range(ge=1), metadata=doc("epochs between two steps")
    )


@final
@attrs.frozen(kw_only=True)
class Temperature:
    """`temperature`: exponential from `start` at the first epoch to `stop` at the last."""

    start: float = attrs.field(
        default=1.0, validator=Range(gt=0), metadata=doc("temperature of the first epoch")
    )
    stop: float = attrs.field(
        default=0.2, validator=Range(gt=0), metadata=doc("temperature of the last epoch")
    )

    def at(self, epoch: int, epochs: int) -> float:
        """Temperature of an epoch, 0 .. epochs - 1.

        >>> Temperature(start=1.0, stop=0.25).at(1, 3)
        0.5
        """
        fraction = epoch / (epochs - 1) if epochs > 1 else 1.0
        return self.start * math.exp(fraction * math.log(self.stop / self.start))


@final
@attrs.frozen(kw_only=True)
class GumbelSoftmaxTraining:
    """`[training]` with `method = "gumbel-softmax"`: the paper's recipe."""

    method: Literal["gumbel-softmax"] = attrs.field(
        default="gumbel-softmax",
        validator=OneOf(("gumbel-softmax",)),
        metadata=doc("how gradients pass through the symbols"),
    )
    lagrange_multiplier: float | tuple[float, ...] = attrs.field(
        validator=Range(gt=0),
        metadata=doc("lambda: nats a unit of distortion is worth, one number or one a stage"),
    )
    rate_weights: tuple[float, ...] | None = attrs.field(
        default=None,
        validator=Range(ge=0),
        metadata=doc("a_1 .. a_K: price of the total rate after each stage; default (0, .., 0, 1)"),
    )
    epochs: int = attrs.field(
        default=180, validator=Range(ge=1), metadata=doc("rounds of fresh samples")
    )
    samples_per_epoch: int = attrs.field(
        default=200_000, validator=Range(ge=1), metadata=doc("source samples an epoch")
    )
    batch_size: int = attrs.field(
        default=1_000,
        validator=Range(ge=1, le=10_000_000),
        metadata=doc("source samples a step"),
    )
    optimizer: Adam = attrs.field(factory=Adam, metadata=doc("what moves the parameters"))
    learning_rate_decay: StepDecay = attrs.field(
        factory=StepDecay, metadata=doc("how the learning rate falls")
    )
    temperature: Temperature = attrs.field(
        factory=Temperature, metadata=doc("of the softmax that relaxes the symbols")
    )

    def learning_rate_at(self, epoch: int) -> float:
        """Learning rate of an epoch, counted from 0."""
        decay = self.learning_rate_decay
        return self.optimizer.learning_rate * decay.factor ** (epoch // decay.every)


@final
@attrs.frozen(kw_only=True)
class DesignTraining(PriceOrRate):
    """`[training]` with `method = "design"`: encoders that no gradient moves."""

    method: Literal["design"] = attrs.field(
        default="design",
        validator=OneOf(("design",)),
        metadata=doc("the encoder is given, or designed at once"),
    )


Training = ExactTraining | GumbelSoftmaxTraining | DesignTraining
"""One class for each `training.method`."""


def total_rate_weights(stages: int) -> tuple[float, ...]:
    """a = (0, ..., 0, 1): only the total rate of all stages has a price, as in the paper.

    >>> total_rate_weights(3)
    (0.0, 0.0, 1.0)
    """
    return (0.0,) * (stages - 1) + (1.0,)


def stage_count_problems(
    alphabet_sizes: tuple[int, ...],
    lagrange_multiplier: float | tuple[float, ...] | None,
    rate_weights: tuple[float, ...] | None,
) -> Iterator[Problem]:
    """Numbers that are given by stage, but not one for each stage of the code."""
    if rate_weights is not None and not any(rate_weights):
        yield Problem(
            "rate_weights are all zero: no rate would have a price", "$.training.rate_weights"
        )
    by_stage = {"lagrange_multiplier": lagrange_multiplier, "rate_weights": rate_weights}
    for key, value in by_stage.items():
        yield from _count_problems(alphabet_sizes, key, value)


def target_rate_problems(alphabet_sizes: tuple[int, ...], training: Training) -> Iterator[Problem]:
    """A target rate by stage that no code of this many stages can have, or that has no price."""
    if isinstance(training, GumbelSoftmaxTraining) or training.target_rate is None:
        return
    weights = training.rate_weights
    if not isinstance(training.target_rate, tuple):
        if weights is not None and len(weights) == len(alphabet_sizes) and not weights[-1]:
            message = "rate_weights end with 0: the total rate, which has a target, has no price"
            yield Problem(message, "$.training.rate_weights")
        return
    rates = training.target_rate
    yield from _count_problems(alphabet_sizes, "target_rate", rates)
    for stage, (before, after) in enumerate(itertools.pairwise(rates), start=1):
        if after <= before:
            message = (
                f"target_rate must ascend, for it includes the stages before: {after:g} after "
                f"stage {stage + 1} is not above {before:g} after stage {stage}"
            )
            yield Problem(message, f"$.training.target_rate[{stage}]")
    if training.rate_weights is not None:
        message = "rate_weights cannot stand beside a target_rate by stage, which finds them"
        hint = "leave rate_weights out, or give the total rate alone"
        yield Problem(message, "$.training.rate_weights", hint=hint)


def _count_problems(
    alphabet_sizes: tuple[int, ...], key: str, value: float | tuple[float, ...] | None
) -> Iterator[Problem]:
    stages = len(alphabet_sizes)
    if isinstance(value, tuple) and len(value) != stages:
        numbers = "1 number" if len(value) == 1 else f"{len(value)} numbers"
        of_stages = "1 stage" if stages == 1 else f"{stages} stages"
        message = f"{key} has {numbers} for {of_stages} of the code"
        yield Problem(message, f"$.training.{key}")
