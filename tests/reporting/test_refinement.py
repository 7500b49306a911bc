"""Refinement loss: the distance of a layered code from the hull of monolithic ones."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from wzsim.reporting.compare import measured_pair
from wzsim.reporting.compare_labels import text
from wzsim.reporting.refinement import with_refinement_loss
from wzsim.simulation.result import BoundCurve, Result, StageFigures
from wzsim.storage import Record
from wzsim.testing.example import example_result
from wzsim.units import power_db


def result(
    sizes: list[int], rate: list[float], distortion: list[float], *, conditional: bool = True
) -> Result:
    base = example_result()
    curve = BoundCurve(
        title="Wyner-Ziv bound",
        certificate="closed form",
        rate=np.array([0.0, 3.0]),
        distortion=np.array([0.1, 0.1 / 64]),
        distortion_upper=np.array([0.1, 0.1 / 64]),
    )
    totals = np.array(rate)
    return attrs.evolve(
        base,
        scenario={**base.scenario, "code": {**base.scenario["code"], "alphabet_sizes": sizes}},
        stages=StageFigures(
            stage_rate=np.diff(totals, prepend=0.0),
            sum_rate=totals,
            distortion=np.array(distortion),
            distortion_db=power_db(distortion),
        ),
        bounds={"wyner-ziv": curve},
        evaluation={"uses_side_information": conditional},
        binning=None,
        reconstruction=None,
        training=None,
        decomposition=None,
    )


def losses(*results: Result) -> list[np.ndarray | None]:
    records = [Record.of(one) for one in results]
    pairs = [text(measured_pair(one)) for one in records]
    return [one.stages.refinement_loss_db for one in with_refinement_loss(records, pairs)]


LAYERED = result([2, 2], [0.5, 1.0], [0.08, 0.05])


def test_the_loss_is_the_distance_from_the_hull_with_rate_zero() -> None:
    """Monolithic: (1, 0.04). At 0.5 bit the hull with (0, 0.1) has 0.07."""
    found, none = losses(LAYERED, result([4], [1.0], [0.04]))
    assert none is None
    np.testing.assert_allclose(found, 10 * np.log10([0.08 / 0.07, 0.05 / 0.04]))


def test_only_codes_with_enough_messages_count_for_a_stage() -> None:
    few = result([2], [0.6], [0.05])
    found = losses(LAYERED, few, result([4], [1.0], [0.04]))[0]
    at_half = 0.1 + (0.05 - 0.1) * 0.5 / 0.6
    np.testing.assert_allclose(found, 10 * np.log10([0.08 / at_half, 0.05 / 0.04]))
    assert losses(LAYERED, few) == [None, None]


def test_other_kinds_of_rate_and_other_pairs_do_not_count() -> None:
    marginal = result([4], [1.0], [0.04], conditional=False)
    assert losses(LAYERED, marginal)[0] is None
    base = result([4], [1.0], [0.04])
    correlation = {**base.scenario["correlation"], "base": "x"}
    elsewhere = attrs.evolve(base, scenario={**base.scenario, "correlation": correlation})
    assert losses(LAYERED, elsewhere)[0] is None


def test_above_the_highest_rate_the_last_code_counts() -> None:
    found = losses(result([2, 2], [0.5, 2.0], [0.08, 0.03]), result([4], [1.0], [0.04]))[0]
    assert found is not None
    assert found[1] == pytest.approx(10 * np.log10(0.03 / 0.04))
