"""Every shipped scenario at its hard encoder: the laws of information, by quadrature."""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest

from wzsim import app
from wzsim.builtin.encoders.lloyd import LloydConfig
from wzsim.scenario import Scenario
from wzsim.scenario.exact_training import ExactTraining
from wzsim.scenario.training import GumbelSoftmaxTraining
from wzsim.simulation.run import simulate

ROOT = Path(__file__).parents[1] / "scenarios"
FILES = sorted(ROOT.rglob("*.toml"))


def shortened(scenario: Scenario) -> Scenario:
    """The same networks and alphabets with little training; little effort of a design."""
    training, code = scenario.training, scenario.code
    if isinstance(training, GumbelSoftmaxTraining):
        training = attrs.evolve(training, epochs=1, samples_per_epoch=10_000, batch_size=500)
    if isinstance(training, ExactTraining):
        training = attrs.evolve(training, steps=40, restarts=2, search_rounds=2)
    if isinstance(code.encoder, LloydConfig):
        little = attrs.evolve(code.encoder, nested_starts=4, annealed_starts=2, search_rounds=1)
        code = attrs.evolve(code, encoder=little)
    evaluation = attrs.evolve(scenario.evaluation, method="quadrature")
    coding = scenario.coding and attrs.evolve(scenario.coding, samples=20_000, block_length=10_000)
    return attrs.evolve(
        scenario, training=training, code=code, evaluation=evaluation, coding=coding
    )


def points(file: Path) -> list[Scenario]:
    """The scenario, or the first, a middle and the last point of a sweep."""
    made = app.load_sweep(file, app.registry()).points
    chosen = sorted({0, len(made) // 2, len(made) - 1})
    return [made[index].scenario for index in chosen]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_laws_of_information(file: Path) -> None:
    for scenario in points(file):
        found = simulate(shortened(scenario), "cpu", lambda _event: None)
        stages, parts = found.stages, found.decomposition
        assert parts is not None
        marginal, conditional = parts.marginal_entropy, parts.conditional_entropy
        assert (marginal >= conditional - 1e-6).all()
        ideal = conditional if found.evaluation["uses_side_information"] else marginal
        assert (stages.stage_rate >= ideal - 2e-6).all(), "a cross-entropy below its entropy"
        assert (stages.distortion >= parts.least_distortion * (1 - 2e-6)).all()
        assert (np.diff(parts.least_distortion) <= 1e-9).all()
        assert stages.gap_db is not None
        assert (stages.gap_db >= -1e-5).all(), "a point below the Wyner-Ziv bound"
        np.testing.assert_allclose(
            parts.prior_mismatch_db + parts.decoder_mismatch_db + parts.quantizer_gap_db,
            stages.gap_db,
            atol=1e-9,
        )
        if (coding := found.coding) is not None:
            assert not coding.undetected.any()
            assert coding.ideal_rate is not None
            least = coding.model_rate - 5 * coding.errors["model_rate"]
            assert (coding.coded_rate > least).all(), "fewer bits than the model allows"
            assert coding.coded_gap_db is not None
            assert (coding.coded_gap_db > 0)[coding.decoded == coding.frames].all()


def test_there_are_scenarios() -> None:
    assert {"gauss_222.toml", "nsq_222.toml", "lloyd_222.toml"} <= {file.name for file in FILES}
