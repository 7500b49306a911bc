"""`replicates` from the scenario to the table, through the commands."""

from __future__ import annotations

import csv
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


def test_compare_groups_replicates_in_all_it_writes(
    wzsim: Wzsim, three: list[Path], tmp_path: Path
) -> None:
    table, figure = tmp_path / "a.csv", tmp_path / "a.pdf"
    ran = wzsim("compare", *three, "--csv", table, "--plot", figure, "--paper", "--average-gap")
    assert ran.exit_code == 0, ran.output
    assert "3 results" in ran.stdout
    assert "average gap to Wyner-Ziv bound" in ran.stdout
    lines = list(csv.DictReader(table.read_text().splitlines()))
    assert [line["count"] for line in lines] == ["3", "3", "3"]
    assert b"STIXGeneral" in figure.read_bytes()
    each = wzsim("compare", *three, "--csv", table, "--each")
    assert "median" not in each.stdout
    assert len(list(csv.DictReader(table.read_text().splitlines()))) == 9


def test_compare_keeps_the_best_stages(wzsim: Wzsim, three: list[Path]) -> None:
    front = wzsim("compare", *three, "--front")
    assert front.exit_code == 0, front.output
    best = wzsim("compare", *three, "--best-per-rate", "0.5,1")
    lines = [line.split() for line in best.stdout.splitlines()[2:]]
    stages = [words[0] for words in lines if words[0].isdecimal()]
    assert stages == ["1", "2"]
    for rates in ("one", "-1", "1,", "nan"):
        wrong = wzsim("compare", *three, "--best-per-rate", rates)
        assert wrong.exit_code == 2
        assert "expected rates in bit such as 0.5,1,1.5" in wrong.stderr
    wrong = wzsim("compare", *three, "--best-per-rate", "0.001")
    assert wrong.exit_code == 2
    assert "no stage has such a rate" in wrong.stderr


def test_a_reference_needs_the_gap(wzsim: Wzsim, three: list[Path]) -> None:
    wrong = wzsim("compare", *three, "--reference", "a")
    assert wrong.exit_code == 2
    assert "--reference names the curve of --average-gap" in wrong.stderr
    wrong = wzsim("compare", *three, "--average-gap", "--reference", "a")
    assert wrong.exit_code == 2
    assert "no curve is called 'a'" in wrong.stderr
