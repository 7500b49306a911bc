"""`replicates = N`: seeds, names, and problems in their places."""

from __future__ import annotations

import tomllib
from pathlib import Path

import attrs
import pytest
from jsonschema import Draft202012Validator, ValidationError

from tests.scenario.test_sweep import BASE, NOISE, SYSTEMS, line_of, load, problems
from wzsim.registry import Registry
from wzsim.scenario import ScenarioError, json_schema, load_scenario

SEEDED = "seed = 2023\nreplicates = 3\n" + BASE
LINE = "(panel.toml:2)"


def test_replicates_have_the_seeds_that_follow(builtin_registry: Registry, tmp_path: Path) -> None:
    sweep = load(builtin_registry, tmp_path, SEEDED)
    assert (sweep.name, sweep.is_sweep) == ("panel", True)
    scenarios = [point.scenario for point in sweep.points]
    assert [scenario.seed for scenario in scenarios] == [2023, 2024, 2025]
    assert [scenario.name for scenario in scenarios] == ["seed2023", "seed2024", "seed2025"]


def test_a_replicate_is_the_plain_run_of_its_seed_but_for_the_name(
    builtin_registry: Registry, tmp_path: Path
) -> None:
    second = load(builtin_registry, tmp_path, SEEDED).points[1]
    plain = load(builtin_registry, tmp_path, BASE, "seed=2024").points[0]
    assert attrs.evolve(second.scenario, name="panel") == plain.scenario
    assert {**second.resolved, "name": "panel"} == plain.resolved
    assert "replicates" not in second.toml


def test_the_first_seed_is_zero_where_none_is_given(
    builtin_registry: Registry, tmp_path: Path
) -> None:
    sweep = load(builtin_registry, tmp_path, BASE, "replicates=2")
    assert [point.scenario.name for point in sweep.points] == ["seed0", "seed1"]


def test_an_override_of_the_seed_moves_all(builtin_registry: Registry, tmp_path: Path) -> None:
    sweep = load(builtin_registry, tmp_path, SEEDED, "seed=7", "replicates=2")
    assert [point.scenario.seed for point in sweep.points] == [7, 8]


def test_every_point_of_a_sweep_has_its_replicates(
    builtin_registry: Registry, tmp_path: Path
) -> None:
    sweep = load(builtin_registry, tmp_path, "replicates = 2\n" + BASE + SYSTEMS + NOISE)
    names = [point.scenario.name for point in sweep.points]
    assert names[:4] == ["44-0.1-seed0", "44-0.1-seed1", "44-0.01-seed0", "44-0.01-seed1"]
    assert len(names) == 8
    assert sweep.points[1].scenario.title == "Panel: system 44, noise_variance 0.1"


def test_one_replicate_is_the_plain_run(builtin_registry: Registry, tmp_path: Path) -> None:
    once = load(builtin_registry, tmp_path, "replicates = 1\n" + BASE)
    plain = load(builtin_registry, tmp_path, BASE)
    assert not once.is_sweep
    assert once.points[0].resolved == plain.points[0].resolved
    alone = load_scenario(tmp_path / "panel.toml", builtin_registry, ["replicates=1"])
    assert alone.resolved == plain.points[0].resolved
    swept = load(builtin_registry, tmp_path, "replicates = 1\n" + BASE + NOISE)
    assert [point.scenario.name for point in swept.points] == ["0.1", "0.01"]


