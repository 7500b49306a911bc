"""What is kept, and what needs --force."""

import attrs

from wzsim.storage import Identity, identity_of, read_identity, scenario_sha256, write_result
from wzsim.testing.example import example_result

RESULT = example_result()


INPUTS = {"wzsim": "0.1.0"}


def test_identity_of_a_file_is_that_of_its_scenario(tmp_path):
    write_result(RESULT, tmp_path / "result.h5")
    found = read_identity(tmp_path / "result.h5")
    right = identity_of(RESULT.scenario, "cpu", 1, INPUTS)
    assert found == right
    assert found.differences(right) == []
    for other, said in (
        (identity_of(RESULT.scenario, "cpu", 2, INPUTS), ["another thread count"]),
        (identity_of(RESULT.scenario, "cuda", 1, INPUTS), ["another device"]),
        (identity_of({**RESULT.scenario, "seed": 1}, "cpu", 1, INPUTS), ["another scenario"]),
        (
            identity_of(RESULT.scenario, "cpu", 1, {"wzsim": "0.2.0", "rows.csv": "12"}),
            ["another version of rows.csv", "another version of wzsim"],
        ),
    ):
        assert found != other
        assert found.differences(other) == said


def test_failed_run_is_not_what_a_run_would_give(tmp_path):
    write_result(attrs.evolve(RESULT, status="failed", error="NaN"), tmp_path / "result.h5")
    found = read_identity(tmp_path / "result.h5")
    assert found.status == "failed"
    right = identity_of(RESULT.scenario, "cpu", 1, INPUTS)
    assert found != right
    assert found.differences(right) == ["a run that is failed"]


def test_provenance_may_be_silent(tmp_path):
    write_result(attrs.evolve(RESULT, provenance={}), tmp_path / "result.h5")
    sha256 = scenario_sha256(RESULT.scenario)
    assert read_identity(tmp_path / "result.h5") == Identity(sha256, None, None, None)


def test_arrays_are_not_read(tmp_path):
    weights = tmp_path / "result.h5"
    write_result(RESULT, weights)
    content = bytearray(weights.read_bytes())
    place = content.find(RESULT.stages.distortion.tobytes())
    content[place] ^= 1
    weights.write_bytes(content)
    assert read_identity(weights).status == "complete"


def test_key_order_is_no_part_of_a_scenario():
    assert scenario_sha256({"a": 1, "b": [2.5]}) == scenario_sha256({"b": [2.5], "a": 1})
    assert scenario_sha256({"a": 1}) != scenario_sha256({"a": 1.0})
