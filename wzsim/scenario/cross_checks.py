"""Components that cannot work together: asked before any work, reported like any other problem."""

from __future__ import annotations

from collections.abc import Iterator

from wzsim.contracts import Distortion
from wzsim.errors import Problem
from wzsim.scenario.faults import in_words
from wzsim.scenario.model import CodeTable, Correlation, Evaluation, Training, design_problem


def code_refusals(
    correlation: Correlation, distortion: Distortion, code: CodeTable, training: Training
) -> Iterator[Problem]:
    """What encoder, rate estimator and decoder say against the problem they are given."""
    try:
        problem = design_problem(correlation, distortion, code, training)
    except Exception as error:  # the pair and the encoder may come from a plugin
        yield Problem(f"encoder '{code.encoder.name}': {in_words(error)}", "$.code.encoder")
        return
    for key, component in (
        ("encoder", code.encoder),
        ("rate_estimator", code.rate_estimator),
        ("decoder", code.decoder),
    ):
        try:
            refusal = component.refusal(problem)
        except Exception as error:
            refusal = in_words(error)
        if refusal is not None:
            what = key.replace("_", " ")
            yield Problem(f"{what} '{component.name}' cannot be used: {refusal}", f"$.code.{key}")


def bound_refusals(
    correlation: Correlation, distortion: Distortion, evaluation: Evaluation
) -> Iterator[Problem]:
    """Bounds that were asked for and are not true for this pair and distortion."""
    pair = correlation.as_pair()
    for index, bound in enumerate(evaluation.bounds or ()):
        path = f"$.evaluation.bounds[{index}]"
        try:
            if not bound.applies_to(pair, distortion):
                message = f"bound '{bound.name}' does not apply here"
                yield Problem(message, path, hint=f"it applies to {bound.scope}")
        except Exception as error:
            yield Problem(f"bound '{bound.name}' cannot be used: {in_words(error)}", path)