def test_one_scenario_is_not_several_runs(builtin_registry: Registry, tmp_path: Path) -> None:
    load(builtin_registry, tmp_path, SEEDED)
    with pytest.raises(ScenarioError) as raised:
        load_scenario(tmp_path / "panel.toml", builtin_registry)
    assert str(raised.value) == (
        "this file is 3 runs of a scenario, and one is wanted here @ $.replicates "
        f"({tmp_path}/panel.toml:2); set replicates = 1, or use a command that runs sweeps"
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "replicates must be >= 1 and <= 10000, not 0"),
        ("10001", "replicates must be >= 1 and <= 10000, not 10001"),
        ("2.0", "expected an integer, found the float 2.0"),
        ("true", "expected an integer, found the boolean true"),
        ('"4"', "expected an integer, found the string '4'"),
        ("[2]", "expected an integer, found an array of 1"),
    ],
)
def test_a_wrong_number_is_said_beside_all_other_problems(
    builtin_registry: Registry, tmp_path: Path, value: str, expected: str
) -> None:
    text = SEEDED.replace("replicates = 3", f"replicates = {value}").replace("160", "-1")
    first, second = problems(builtin_registry, tmp_path, text)
    assert first.startswith(expected)
    assert f"@ $.replicates {LINE}" in first
    assert "lagrange_multiplier must be" in second


@pytest.mark.parametrize(
    "chosen",
    [
        '[[sweep.axis]]\nkey = "seed"\nvalues = [1, 2]\n',
        '[[sweep.axis]]\nlabel = "a"\n[[sweep.axis.point]]\nlabel = "b"\nset.seed = 1\n',
        NOISE + '[[sweep.rule]]\nwhere = { noise_variance = "0.1" }\nset = { seed = 1 }\n',
    ],
)
def test_seeds_are_chosen_once(builtin_registry: Registry, tmp_path: Path, chosen: str) -> None:
    (found,) = problems(builtin_registry, tmp_path, SEEDED + chosen)
    assert found.startswith(
        "the seeds of points are chosen here and by 'replicates = 3' @ $.seed (panel.toml:"
    )
    assert found.endswith("; take one of the two out")


def test_replicates_are_no_axis(builtin_registry: Registry, tmp_path: Path) -> None:
    axis = '[[sweep.axis]]\nkey = "replicates"\nvalues = [1, 2]\n'
    (found,) = problems(builtin_registry, tmp_path, BASE + axis)
    assert found.startswith("'replicates' is of the whole file and cannot be swept")


def test_all_runs_together_have_a_limit(builtin_registry: Registry, tmp_path: Path) -> None:
    text = BASE + NOISE
    (found,) = problems(builtin_registry, tmp_path, text, "replicates=5001")
    assert found == (
        "2 points of 5001 replicates each are more than 10000 runs @ $.replicates "
        "(--set replicates=5001); split the sweep into several files"
    )


def test_a_problem_of_all_replicates_is_said_once(
    builtin_registry: Registry, tmp_path: Path
) -> None:
    text = SEEDED + NOISE.replace("0.01", "-1")
    (found,) = problems(builtin_registry, tmp_path, text)
    assert f"(panel.toml:{line_of(text, '-1')})" in found
    assert found.startswith("point 'minus1-seed2023' and 2 others: noise_variance must be >=")
    (found,) = problems(builtin_registry, tmp_path, SEEDED.replace("2023", "-1"))
    assert found.endswith(", not -1 @ $.seed (panel.toml:1)")


def test_seeds_beyond_the_largest(builtin_registry: Registry, tmp_path: Path) -> None:
    (found,) = problems(builtin_registry, tmp_path, SEEDED.replace("2023", str(2**63 - 1)))
    assert found == (
        "3 seeds from 9223372036854775807 are too many: a seed is less than 9223372036854775808 "
        "@ $.seed (panel.toml:1)"
    )


def test_a_name_that_is_too_long(builtin_registry: Registry, tmp_path: Path) -> None:
    text = SEEDED + SYSTEMS.replace('"mono"', f'"{"m" * 95}"')
    (found,) = problems(builtin_registry, tmp_path, text)
    assert "of a replicate has 104 characters, more than 100 @ $.replicates (panel.toml:2)" in found


def test_the_schema_knows_the_key(builtin_registry: Registry) -> None:
    validator = Draft202012Validator(json_schema(builtin_registry))
    for text in (SEEDED, SEEDED + NOISE):
        validator.validate(tomllib.loads(text))
    with pytest.raises(ValidationError, match="10000"):
        validator.validate(tomllib.loads(SEEDED.replace("= 3", "= 10001")))
