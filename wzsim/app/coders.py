"""Which real coder codes the messages of a result, and how a stream names it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from wzsim.contracts import EntropyCoder, SlepianWolfCoder
from wzsim.errors import InputError, did_you_mean, printable
from wzsim.registry import Registry
from wzsim.scenario import Scenario
from wzsim.scenario.build import converter_of
from wzsim.scenario.faults import faults_of

LosslessCoder = EntropyCoder | SlepianWolfCoder

KINDS: Mapping[str, type[LosslessCoder]] = {
    EntropyCoder.kind: EntropyCoder,
    SlepianWolfCoder.kind: SlepianWolfCoder,
}

DEFAULTS = {EntropyCoder.kind: "range", SlepianWolfCoder.kind: "ldpc"}
"""What codes where nobody says."""


def choose_coder(scenario: Scenario, registry: Registry, name: str | None) -> LosslessCoder:
    """The coder of that name; without one that of the scenario's `[coding]`, else by the rate.

    A rate that knows the side information is one of a Slepian-Wolf coder. Raises
    InputError for a name that nobody has.
    """
    aware = scenario.code.rate_estimator.uses_side_information
    kinds = sorted(KINDS, key=lambda kind: (kind == SlepianWolfCoder.kind) != aware)
    given: list[LosslessCoder] = []
    if scenario.coding is not None:
        both = (scenario.coding.slepian_wolf_coder, scenario.coding.entropy_coder)
        given = [coder for coder in both if coder is not None]
        given.sort(key=lambda coder: kinds.index(coder.kind))
    for coder in given:
        if name in (None, coder.name):
            return coder
    name = DEFAULTS[kinds[0]] if name is None else name
    for kind in kinds:
        if name in registry.names(kind):
            found = registry.get(kind, name)()
            assert isinstance(found, EntropyCoder | SlepianWolfCoder)
            return found
    hint = did_you_mean(name, [other for kind in kinds for other in registry.names(kind)])
    raise InputError(f"unknown coder '{name}'; {hint} (-p PLUGIN loads a plugin)")


def coder_of_table(registry: Registry) -> Callable[[str, Mapping[str, Any]], LosslessCoder]:
    """look_up(kind, table) -> the coder of a table in a stream, checked as one of a scenario.

    It raises ValueError for a table that is none.
    """
    converter = converter_of(registry)

    def look_up(kind: str, table: Mapping[str, Any]) -> LosslessCoder:
        try:
            made: LosslessCoder = converter.structure(table, KINDS[kind])
        except Exception as error:  # a component may raise anything
            faults = [f"{fault.message}; {fault.hint}" for fault in faults_of(error)]
            said = faults[0] if faults else str(error)
            if table.get("name") not in registry.names(kind):
                said += " (-p PLUGIN loads a plugin)"
            raise ValueError(printable(said)) from error
        return made

    return look_up
