"""What a page keeps of each result until it is written, and groups of replicates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from wzsim.reporting.coded import coded_errors, coded_figures
from wzsim.reporting.compare import measured_pair
from wzsim.reporting.compare_labels import IDENTITIES, text
from wzsim.reporting.html.details import details
from wzsim.reporting.html.embedding import packed
from wzsim.reporting.replicates import replicate_groups
from wzsim.reporting.statistics import Spread
from wzsim.simulation.result import Array, Result
from wzsim.storage import Record
from wzsim.storage.record import shared


@final
@attrs.frozen(kw_only=True, eq=False)
class Run:
    """A result without its arrays, and what is shown of them."""

    record: Record
    pair: str
    """What it was measured with: the pair (X, Y) and the distortion, as one text."""
    details: str
    """`packed` data of what is shown when it is selected."""

    @classmethod
    def of(cls, result: Result, file: str, content_sha256: str) -> Run:
        """The run of a result whose texts are safe to show."""
        record = Record.of(result, file=file, content_sha256=content_sha256)
        bounds = {name: shared(curve) for name, curve in record.bounds.items()}
        return cls(
            record=attrs.evolve(record, bounds=bounds),
            pair=text(measured_pair(result)),
            details=packed(details(result, file)),
        )

    @property
    def axis(self) -> str:
        """The unit of its distortion in figures."""
        stages = self.record.stages
        return "dB" if stages.distortion_db is not None else self.record.distortion_unit

    def figures(self) -> dict[str, Array]:
        """The figures of all stages by name; the loss of the code stands at its last stage."""
        stages = self.record.stages
        figures = stages.arrays()
        if self.record.loss is not None and stages.stages:
            figures["loss"] = np.append(np.full(stages.stages - 1, np.nan), self.record.loss)
        return figures | coded_figures(self.record.coding)

    def errors(self) -> dict[str, Array]:
        """Their standard errors, where they are known."""
        return {**self.record.stages.errors, **coded_errors(self.record.coding)}


@final
@attrs.frozen(kw_only=True, eq=False)
class Group:
    """Replicates: runs whose scenarios differ in nothing but the seed and what they are called."""

    members: tuple[int, ...]
    """Numbers of the runs, from 0."""
    scenario: Mapping[str, Any]
    """What they have in common."""
    figures: Mapping[str, Array]
    """Medians by stage, of the members that did not fail."""
    lower: Mapping[str, Array]
    upper: Mapping[str, Array]
    """Quartiles by stage."""


def groups(runs: Sequence[Run]) -> list[Group]:
    """The runs by what they simulate, in the order of the first of each; empty where no two do."""
    found = replicate_groups([run.record for run in runs])
    if len(found) == len(runs):
        return []
    return [_group(runs, members) for members in found]


def _group(runs: Sequence[Run], members: Sequence[int]) -> Group:
    sound = [one for one in members if runs[one].record.status == "complete"] or members[:1]
    tables = [runs[one].figures() for one in sound]
    names = [name for name in tables[0] if all(name in table for table in tables)]
    spreads = {
        name: [Spread.of(column) for column in np.transpose([table[name] for table in tables])]
        for name in names
    }

    def by_stage(quantile: str) -> dict[str, Array]:
        return {
            name: np.array([getattr(one, quantile) for one in stages])
            for name, stages in spreads.items()
        }

    return Group(
        members=tuple(members),
        scenario={
            key: value
            for key, value in runs[members[0]].record.scenario.items()
            if key not in IDENTITIES
        },
        figures=by_stage("median"),
        lower=by_stage("lower_quartile"),
        upper=by_stage("upper_quartile"),
    )
