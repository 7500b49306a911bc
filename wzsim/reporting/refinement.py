"""What a layered code loses to the best monolithic codes that it is compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from wzsim.simulation.result import Array
from wzsim.storage import Record
from wzsim.theory.hull import hull_distortion, lower_hull
from wzsim.units import power_db

Rivals = dict[tuple[str, object], list[tuple[int, float, float]]]
"""Messages, rate and distortion of all monolithic codes, by pair and kind of rate."""


def with_refinement_loss(records: Sequence[Record], pairs: Sequence[str]) -> list[Record]:
    """The results, layered ones with `refinement_loss_db` where monolithic codes allow it.

    pairs: what each result was measured with; only equal ones compare. The loss
    of stage k is 10 log10 of its distortion over that of the lower hull, at the
    rate R_k^tot, of rate zero and all monolithic codes of the same kind of rate
    with at least M_1 ... M_k messages. Above the hull's highest rate its last
    code counts: whoever may spend more may also spend less. The loss is absent
    where a stage has no such code.
    """
    rivals: Rivals = {}
    for record, pair in zip(records, pairs, strict=True):
        if record.layers == 1 and record.stage_numbers:
            point = float(record.stages.sum_rate[0]), float(record.stages.distortion[0])
            messages = math.prod(_alphabet(record))
            rivals.setdefault((pair, _kind(record)), []).append((messages, *point))
    hulls = _Hulls(rivals)
    return [
        record
        if (loss := _loss(record, pair, hulls)) is None
        else attrs.evolve(record, stages=attrs.evolve(record.stages, refinement_loss_db=loss))
        for record, pair in zip(records, pairs, strict=True)
    ]


class _Hulls:
    """The lower hulls that were asked for; thousands of results ask for a few."""

    def __init__(self, rivals: Rivals) -> None:
        self._rivals = rivals
        self._known: dict[tuple[str, object, int, float], tuple[Array, Array] | None] = {}

    def of(
        self, pair: str, kind: object, messages: int, silent: float
    ) -> tuple[Array, Array] | None:
        """Corners of the hull of codes with so many messages or more; None without any."""
        key = (pair, kind, messages, silent)
        if key not in self._known:
            points = [
                (rate, distortion)
                for its, rate, distortion in self._rivals.get((pair, kind), ())
                if its >= messages
            ]
            rates, distortions = np.array([(0.0, silent), *points]).T
            self._known[key] = lower_hull(rates, distortions) if points else None
        return self._known[key]


def _loss(layered: Record, pair: str, hulls: _Hulls) -> Array | None:
    stages = layered.stages
    silent = _rate_zero(layered)
    if layered.layers == 1 or stages.distortion_db is None or silent is None:
        return None
    needed = np.cumprod(_alphabet(layered)).tolist()
    losses = []
    for place, stage in enumerate(layered.stage_numbers):
        if stage > len(needed):
            return None
        hull = hulls.of(pair, _kind(layered), needed[stage - 1], silent)
        if hull is None:
            return None
        best = hull_distortion(*hull, stages.sum_rate[place : place + 1])
        losses.append(stages.distortion_db[place] - power_db(best)[0])
    return np.array(losses)


def _alphabet(record: Record) -> list[int]:
    code = record.scenario.get("code")
    sizes = code.get("alphabet_sizes", []) if isinstance(code, Mapping) else []
    return [int(size) for size in sizes]


def _kind(record: Record) -> object:
    """Whether the rate is that of a Slepian-Wolf coder; results that do not say are apart."""
    return record.name if record.uses_side_information is None else record.uses_side_information


def _rate_zero(record: Record) -> float | None:
    """The distortion without any message: the Wyner-Ziv function at rate zero."""
    curve = record.bounds.get("wyner-ziv")
    if curve is None or not len(curve.rate) or curve.rate[0] != 0.0:
        return None
    return float(curve.distortion[0])
