"""The scenario as frozen data. `load` makes one from TOML; programs may make one directly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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
from wzsim.errors import Problem, ScenarioError
from wzsim.scenario.coding import Coding
from wzsim.scenario.tables import FILLED_IN, REQUIRED, json_schema_of
from wzsim.scenario.training import (
    Adam,
    GumbelSoftmaxTraining,
    StepDecay,
    Temperature,
    Training,
    stage_count_problems,
    target_rate_problems,
    total_rate_weights,
)

__all__ = [
    "SCHEMA",
    "Adam",
    "CodeTable",
    "Coding",
    "Correlation",
    "Evaluation",
    "GumbelSoftmaxTraining",
    "Scenario",
    "StepDecay",
    "Temperature",
    "Training",
    "design_problem",
    "part_problems",
]

SCHEMA = 1
"""Version of the scenario format."""

SEEDS = 2**63
"""Every seed is less."""

PLAIN_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""A name that every file system takes."""


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
    fitted_to: str | None = attrs.field(
        default=None,
        metadata=doc("data that these laws were fitted to; bounds say that they are the laws'"),
    )

    def __attrs_post_init__(self) -> None:
        parts = {"source": self.source, "channel": self.channel, "pair": self.pair}
        problems = tuple(part_problems(key for key, part in parts.items() if part is not None))
        if problems:
            raise ScenarioError(problems)

    def as_pair(self) -> Pair:
        """The pair (X, Y) with every capability of its parts."""
        if self.pair is not None:
            return self.pair
        assert self.source is not None
        assert self.channel is not None
        return compose(self.source, self.channel, self.base)


def part_problems(given: Iterable[str]) -> Iterator[Problem]:
    """What is wrong with a correlation that has these parts; paths begin at its table."""
    parts = set(given)
    both = ("source", "channel")
    if not parts:
        yield Problem("needs either 'source' and 'channel', or 'pair'")
    for key, other in (both, both[::-1]):
        if key in parts and "pair" in parts:
            yield Problem(f"{key!r} cannot stand beside 'pair'", f"$.{key}")
        elif key not in parts and other in parts and "pair" not in parts:
            yield Problem(f"missing {key!r} beside {other!r}", f"$.{key}")


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
class Evaluation:
    """`[evaluation]`: how the finished code is measured."""

    method: Literal["auto", "quadrature", "monte-carlo"] = attrs.field(
        default="auto",
        validator=OneOf(("auto", "quadrature", "monte-carlo")),
        metadata=doc("how rates and distortions are found; auto: quadrature where it can be"),
    )
    samples: int = attrs.field(
        default=10_000_000, validator=Range(ge=1_000), metadata=doc("test samples of Monte Carlo")
    )
    correlation: Correlation | None = attrs.field(
        default=None,
        metadata=doc("the pair that the code meets, where it is not the one it is designed for"),
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
    seed: int = attrs.field(
        default=0, validator=Range(ge=0, lt=SEEDS), metadata=doc("of everything random")
    )
    correlation: Correlation = attrs.field(metadata=doc("how X and Y depend on each other"))
    distortion: Distortion = attrs.field(
        metadata=doc("d(x, x_hat); default: squared-error") | FILLED_IN
    )
    code: CodeTable = attrs.field(metadata=doc("alphabets, encoder, rate estimator, decoder"))
    training: Training = attrs.field(
        metadata=doc("how the code is designed; may be absent where it needs no price") | FILLED_IN
    )
    evaluation: Evaluation = attrs.field(
        factory=Evaluation, metadata=doc("how the finished code is measured")
    )
    coding: Coding | None = attrs.field(
        default=None,
        metadata=doc("real coders for its messages; without the table nothing is coded"),
    )

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
        ) + tuple(target_rate_problems(self.code.alphabet_sizes, training))
        if problems:
            raise ScenarioError(problems)

    def problem(self) -> DesignProblem:
        """What the design is given."""
        return design_problem(
            self.correlation,
            self.distortion,
            self.code,
            self.training,
        )

    def evaluation_correlation(self) -> Correlation:
        """The correlation that the finished code meets."""
        return self.evaluation.correlation or self.correlation

    def evaluation_pair(self) -> Pair:
        """The pair that the finished code meets."""
        return self.evaluation_correlation().as_pair()


def design_problem(
    correlation: Correlation,
    distortion: Distortion,
    code: CodeTable,
    training: Training,
) -> DesignProblem:
    """What the design is given, from the tables that decide it."""
    pair = correlation.as_pair()
    shape = code.encoder.message_shape(code.alphabet_sizes, pair.block_length)
    multipliers = training.lagrange_multiplier
    if isinstance(multipliers, float | int):
        multipliers = (multipliers,) * shape.stages
    objective = None
    if multipliers is not None:
        weights = training.rate_weights or total_rate_weights(shape.stages)
        objective = Objective(multipliers, weights)
    return DesignProblem(
        pair=pair,
        distortion=distortion,
        shape=shape,
        objective=objective,
        target_rate=None if isinstance(training, GumbelSoftmaxTraining) else training.target_rate,
        encoder=code.encoder,
        rate_estimator=code.rate_estimator,
        rate_weights=training.rate_weights,
    )
