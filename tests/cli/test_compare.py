"""`wzsim compare`."""

from __future__ import annotations

import csv
from pathlib import Path

import h5py
import pytest

from tests.cli.conftest import Wzsim
from wzsim.cli.compare import command
from wzsim.storage import content_hash, write_result
from wzsim.testing.example import example_result


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A directory with two results of one pair and, beside it, one of another."""
    for name, sizes in (("gauss_222", (2, 2, 2)), ("gauss_44", (4, 4))):
        write_result(example_result(name, alphabet_sizes=sizes), tmp_path / "in" / f"{name}.h5")
    write_result(example_result("low", noise_variance=0.01), tmp_path / "low.h5")
    return tmp_path / "in"


def test_all_outputs_of_a_directory(wzsim: Wzsim, results: Path, tmp_path: Path) -> None:
    outputs = [tmp_path / "out" / name for name in ("cmp.h5", "cmp.csv", "cmp.png")]
    for _ in range(2):  # the second time over the first
        options = zip(("-o", "--csv", "--plot"), outputs, strict=True)
        ran = wzsim("compare", results, *(word for option in options for word in option))
        assert ran.exit_code == 0, ran.output
    assert "alphabet_sizes=[2,2,2]" in ran.stdout
    assert ran.stdout.splitlines()[-3:] == [str(path) for path in outputs]
    with outputs[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["stage"] for row in rows] == ["1", "2", "1", "2", "3"]
    for row in rows:
        assert row["content_sha256"] == content_hash(row["file"])
    with h5py.File(outputs[0]) as file:
        assert list(file["comparison/results"]) == ["gauss_44", "gauss_222"]
    assert outputs[2].stat().st_size > 5_000
    assert sorted(path.name for path in outputs[0].parent.iterdir()) == [
        "cmp.csv", "cmp.h5", "cmp.png",
    ]  # fmt: skip


def test_a_comparison_among_the_results_is_left_out(wzsim: Wzsim, results: Path) -> None:
    first = wzsim("compare", results, "-o", results / "cmp.h5")
    second = wzsim("compare", results, "-o", results / "cmp.h5")
    assert (first.exit_code, first.stdout) == (0, second.stdout)
    named = wzsim("compare", results / "cmp.h5")
    assert named.exit_code == 2
    assert "is a comparison of results, no result" in named.stderr


def test_other_pairs_are_refused_unless_mixed(wzsim: Wzsim, results: Path, tmp_path: Path) -> None:
    low, picture = tmp_path / "low.h5", tmp_path / "cmp.png"
    refused = wzsim("compare", results / "gauss_222.h5", low, "--plot", picture)
    assert refused.exit_code == 2
    assert (
        f"correlation.channel.noise_variance is 0.1 in {results / 'gauss_222.h5'} and 0.01 in {low}"
    ) in refused.stderr
    assert "--mixed" in refused.stderr
    assert refused.stdout == ""
    assert not picture.exists()
    mixed = wzsim("compare", results / "gauss_222.h5", low, "--plot", picture, "--mixed")
    assert mixed.exit_code == 0, mixed.output
    assert "noise_variance=0.01" in mixed.stdout
    assert picture.exists()


def test_every_damaged_or_foreign_file_is_named(
    wzsim: Wzsim, results: Path, tmp_path: Path
) -> None:
    damaged, foreign = results / "damaged.h5", results / "foreign.h5"
    whole = (results / "gauss_44.h5").read_bytes()
    damaged.write_bytes(whole[: len(whole) // 2])
    foreign.write_text("this is no HDF5 file")
    output = tmp_path / "cmp.h5"
    wrong = wzsim("compare", results, results / "missing.h5", "-o", output)
    assert wrong.exit_code == 2
    for name in ("damaged.h5", "foreign.h5", "missing.h5"):
        assert str(results / name) in wrong.stderr
    assert "Traceback" not in wrong.output
    assert not output.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--plot", "cmp.bmp"), "a picture's name ends in one of .png, .pdf, .svg, not '.bmp'"),
        (("--csv", "in/gauss_44.h5"), "in/gauss_44.h5 is one of the results; write to another"),
        (("--plot", "same.png", "--csv", "same.png"), "two outputs have the same name"),
        (("-o", "low.h5"), "low.h5 is there already and is no comparison; write to another file"),
        (("-o", "low.h5/cmp.h5"), "cannot write in"),
    ],
)
def test_outputs_that_will_not_do(
    wzsim: Wzsim, results: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.h5")}
    words = [word if word.startswith("-") else str(tmp_path / word) for word in options]
    wrong = wzsim("compare", results, "-o", tmp_path / "good.h5", *words)
    assert wrong.exit_code == 2
    assert message in wrong.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_empty_directory(wzsim: Wzsim, tmp_path: Path) -> None:
    wrong = wzsim("compare", tmp_path)
    assert wrong.exit_code == 2
    assert f"there is no result (*.h5) in {tmp_path}" in wrong.stderr


def test_a_pattern_a_condition_and_groups(wzsim: Wzsim, results: Path, tmp_path: Path) -> None:
    ran = wzsim(
        "compare", tmp_path / "**" / "*.h5", "--where",
        "correlation.channel.noise_variance == 0.1 and stage == 1",
        "--group-by", "code.alphabet_sizes", "--csv", tmp_path / "a.csv",
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert "code.alphabet_sizes=[4,4]: 1 result" in ran.stdout
    with (tmp_path / "a.csv").open(newline="") as file:
        assert [row["stage"] for row in csv.DictReader(file)] == ["1", "1"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--where", "code.encoder.nam == 'nsq'"), "did you mean 'code.encoder.name'?"),
        (("--where", "stage = 1"), "write '==' for '='\n  stage = 1\n        ^"),
        (("--where", "__import__('os').system('touch x')"), "may not stand in a condition"),
        (("--where", "stage > 9"), "no stage of any result meets the condition stage > 9"),
        (("--group-by", "encoder"), "did you mean 'code.encoder.name'?"),
    ],
)
def test_conditions_and_groups_that_will_not_do(
    wzsim: Wzsim, results: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    wrong = wzsim("compare", results, *options, "--csv", tmp_path / "a.csv")
    assert wrong.exit_code == 2
    assert message in wrong.stderr
    assert not (tmp_path / "a.csv").exists()


def test_damaged_files_in_a_directory_are_named_and_skipped(wzsim: Wzsim, results: Path) -> None:
    damaged = results / "damaged.h5"
    damaged.write_bytes((results / "gauss_44.h5").read_bytes()[:9000])
    ran = wzsim("compare", results)
    assert ran.exit_code == 0
    first, last = ran.stderr.splitlines()
    assert first.startswith(f"skipped: {damaged} is truncated")
    assert last == "1 damaged or foreign files were skipped"
    assert wzsim("compare", results, damaged).exit_code == 2


def test_the_index_is_used_unless_it_is_not_wanted(
    wzsim: Wzsim, results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("WZSIM_CACHE", str(cache))
    first = wzsim("compare", results, "--no-index")
    assert not cache.exists()
    second, third = wzsim("compare", results), wzsim("compare", results, "--verify")
    assert (cache / "results.sqlite").exists()
    assert first.stdout == second.stdout == third.stdout


def test_every_option_is_on_the_page() -> None:
    page = (Path(__file__).parents[2] / "docs" / "comparing.md").read_text()
    options = {name for option in command.params for name in option.opts if name.startswith("--")}
    assert not sorted(
        name for name in options - {"--output", "--plugin", "--debug"} if name not in page
    )
