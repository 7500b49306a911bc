"""The replicates of a comparison, together under one label."""

from __future__ import annotations

from wzsim.reporting.compare import Comparison
from wzsim.reporting.compare_groups import Group
from wzsim.reporting.compare_labels import label_parts, labels_of
from wzsim.reporting.replicates import group_name, replicate_groups, seeds_in_words


def replicates_of(comparison: Comparison) -> list[Group]:
    """Every result in a group with its replicates; none where no result has any."""
    places = replicate_groups([one.record for one in comparison.results])
    if len(places) == len(comparison.results):
        return []
    groups = [tuple(comparison.results[place] for place in group) for group in places]
    firsts = [group[0] for group in groups]
    parts = label_parts([one.differing for one in firsts], [one.record.scenario for one in firsts])
    labels = labels_of(parts, [group_name([one.record for one in group]) for group in groups])
    return [Group(label, group, whole=True) for label, group in zip(labels, groups, strict=True)]


def seeds_of(group: Group) -> str:
    """The seeds of its results, in words."""
    return seeds_in_words(one.record.scenario.get("seed") for one in group.results)
