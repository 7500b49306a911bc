"""What tables say about each other: numbers by stage, and components that refuse the others.

A component from a plugin may raise anything when it is asked; that is reported
like a refusal.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from operator import attrgetter

from wzsim.contracts import Bound, DensityPair, Distortion, Pair
from wzsim.errors import Problem
from wzsim.scenario.coding import Coding, coder_problems
from wzsim.scenario.exact_training import (
    BATCH_SIZE,
    MOST_ENUMERATED,
    MOST_TAUGHT,
    EntropyWeight,
    ExactTraining,
)
from wzsim.scenario.faults import in_words
from wzsim.scenario.model import CodeTable, Correlation, Scenario, design_problem
from wzsim.scenario.training import (
    DesignTraining,
    Training,
    stage_count_problems,
    target_rate_problems,
)
from wzsim.theory.rate_limits import impossible_rate

SURELY_SCALAR = ("rnn-layered", "mlp-monolithic")
"""Encoders that learn and are partitions of the line; of others only the built network tells."""


def code_refusals(
    correlation: Correlation,
    distortion: Distortion,
    code: CodeTable,
    training: Training,
) -> Iterator[Problem]:
    """What encoder, rate estimator and decoder say against the problem they are given."""
    try:
        problem = design_problem(correlation, distortion, code, training)
    except Exception as error:  # noqa: BLE001 - see the module
        message = f"encoder '{code.encoder.name}' cannot be used: {in_words(error)}"
        yield Problem(message, "$.code.encoder")
        return
    for key, component in (
        ("encoder", code.encoder),
        ("rate_estimator", code.rate_estimator),
        ("decoder", code.decoder),
    ):
        try:
            refusal = component.refusal(problem)
        except Exception as error:  # noqa: BLE001 - see the module
            refusal = in_words(error)
        if refusal is not None:
            what = key.replace("_", " ")
            yield Problem(f"{what} '{component.name}' cannot be used: {refusal}", f"$.code.{key}")


def method_refusals(code: CodeTable, training: Training) -> Iterator[Problem]:
    """A method of training that does not fit the encoder."""
    encoder, method = code.encoder, training.method
    learns = not isinstance(training, DesignTraining)
    if encoder.learned and not learns:
        message = f"encoder '{encoder.name}' learns, and method '{method}' trains nothing"
        yield Problem(message, "$.training.method", hint="use 'exact' or 'gumbel-softmax'")
    if code.decoder.learned and not encoder.learned:
        message = (
            f"decoder '{code.decoder.name}' learns, and encoder '{encoder.name}' leaves nothing "
            "to train it with"
        )
        yield Problem(message, "$.code.decoder", hint="use 'mmse'")
    if learns and not encoder.learned:
        message = f"encoder '{encoder.name}' does not learn, so there is nothing to train"
        yield Problem(message, "$.training.method", hint="use 'design', or leave the key out")


def exact_refusals(
    correlation: Correlation, distortion: Distortion, code: CodeTable, training: Training
) -> Iterator[Problem]:
    """What method 'exact' cannot enumerate, what it needs a density for, and idle keys."""
    if not isinstance(training, ExactTraining):
        return
    pair, path = correlation.as_pair(), "$.training.method"
    if pair.block_length > 1:
        message = (
            f"method 'exact' enumerates the messages of single samples, and the pair gives blocks "
            f"of {pair.block_length}"
        )
        yield Problem(message, path, hint="use 'gumbel-softmax'")
    messages = math.prod(code.alphabet_sizes)
    if messages > MOST_ENUMERATED:
        message = (
            f"method 'exact' enumerates messages, up to {MOST_ENUMERATED}; these are {messages}"
        )
        yield Problem(message, path, hint="use 'gumbel-softmax'")
    yield from _design_refusals(pair, distortion, code, training)
    if isinstance(pair, DensityPair) and distortion.name == "squared-error":
        yield from _idle_keys(messages, code, training)


def _design_refusals(
    pair: Pair, distortion: Distortion, code: CodeTable, training: ExactTraining
) -> Iterator[Problem]:
    """A start or a rate that only a designed code can give."""
    reason = None
    if not isinstance(pair, DensityPair):
        reason = "a source and a channel with densities"
    elif distortion.name != "squared-error":
        reason = "the squared error"
    elif not training.teacher:
        reason = "a teacher: training.teacher is false"
    elif math.prod(code.alphabet_sizes) > MOST_TAUGHT:
        reason = f"a teacher, which has at most {MOST_TAUGHT} messages"
    if reason is None and training.target_rate is not None:
        impossible = impossible_rate(code.alphabet_sizes, training.target_rate)
        if impossible is not None:
            yield Problem(impossible, "$.training.target_rate")
    if reason is not None and training.init != "random":
        yield Problem(f"init '{training.init}' needs {reason}", "$.training.init")
    if reason is not None and training.target_rate is not None:
        yield Problem(
            f"target_rate needs {reason}",
            "$.training.target_rate",
            hint="give lagrange_multiplier",
        )


def _idle_keys(messages: int, code: CodeTable, training: ExactTraining) -> Iterator[Problem]:
    """Keys without effect where x and y are integrated."""
    if training.target_rate is not None and training.teacher and training.init == "nsq":
        message = "init 'nsq' has no effect beside target_rate, which designs a code by itself"
        yield Problem(message, "$.training.init", hint='write init = "lloyd", or leave it out')
    if training.batch_size != BATCH_SIZE:
        message = "batch_size has no effect: x and y of this pair are integrated, not sampled"
        yield Problem(message, "$.training.batch_size", hint="leave it out")
    taught = training.teacher and messages <= MOST_TAUGHT and code.encoder.name in SURELY_SCALAR
    if taught and training.entropy_weight != EntropyWeight():
        message = "entropy_weight has no effect beside a teacher"
        hint = "leave it out, or write teacher = false"
        yield Problem(message, "$.training.entropy_weight", hint=hint)


def evaluation_refusals(
    correlation: Correlation, met: Correlation | None, method: str
) -> Iterator[Problem]:
    """Quadrature of a pair that it cannot integrate."""
    pair = (met or correlation).as_pair()
    if method == "quadrature" and not isinstance(pair, DensityPair):
        message = "evaluation by quadrature needs a source and a channel with densities"
        yield Problem(message, "$.evaluation.method", hint="use 'monte-carlo'")


def bound_refusals(
    correlation: Correlation,
    met: Correlation | None,
    distortion: Distortion,
    bounds: tuple[Bound, ...] | None,
) -> Iterator[Problem]:
    """Bounds that were asked for and are not true for the pair that the code meets."""
    pair = (met or correlation).as_pair()
    for index, bound in enumerate(bounds or ()):
        path = f"$.evaluation.bounds[{index}]"
        try:
            if not bound.applies_to(pair, distortion):
                message = f"bound '{bound.name}' does not apply here"
                yield Problem(message, path, hint=f"it applies to {bound.scope}")
        except Exception as error:  # noqa: BLE001 - see the module
            yield Problem(f"bound '{bound.name}' cannot be used: {in_words(error)}", path)


def coding_refusals(
    coding: Coding | None, code: CodeTable, correlation: Correlation, met: Correlation | None
) -> Iterator[Problem]:
    """A coder that nobody has or that cannot code, and frames shorter than the pair's blocks."""
    if coding is None:
        return
    conditional = code.rate_estimator.uses_side_information
    yield from coder_problems(coding, code.alphabet_sizes, uses_side_information=conditional)
    least = (met or correlation).as_pair().block_length
    if coding.block_length < least:
        message = f"block_length must be at least {least}, the samples that the pair gives at once"
        yield Problem(message, "$.coding.block_length")


_BY_STAGE = ("training.lagrange_multiplier", "training.rate_weights")

CROSS_CHECKS: tuple[tuple[Callable[..., Iterator[Problem]], tuple[str, ...]], ...] = (
    (stage_count_problems, ("code.alphabet_sizes", *_BY_STAGE)),
    (target_rate_problems, ("code.alphabet_sizes", "training")),
    (method_refusals, ("code", "training")),
    (code_refusals, ("correlation", "distortion", "code", "training")),
    (exact_refusals, ("correlation", "distortion", "code", "training")),
    (
        evaluation_refusals,
        ("correlation", "evaluation.correlation", "evaluation.method"),
    ),
    (
        bound_refusals,
        ("correlation", "evaluation.correlation", "distortion", "evaluation.bounds"),
    ),
    (coding_refusals, ("coding", "code", "correlation", "evaluation.correlation")),
)
"""Each check, and the keys of a scenario that it takes."""


def check_tables(scenario: Scenario) -> Iterator[Problem]:
    """All problems between the tables of a scenario that is right table by table."""
    for check, keys in CROSS_CHECKS:
        yield from check(*(attrgetter(key)(scenario) for key in keys))
