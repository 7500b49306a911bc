"""Files of every released schema still read. The numbers here are of the files, not of the code."""

from pathlib import Path

import numpy as np
import pytest

from wzsim.storage import content_hash, read_identity, read_result

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def result():
    return read_result(DATA / "schema1.h5")


def test_schema_1_is_small():
    assert (DATA / "schema1.h5").stat().st_size < 200_000


def test_schema_1_figures(result):
    stages = result.stages
    np.testing.assert_allclose(stages.sum_rate, [0.39856004, 0.78528869, 1.46677272], atol=1e-8)
    np.testing.assert_allclose(
        stages.distortion_db, [-11.394917, -13.307833, -17.305450], atol=1e-6
    )
    np.testing.assert_allclose(stages.gap_db, [1.00465332, 1.42007609, 1.52540168], atol=1e-8)
    np.testing.assert_allclose(stages.errors["gap_db"], 8 / np.sqrt(1e7))
    assert stages.refinement_loss_db is None
    assert result.distortion_unit == "units^2"


def test_schema_1_decomposition(result):
    parts = result.decomposition
    np.testing.assert_allclose(parts.marginal_entropy, [0.99999, 0.90039, 0.97972], atol=1e-5)
    np.testing.assert_array_equal(parts.conditional_entropy, result.stages.stage_rate)
    np.testing.assert_array_equal(parts.quantizer_gap_db, result.stages.gap_db)


def test_schema_1_all_else(result):
    assert (result.name, result.status, result.flags) == ("example", "complete", ())
    assert result.title == "nested scalar quantizer (2, 2, 2), noise variance 0.1"
    assert result.scenario["code"]["encoder"]["name"] == "nsq"
    assert result.provenance["plugins"][1]["name"] == "gaussian"
    assert result.provenance["seeds"] == {"scenario": 2023, "evaluation samples": 11}
    assert result.evaluation["samples"] == 10_000_000
    assert list(result.bounds) == ["wyner-ziv", "rate-distortion"]
    assert result.bounds["wyner-ziv"].distortion_db[0] == -10.0
    assert result.training.stage_rate.shape == (60, 3)
    assert result.binning.message_index.max() == 7
    assert [curves.shape for curves in result.reconstruction.x_hat] == [
        (2, 161),
        (4, 161),
        (8, 161),
    ]
    assert result.model["decoder"]["stages.0.table"].dtype == np.float32
    assert result.model["encoder"]["step"].shape == ()


def test_schema_1_identities():
    path = DATA / "schema1.h5"
    assert read_identity(path).scenario_sha256.startswith("dd279cabcde4")
    assert content_hash(path).startswith("5daed507324c")
