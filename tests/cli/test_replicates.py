"""`replicates` from the scenario to the table, through the commands."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

import wzsim as package
from tests.cli.conftest import Wzsim
from wzsim.storage import hash_of_content, write_result
from wzsim.testing.example import example_result

QUICK = """\
schema = 1
name = "quick"
replicates = 2
[correlation]
source = { name = "gaussian", variance = 1.0 }
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [4]
encoder = { name = "nsq", step = 0.7 }
[evaluation]
method = "monte-carlo"
samples = 2_000
bounds = ["wyner-ziv"]
"""


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Files of three replicates."""
    files = []
    for seed in range(3):
        result = example_result(f"seed{seed}")
        scenario = {**result.scenario, "seed": seed, "name": f"seed{seed}"}
        files.append(tmp_path / f"seed{seed}.h5")
        write_result(attrs.evolve(result, scenario=scenario), files[-1])
    return files


def test_replicates_are_run_and_each_is_the_plain_run_of_its_seed(
    wzsim: Wzsim, tmp_path: Path
) -> None:
    scenario = tmp_path / "quick.toml"
    scenario.write_text(QUICK)
    assert wzsim("run", scenario, "-o", tmp_path / "many", "--seed", "7").exit_code == 0
    arguments = ("--set", "seed=8", "--set", "replicates=1", "-q")
    assert wzsim("run", scenario, "-o", tmp_path / "one", *arguments).exit_code == 0
    second = package.open_result(tmp_path / "many" / "quick" / "seed8.h5")
    plain = package.open_result(tmp_path / "one" / "quick.h5")
    assert plain.stages.errors["distortion"] > 0
    renamed = attrs.evolve(second, name="quick", scenario={**second.scenario, "name": "quick"})
    renamed = attrs.evolve(renamed, scenario_toml=plain.scenario_toml)
    assert hash_of_content(renamed) == hash_of_content(plain)


def test_replicates_are_one_table(wzsim: Wzsim, three: list[Path]) -> None:
    text = wzsim("show", three[0].parent).stdout
    assert text.startswith("seeds 0 to 2: ")
    assert text.count("median") == 4  # of the loss and of three stages
    each = wzsim("show", "--each", *three).stdout
    assert "median" not in each
    assert [name in each for name in ("seed0: ", "seed1: ", "seed2: ")] == [True] * 3


def test_json_of_replicates_has_their_statistics_and_each_of_them(
    wzsim: Wzsim, three: list[Path]
) -> None:
    (group,) = json.loads(wzsim("show", "--json", *three).stdout)
    assert (group["replicates"], group["seeds"]) == (3, [0, 1, 2])
    assert group["results"] == json.loads(wzsim("show", "--json", "--each", *three).stdout)
    alone = json.loads(wzsim("show", "--json", three[1]).stdout)
    assert alone == [group["results"][1]]


def test_plot_draws_the_median_or_each(wzsim: Wzsim, three: list[Path], tmp_path: Path) -> None:
    folder, median, each = three[0].parent, tmp_path / "median.svg", tmp_path / "each.svg"
    assert wzsim("plot", folder, "-o", median).exit_code == 0
    assert wzsim("plot", folder, "-o", each, "--each").exit_code == 0
    assert median.read_bytes() != each.read_bytes()
    key = "code.encoder.step"
    assert wzsim("plot", folder, "-o", each, "--against", key).exit_code == 0


def test_a_figure_for_a_paper(wzsim: Wzsim, three: list[Path], tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    assert wzsim("plot", *three, "-o", file, "--paper").exit_code == 0
    assert b"STIXGeneral" in file.read_bytes()
    wrong = wzsim("plot", three[0], "-o", file, "--paper", "--kind", "bins")
    assert wrong.exit_code == 2
    assert "--paper draws no bins; leave --kind out" in wrong.stderr
