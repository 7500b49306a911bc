"""The scenario as frozen data. `load` makes one from TOML; programs may make one directly."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Literal, final

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
from wzsim.errors import Problem, ScenarioError

SCHEMA = 1
"""Version of the scenario format."""

PLAIN_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""A name that every file system takes."""


def json_schema_of(**keywords: Any) -> dict[str, Any]:
    """attrs metadata: JSON Schema keywords of a field that its type and range do not say."""
    return {"json_schema": keywords}


REQUIRED = {"required": True}
"""attrs metadata: a file must give the key, though Python has a default."""

FILLED_IN = {"filled_in": True}
"""attrs metadata: loading fills the key in where a file has none, though Python has no default."""


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
        parts = {"source": self.source, "channel": self.channel}
        given = [key for key, part in parts.items() if part is not None]
        if self.pair is not None:
            wrong = [(f"$.{key}", f"{key!r} cannot stand beside 'pair'") for key in given]
        elif given:
            absent = [key for key in parts if key not in given]
            wrong = [(f"$.{key}", f"missing {key!r} beside {given[0]!r}") for key in absent]
        else:
            wrong = [("$", "needs either 'source' and 'channel', or 'pair'")]
        if wrong:
            raise ScenarioError(Problem(message, path) for path, message in wrong)

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
        validator=Range(ge=2, le=65536),
        metadata=doc("M_1 .. M_K, one alphabet size a stage") | json_schema_of(minItems=1),
    )
    encoder: EncoderConfig = attrs.field(metadata=doc("x to message"))
    rate_estimator: RateEstimatorConfig = attrs.field(
        metadata=doc("bits of the message; default: conditional") | FILLED_IN
    )
    decoder: DecoderConfig = attrs.field(
        metadata=doc("message and y to x_hat; default: the one named like the encoder, else mmse")
        | FILLED_IN
    )

    @alphabet_sizes.validator
    def _some_stage(self, _attribute: object, value: tuple[int, ...]) -> None:
        if not value:
            raise ValueError("alphabet_sizes must name at least one stage")


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

    def learning_rate_at(self, epoch: int) -> float:
        """Learning rate of an epoch, counted from 0."""
        decay = self.learning_rate_decay
        return self.optimizer.learning_rate * decay.factor ** (epoch // decay.every)


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

    def __attrs_post_init__(self) -> None:
        names = [bound.name for bound in self.bounds or ()]
        again = [index for index, name in enumerate(names) if name in names[:index]]
        if again:
            raise ScenarioError(
                Problem(f"bound {names[index]!r} is given twice", f"$.bounds[{index}]")
                for index in again
            )


@final
@attrs.frozen(kw_only=True)
class Scenario:
    """Everything that decides a result. Two equal scenarios give the same numbers."""

    schema: Literal[1] = attrs.field(
        default=SCHEMA, metadata=doc("version of the scenario format") | REQUIRED
    )
    name: str = attrs.field(
        metadata=doc("name of the result file, without .h5")
        | json_schema_of(pattern=f"^{PLAIN_NAME}$")
    )
    title: str = attrs.field(default="", metadata=doc("one line for figures and tables"))
    seed: int = attrs.field(default=0, validator=Range(ge=0, lt=2**63))
    correlation: Correlation = attrs.field()
    distortion: Distortion = attrs.field(
        metadata=doc("d(x, x_hat); default: squared-error") | FILLED_IN
    )
    code: CodeTable = attrs.field()
    training: Training = attrs.field()
    evaluation: Evaluation = attrs.field(factory=Evaluation)

    @schema.validator
    def _known_schema(self, _attribute: object, value: int) -> None:
        if type(value) is not int or value != SCHEMA:
            raise ValueError(f"schema must be {SCHEMA}, not {value!r}")

    @name.validator
    def _plain_name(self, _attribute: object, value: str) -> None:
        if not re.fullmatch(PLAIN_NAME, value):
            raise ValueError(
                "name must be at most 100 letters a-z, digits, '.', '_' or '-' and begin with a "
                f"letter or digit, since it names the result file; not {value!r}"
            )

    def __attrs_post_init__(self) -> None:
        training = self.training
        problems = tuple(
            stage_count_problems(
                self.code.alphabet_sizes, training.lagrange_multiplier, training.rate_weights
            )
        )
        if problems:
            raise ScenarioError(problems)

    def problem(self) -> DesignProblem:
        """What the design is given."""
        return design_problem(
            self.correlation,
            self.distortion,
            self.code,
            self.training.lagrange_multiplier,
            self.training.rate_weights,
        )


def stage_count_problems(
    alphabet_sizes: tuple[int, ...],
    lagrange_multiplier: float | tuple[float, ...],
    rate_weights: tuple[float, ...] | None,
) -> Iterator[Problem]:
    """Numbers that are given by stage, but not one for each stage of the code."""
    stages = len(alphabet_sizes)
    by_stage = {"lagrange_multiplier": lagrange_multiplier, "rate_weights": rate_weights}
    for key, value in by_stage.items():
        if isinstance(value, tuple) and len(value) != stages:
            numbers = "1 number" if len(value) == 1 else f"{len(value)} numbers"
            of_stages = "1 stage" if stages == 1 else f"{stages} stages"
            message = f"{key} has {numbers} for {of_stages} of the code"
            yield Problem(message, f"$.training.{key}")


def design_problem(
    correlation: Correlation,
    distortion: Distortion,
    code: CodeTable,
    lagrange_multiplier: float | tuple[float, ...],
    rate_weights: tuple[float, ...] | None,
) -> DesignProblem:
    """What the design is given, from the tables that decide it."""
    pair = correlation.as_pair()
    shape = code.encoder.message_shape(code.alphabet_sizes, pair.block_length)
    if not isinstance(lagrange_multiplier, tuple):
        lagrange_multiplier = (lagrange_multiplier,) * shape.stages
    return DesignProblem(
        pair=pair,
        distortion=distortion,
        shape=shape,
        objective=Objective(lagrange_multiplier, rate_weights or total_rate_weights(shape.stages)),
        encoder=code.encoder,
        rate_estimator=code.rate_estimator,
    )


def total_rate_weights(stages: int) -> tuple[float, ...]:
    """a = (0, ..., 0, 1): only the total rate of all stages has a price, as in the paper.

    >>> total_rate_weights(3)
    (0.0, 0.0, 1.0)
    """
    return (0.0,) * (stages - 1) + (1.0,)
