"""What a layered code loses to the best monolithic codes that it is compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence

import attrs
import numpy as np

from wzsim.reporting.compare_labels import flat, text
from wzsim.simulation.result import Array, Result
from wzsim.theory.hull import hull_distortion
from wzsim.units import power_db


def with_refinement_loss(results: Sequence[Result], pairs: Sequence[object]) -> list[Result]:
    """The results, layered ones with `refinement_loss_db` where monolithic codes allow it.

    pairs: what each result was measured with; only equal ones compare. The loss
    of stage k is 10 log10 of its distortion over that of the lower hull, at the
    rate R_k^tot, of rate zero and all monolithic codes of the same kind of rate
    with at least M_1 ... M_k messages. Above the hull's highest rate its last
    code counts: whoever may spend more may also spend less. The loss is absent
    where a stage has no such code.
    """
    return [
        result
        if (loss := _loss(result, pair, results, pairs)) is None
        else attrs.evolve(result, stages=attrs.evolve(result.stages, refinement_loss_db=loss))
        for result, pair in zip(results, pairs, strict=True)
    ]


def _loss(
    layered: Result, pair: object, results: Sequence[Result], pairs: Sequence[object]
) -> Array | None:
    stages = layered.stages
    if stages.stages == 1 or stages.distortion_db is None:
        return None
    silent = _rate_zero(layered)
    losses = []
    for stage, messages in enumerate(np.cumprod(_alphabet(layered))):
        rivals = [
            other
            for other, its_pair in zip(results, pairs, strict=True)
            if other.stages.stages == 1
            and text(its_pair) == text(pair)
            and _kind(other) == _kind(layered)
            and math.prod(_alphabet(other)) >= messages
        ]
        if not rivals or silent is None:
            return None
        rate = np.array([0.0, *(other.stages.sum_rate[0] for other in rivals)])
        distortion = np.array([silent, *(other.stages.distortion[0] for other in rivals)])
        best = hull_distortion(rate, distortion, stages.sum_rate[stage : stage + 1])
        losses.append(stages.distortion_db[stage] - power_db(best)[0])
    return np.array(losses)


def _alphabet(result: Result) -> list[int]:
    sizes = flat(result.scenario).get("code.alphabet_sizes", [])
    return [int(size) for size in sizes]


def _kind(result: Result) -> object:
    """Whether the rate is that of a Slepian-Wolf coder; results that do not say are apart."""
    return result.evaluation.get("uses_side_information", result.name)


def _rate_zero(result: Result) -> float | None:
    """The distortion without any message: the Wyner-Ziv function at rate zero."""
    curve = result.bounds.get("wyner-ziv")
    return None if curve is None or curve.rate[0] != 0.0 else float(curve.distortion[0])
