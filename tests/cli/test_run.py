"""`wzsim run`: results, what is kept, what is refused, and what a seed decides."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import wzsim as package
from tests.cli.conftest import SCENARIO, TINY, Wzsim, tiny
from wzsim import app
from wzsim.storage import content_hash


def test_run_writes_one_file_and_prints_its_numbers(wzsim: Wzsim, tmp_path: Path) -> None:
    ran = wzsim("run", SCENARIO, "-o", tmp_path / "new", *tiny())
    assert ran.exit_code == 0, ran.output
    assert "gap" in ran.stdout
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "gauss_222.h5",
        "gauss_222.progress.jsonl",
    ]
    result = package.open_result(tmp_path / "new" / "gauss_222.h5")
    assert result.stages.stages == 3
    assert result.evaluation["samples"] == 5_000
    assert result.scenario_toml == SCENARIO.read_text()
    assert result.provenance["threads"] == 1
    assert set(result.bounds) == {"wyner-ziv", "rate-distortion"}


def test_same_seed_same_content_and_the_api_agrees(wzsim: Wzsim, tmp_path: Path) -> None:
    for name in ("one", "two"):
        wzsim("run", SCENARIO, "-o", tmp_path / name, *tiny())
    other = wzsim("run", SCENARIO, "-o", tmp_path / "other", "--seed", "5", *tiny())
    assert other.exit_code == 0
    hashes = [content_hash(tmp_path / n / "gauss_222.h5") for n in ("one", "two", "other")]
    assert hashes[0] == hashes[1] != hashes[2]
    stored = package.open_result(tmp_path / "one" / "gauss_222.h5")
    live = package.run(SCENARIO, overrides=TINY)
    for name, array in live.stages.arrays().items():
        assert np.array_equal(array, stored.stages.arrays()[name])


def test_a_stored_code_works_again(tmp_path: Path, wzsim: Wzsim) -> None:
    """Encode, rate and decode with the read code: the distortions of the file come out."""
    import torch

    wzsim("run", SCENARIO, "-o", tmp_path, *tiny("evaluation.samples=200_000"))
    result = package.open_result(tmp_path / "gauss_222.h5")
    code = package.restore_code(result)
    generator = torch.Generator().manual_seed(9)
    y = torch.randn(200_000, 1, generator=generator)
    x = y + 0.1**0.5 * torch.randn(200_000, 1, generator=generator)
    with torch.inference_mode():
        message = code.encoder.encode(x)
        lengths = code.rate_estimator.code_lengths(message, y)
        estimates = code.decoder.reconstruct(message, y)
    for stage in range(3):
        rate = float(lengths[stage].mean()) / np.log(2)
        distortion = float((x - estimates[stage]).square().mean())
        errors = result.stages.errors
        assert abs(rate - result.stages.stage_rate[stage]) < 8 * errors["stage_rate"][stage] + 1e-9
        assert abs(distortion - result.stages.distortion[stage]) < 8 * errors["distortion"][stage]


def test_a_result_of_the_same_scenario_is_kept(wzsim: Wzsim, tmp_path: Path) -> None:
    wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    file = tmp_path / "gauss_222.h5"
    before = file.stat().st_mtime_ns
    again = wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    assert again.exit_code == 0
    assert "kept" in again.stdout
    assert file.stat().st_mtime_ns == before
    forced = wzsim("run", SCENARIO, "-o", tmp_path, "--force", *tiny())
    assert forced.exit_code == 0
    assert file.stat().st_mtime_ns != before


@pytest.mark.parametrize(
    "change", [["--set", "training.epochs=3"], ["--seed", "1"], ["--threads", "2"]], ids=" ".join
)
def test_a_result_of_another_scenario_is_not_overwritten(
    wzsim: Wzsim, tmp_path: Path, change: list[str]
) -> None:
    wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    before = (tmp_path / "gauss_222.h5").read_bytes()
    refused = wzsim("run", SCENARIO, "-o", tmp_path, *tiny(), *change)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert (tmp_path / "gauss_222.h5").read_bytes() == before


def test_nothing_runs_when_one_of_several_is_wrong(wzsim: Wzsim, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SCENARIO.read_text().replace("epochs = 180", "epochs = -1"))
    refused = wzsim("run", SCENARIO, wrong, "-o", tmp_path / "out", *tiny()[2:])
    assert refused.exit_code == 2
    assert "epochs" in refused.stderr
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_two_scenarios_of_one_name_are_refused(wzsim: Wzsim, tmp_path: Path) -> None:
    twice = wzsim("run", SCENARIO, SCENARIO, "-o", tmp_path, *tiny())
    assert twice.exit_code == 2
    assert "gauss_222" in twice.stderr


@pytest.mark.parametrize("device", ["cuda:99", "nonsense", "meta"])
def test_a_device_that_is_not_there_is_refused(wzsim: Wzsim, tmp_path: Path, device: str) -> None:
    refused = wzsim("run", SCENARIO, "-o", tmp_path, "--device", device, *tiny())
    assert refused.exit_code == 2
    assert device in refused.stderr
    assert not list(tmp_path.iterdir())


def test_an_unwritable_directory_is_found_before_any_work(wzsim: Wzsim, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    refused = wzsim("run", SCENARIO, "-o", tmp_path / "file" / "results")
    assert refused.exit_code in (1, 2)
    assert "file" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_directory_in_place_of_the_result_is_found_before_any_work(
    wzsim: Wzsim, tmp_path: Path
) -> None:
    (tmp_path / "gauss_222.h5").mkdir()
    for force in ([], ["--force"]):
        refused = wzsim("run", SCENARIO, "-o", tmp_path, *force)
        assert refused.exit_code == 2
        assert "is a directory" in refused.stderr


def test_a_run_that_fails_ends_with_1_and_the_others_go_on(wzsim: Wzsim, tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    text = SCENARIO.read_text().replace('"gauss_222"', '"broken"')
    broken.write_text(text.replace("learning_rate = 1e-3", "learning_rate = 1e30"))
    ended = wzsim("run", broken, SCENARIO, "-o", tmp_path / "out", *tiny())
    assert ended.exit_code == 1
    assert "learning_rate" in ended.stderr
    assert [path.name for path in (tmp_path / "out").glob("*.h5")] == ["gauss_222.h5"]
    lines = (tmp_path / "out" / "broken.progress.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["error"]


def test_progress_is_plain_lines_off_a_terminal(wzsim: Wzsim, tmp_path: Path) -> None:
    ran = wzsim("run", SCENARIO, "-o", tmp_path, *tiny())
    assert "epoch 2/2" in ran.stderr
    assert "\x1b" not in ran.stderr + ran.stdout
    assert wzsim("run", SCENARIO, "-o", tmp_path, "-q", "--force", *tiny()).stderr == ""


def test_progress_on_a_terminal_is_bars_and_figures_that_fit(tmp_path: Path) -> None:
    """On a real pseudo-terminal of 80 columns."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "wzsim", "run", str(SCENARIO), "-o", str(tmp_path)]
    with subprocess.Popen(
        [*command, *tiny("training.epochs=5")], stderr=theirs, stdout=subprocess.DEVNULL
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            said += piece
    os.close(ours)
    assert process.returncode == 0
    text = said.decode()
    assert "gauss_222 epoch 5/5" in text
    assert "gauss_222 evaluation" in text
    assert "relaxed: loss" in text
    assert "…" not in text


def test_interrupt_stops_cleanly_and_says_what_was_kept(tmp_path: Path) -> None:
    # Where the tests run in the background of a shell, children inherit a deaf ear for Ctrl-C.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from wzsim.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "run", str(SCENARIO), "-o", str(tmp_path)]
    log = tmp_path / "gauss_222.progress.jsonl"
    with subprocess.Popen(
        [*command, *tiny("training.epochs=100000")],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(600):
            if log.exists() and len(log.read_text().splitlines()) > 3:
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 1
    assert "Traceback" not in said
    assert str(log) in said
    assert [path.name for path in tmp_path.iterdir()] == [log.name]


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
import torch  # once, in the parent of all runs
from tests.cli.conftest import SCENARIO, TINY
from wzsim import app
directory = Path(sys.argv[1])
registry, settings = app.registry(), app.Settings()
torch.set_num_threads(1)
random.seed(7)
seconds = 0.0
for attempt in range(31):
    child = os.fork()
    if not child:
        jobs = app.plan([str(SCENARIO)], registry, TINY, directory, settings, force=True)
        app.run_job(jobs[0], registry, settings, lambda event: None)
        os._exit(0)
    started = time.monotonic()
    if attempt == 0:  # one undisturbed, to learn how long a run takes
        assert os.waitpid(child, 0)[1] == 0
        seconds = time.monotonic() - started
        (directory / "gauss_222.h5").unlink()
        continue
    time.sleep(random.uniform(0, 1.1) * seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if (directory / "gauss_222.h5").exists():
        app.open_result(directory / "gauss_222.h5")
        print("whole")
        (directory / "gauss_222.h5").unlink()
    else:
        print("none")
"""


@pytest.mark.slow
def test_thirty_kills_never_leave_half_a_result(tmp_path: Path) -> None:
    """SIGKILL at random moments of training, evaluation and writing."""
    finished = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert finished.returncode == 0, finished.stderr
    outcomes = finished.stdout.split()
    assert len(outcomes) == 30
    assert "none" in outcomes
    half = re.compile(r"gauss_222\.h5\.[0-9a-f]{8}\.part")  # goes with a later command
    left = {path.name for path in tmp_path.iterdir() if not half.fullmatch(path.name)}
    assert left == {"gauss_222.progress.jsonl"}


def test_settings_of_torch_are_given_back() -> None:
    import torch

    before = torch.get_num_threads()
    with app.torch_settings(app.Settings(threads=before + 1)):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_provenance_says_what_ran() -> None:
    result = package.run(SCENARIO, overrides=TINY)
    provenance = result.provenance
    assert provenance["seed"] == 2023
    assert provenance["device"] == "cpu"
    assert provenance["plugins"][0]["distribution"] == "wzsim"
    assert provenance["versions"]["wzsim"] == package.__version__
    assert provenance["versions"]["torch"]
    assert provenance["host"]["name"] == os.uname().nodename


DESIGNED = """\
schema = 1
name = "designed"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
alphabet_sizes = [2, 2]
encoder = { name = "lloyd", nested_starts = 8, annealed_starts = 4, search_rounds = 3 }
[training]
target_rate = [0.5, 1.0]
"""


def test_a_code_for_given_rates_has_them_and_its_prices_are_kept_and_shown(
    wzsim: Wzsim, tmp_path: Path
) -> None:
    file = tmp_path / "designed.toml"
    file.write_text(DESIGNED)
    ran = wzsim("run", file, "-o", tmp_path)
    assert ran.exit_code == 0, ran.output
    result = package.open_result(tmp_path / "designed.h5")
    assert result.stages.sum_rate == pytest.approx([0.5, 1.0], abs=0.01)
    design = result.evaluation["design"]
    assert design["lagrange_multiplier"] > 0
    assert design["rate_weight_1"] + design["rate_weight_2"] == pytest.approx(1.0)
    assert result.evaluation["loss"] == pytest.approx(design["loss"], rel=1e-5)
    assert result.flags == ()
    shown = " ".join(wzsim("show", tmp_path / "designed.h5").stdout.split())
    assert f"found lambda {design['lagrange_multiplier']:.4g}, rate weights" in shown
    again = wzsim("run", file, "-o", tmp_path)
    assert "kept" in again.stdout


def test_a_rate_out_of_reach_is_refused_with_the_range(wzsim: Wzsim, tmp_path: Path) -> None:
    file = tmp_path / "designed.toml"
    file.write_text(DESIGNED)
    refused = wzsim("run", file, "-o", tmp_path, "--set", "training.target_rate=1.5")
    assert refused.exit_code != 0
    assert "no useful code with alphabets 2, 2 has 1.5 bit/sample: rates there go up to 1." in (
        refused.stderr
    )
    certain = wzsim("validate", file, "--set", "training.target_rate=2.5")
    assert certain.exit_code == 2
    assert "a total rate of 2.5 bit/sample is more than alphabets 2, 2 carry, 2" in certain.stderr
