"""The scenario as frozen data. `load` makes one from TOML; programs may make one directly."""

from __future__ import annotations

import math
from typing import Literal, final

import attrs

from wzsim.contracts import (
    Base,
    Bound,
    Channel,
    DecoderConfig,
    DesignProblem,
    Distortion,
    EncoderConfig,
    Objective,
    OneOf,
    Pair,
    PairSource,
    Range,
    RateEstimatorConfig,
    Source,
    compose,
    doc,
)

SCHEMA = 1
"""Version of the scenario format."""


@final
@attrs.frozen(kw_only=True)
class Correlation:
    """`[correlation]`: either a source and a channel, or one pair."""

    base: Base = attrs.field(
        default="y",
        validator=OneOf(("x", "y")),
        metadata=doc("which variable the source draws; the channel gives the other"),
    )
    source: Source | None = attrs.field(default=None, metadata=doc("law of the base variable"))
    channel: Channel | None = attrs.field(default=None, metadata=doc("base variable to the other"))
    pair: PairSource | None = attrs.field(default=None, metadata=doc("samples (x, y) jointly"))

    def __attrs_post_init__(self) -> None:
        if (self.pair is None) != (self.source is not None and self.channel is not None) or (
            self.pair is not None and (self.source is not None or self.channel is not None)
        ):
            raise ValueError("needs either 'source' and 'channel', or 'pair' alone")

    def as_pair(self) -> Pair:
        """The pair (X, Y) with every capability of its parts."""
        if self.pair is not None:
            return self.pair
        assert self.source is not None
        assert self.channel is not None
        return compose(self.source, self.channel, self.base)


@final
@attrs.frozen(kw_only=True)
class CodeTable:
    """`[code]`: alphabets and the three parts of the code."""

    alphabet_sizes: tuple[int, ...] = attrs.field(
        validator=Range(ge=2, le=65536), metadata=doc("M_1 .. M_K, one alphabet size a stage")
    )
    encoder: EncoderConfig = attrs.field(metadata=doc("x to message"))
    rate_estimator: RateEstimatorConfig = attrs.field(metadata=doc("bits of the message"))
    decoder: DecoderConfig = attrs.field(metadata=doc("message and y to x_hat"))

    @alphabet_sizes.validator
    def _some_stage(self, _attribute: object, value: tuple[int, ...]) -> None:
        if not value:
            raise ValueError("alphabet_sizes needs at least one stage")


@final
@attrs.frozen(kw_only=True)
class Adam:
    """`optimizer`: Adam with its usual moments."""

    name: Literal["adam"] = attrs.field(default="adam", validator=OneOf(("adam",)))
    learning_rate: float = attrs.field(
        default=1e-3, validator=Range(gt=0), metadata=doc("learning rate at the first epoch")
    )


@final
@attrs.frozen(kw_only=True)
class StepDecay:
    """`learning_rate_decay`: the rate is multiplied by `factor` after `every` epochs."""

    factor: float = attrs.field(default=0.3, validator=Range(gt=0, le=1))
    every: int = attrs.field(default=40, validator=Range(ge=1), metadata=doc("[epochs]"))


@final
@attrs.frozen(kw_only=True)
class Temperature:
    """`temperature`: exponential from `start` at the first epoch to `stop` at the last."""

    start: float = attrs.field(default=1.0, validator=Range(gt=0))
    stop: float = attrs.field(default=0.2, validator=Range(gt=0))

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
        default="gumbel-softmax", validator=OneOf(("gumbel-softmax",))
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
    epochs: int = attrs.field(default=180, validator=Range(ge=1))
    samples_per_epoch: int = attrs.field(default=200_000, validator=Range(ge=1))
    batch_size: int = attrs.field(default=1_000, validator=Range(ge=1))
    optimizer: Adam = attrs.field(factory=Adam)
    learning_rate_decay: StepDecay = attrs.field(factory=StepDecay)
    temperature: Temperature = attrs.field(factory=Temperature)


Training = GumbelSoftmaxTraining
"""One class for each `training.method`; a union once there are several."""


@final
@attrs.frozen(kw_only=True)
class Evaluation:
    """`[evaluation]`: how the finished code is measured."""

    method: Literal["monte-carlo"] = attrs.field(
        default="monte-carlo", validator=OneOf(("monte-carlo",))
    )
    samples: int = attrs.field(
        default=10_000_000, validator=Range(ge=1_000), metadata=doc("test samples")
    )
    bounds: tuple[Bound, ...] | None = attrs.field(
        default=None, metadata=doc("names of bounds; default: every installed one that applies")
    )


@final
@attrs.frozen(kw_only=True)
class Scenario:
    """Everything that decides a result. Two equal scenarios give the same numbers."""

    schema: int = attrs.field(default=SCHEMA, validator=OneOf((SCHEMA,)))
    name: str = attrs.field(metadata=doc("name of the result file, without .h5"))
    title: str = attrs.field(default="", metadata=doc("one line for figures and tables"))
    seed: int = attrs.field(default=0, validator=Range(ge=0, lt=2**63))
    correlation: Correlation = attrs.field()
    distortion: Distortion = attrs.field(metadata=doc("d(x, x_hat)"))
    code: CodeTable = attrs.field()
    training: Training = attrs.field()
    evaluation: Evaluation = attrs.field(factory=Evaluation)

    @name.validator
    def _plain_name(self, _attribute: object, value: str) -> None:
        plain = value and all(c.isalnum() or c in "._-" for c in value) and value[0].isalnum()
        if not plain:
            raise ValueError(
                f"name must be letters, digits, '.', '_' or '-', not {value!r}: it names the file"
            )

    def __attrs_post_init__(self) -> None:
        stages = len(self.code.alphabet_sizes)
        for key in ("lagrange_multiplier", "rate_weights"):
            value = getattr(self.training, key)
            if isinstance(value, tuple) and len(value) != stages:
                raise ValueError(
                    f"training.{key} has {len(value)} numbers for {stages} stages of the code"
                )

    def problem(self) -> DesignProblem:
        """What the design is given."""
        pair = self.correlation.as_pair()
        shape = self.code.encoder.message_shape(self.code.alphabet_sizes, pair.block_length)
        multiplier, weights = self.training.lagrange_multiplier, self.training.rate_weights
        return DesignProblem(
            pair=pair,
            distortion=self.distortion,
            shape=shape,
            objective=Objective(
                multiplier if isinstance(multiplier, tuple) else (multiplier,) * shape.stages,
                weights or (0.0,) * (shape.stages - 1) + (1.0,),
            ),
            encoder=self.code.encoder,
            rate_estimator=self.code.rate_estimator,
        )
