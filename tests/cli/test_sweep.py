"""`wzsim run` and `wzsim validate` on sweeps."""

from __future__ import annotations

import json
import pickle
from functools import partial
from pathlib import Path

import pytest

import wzsim as package
from tests.cli.conftest import SCENARIO, Wzsim, tiny
from wzsim import app
from wzsim.contracts import Outcome, Point
from wzsim.storage import content_hash

ROOT = SCENARIO.parents[2]

QUANTIZERS = """\
schema = 1
name = "steps"
[correlation]
source = "gaussian"
channel = { name = "gaussian", noise_variance = 0.1 }
[code]
encoder = { name = "nsq" }
rate_estimator = "ideal-sw"
[[sweep.axis]]
label = "M"
key = "code.alphabet_sizes"
values = [[2], [2, 2]]
[[sweep.axis]]
key = "code.encoder.step"
values = [0.5, 0.8]
"""

TRAININGS = """\
extends = "{base}"
name = "rates"
[[sweep.axis]]
key = "training.optimizer.learning_rate"
values = [1e30, 1e-3]
"""


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    file = tmp_path / "steps.toml"
    file.write_text(QUANTIZERS)
    return file


def test_validate_counts_points(wzsim: Wzsim, steps: Path) -> None:
    assert wzsim("validate", steps).stdout == f"{steps}: ok, a sweep of 4 points\n"
    one = wzsim("validate", steps, "--set", "sweep.mode=zip", "--set", "sweep.axis[0].values=[[2]]",
                "--set", "sweep.axis[1].values=[1]")  # fmt: skip
    assert one.stdout == f"{steps}: ok, a sweep of 1 point\n"


def test_a_sweep_writes_a_file_for_each_point_and_keeps_them(
    wzsim: Wzsim, steps: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    ran = wzsim("run", steps, "-o", out, "-j", "1")
    assert ran.exit_code == 0, ran.output
    lines = ran.stdout.splitlines()
    assert lines[0] == "steps: 4 points"
    assert lines[1] == "2-0.5    0.989 bit/sample   gap  5.673 dB"
    assert [line.split()[0] for line in lines[1:5]] == ["2-0.5", "2-0.8", "22-0.5", "22-0.8"]
    assert lines[5:] == [f"steps: 4 done, 0 kept, 0 failed, in {out / 'steps'}"]
    names = {"2-0.5", "2-0.8", "22-0.5", "22-0.8"}
    files = {path.name for path in (out / "steps").iterdir()}
    written = {f"{name}.{end}" for name in names for end in ("h5", "progress.jsonl")}
    assert files == {*written, "points.json"}
    assert {run.name for run in app.status(out)} == {f"steps/{name}" for name in names}
    result = package.open_result(out / "steps" / "22-0.8.h5")
    assert result.title == "M 22, step 0.8"
    assert package.run(result.scenario).stages.sum_rate[1] == result.stages.sum_rate[1]

    (out / "steps" / "2-0.8.h5").unlink()
    before = (out / "steps" / "2-0.5.h5").stat().st_mtime_ns
    again = wzsim("run", steps, "-o", out, "-j", "1")
    assert again.exit_code == 0
    assert again.stdout.splitlines()[0] == "steps: 4 points, 3 of them kept"
    assert again.stdout.splitlines()[-1] == f"steps: 1 done, 3 kept, 0 failed, in {out / 'steps'}"
    assert (out / "steps" / "2-0.5.h5").stat().st_mtime_ns == before


def test_a_different_point_is_refused_before_any_work(
    wzsim: Wzsim, steps: Path, tmp_path: Path
) -> None:
    wzsim("run", steps, "-o", tmp_path / "out", "-j", "1")
    file = tmp_path / "out" / "steps" / "2-0.5.h5"
    (tmp_path / "out" / "steps" / "22-0.8.h5").unlink()
    refused = wzsim("run", steps, "-o", tmp_path / "out", "--seed", "3")
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert refused.stderr == (
        f"error: {file} holds the result of another scenario; "
        "use --force to replace it, or -o for another directory\n"
    )
    assert not (tmp_path / "out" / "steps" / "22-0.8.h5").exists()
    forced = wzsim("run", steps, "-o", tmp_path / "out", "--seed", "3", "--force", "-j", "1")
    assert forced.stdout.endswith(f"4 done, 0 kept, 0 failed, in {file.parent}\n")


def test_processes_write_what_one_process_writes(wzsim: Wzsim, steps: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert wzsim("run", steps, "-o", one, "-j", "1").exit_code == 0
    ran = wzsim("run", steps, "-o", two)
    assert ran.exit_code == 0
    assert ran.stdout.splitlines()[-1] == f"steps: 4 done, 0 kept, 0 failed, in {two / 'steps'}"
    files = sorted((one / "steps").glob("*.h5"))
    assert len(files) == 4
    for file in files:
        assert content_hash(two / "steps" / file.name) == content_hash(file)


def test_an_edited_plugin_is_another_result(wzsim: Wzsim, tmp_path: Path) -> None:
    plugin, scenario = tmp_path / "mine.py", tmp_path / "mine.toml"
    assert wzsim("new", "channel", "mine", "--file", "-o", tmp_path).exit_code == 0
    run = ("run", scenario, "-p", plugin, "-o", tmp_path / "out", "--set", "evaluation.bounds=[]")
    assert wzsim(*run).exit_code == 0
    assert "kept" in wzsim(*run).stdout
    plugin.write_text(plugin.read_text() + "\n# another formula\n")
    refused = wzsim(*run)
    assert refused.exit_code == 2
    assert "holds the result of another version of mine.py; use --force" in refused.stderr


def test_a_point_that_fails_stops_no_other_and_is_not_tried_again(
    wzsim: Wzsim, tmp_path: Path
) -> None:
    sweep, out = tmp_path / "rates.toml", tmp_path / "out"
    sweep.write_text(TRAININGS.format(base=SCENARIO))
    command = ("run", sweep, "-o", out, *tiny(), "-j", "1")
    ended = wzsim(*command)
    assert ended.exit_code == 1
    lines = ended.stdout.splitlines()
    assert lines[1].split() == ["1e30", "failed"]
    assert lines[-1] == f"rates: 1 done, 0 kept, 1 failed, in {out / 'rates'}"
    assert ended.stderr.startswith("error: rates/1e30: the loss of 1e30 is ")
    assert "learning_rate" in ended.stderr
    assert [path.name for path in (out / "rates").glob("*.h5")] == ["0.001.h5"]
    log = out / "rates" / "1e30.progress.jsonl"
    log.unlink()

    again = wzsim(*command)
    assert again.exit_code == 1
    assert again.stdout.splitlines() == [
        "rates: 2 points, 1 of them kept, 1 failed before",
        f"rates: 0 done, 1 kept, 1 failed, in {out / 'rates'}",
    ]
    assert again.stderr == ended.stderr.replace(
        "\n", " (it ended so before and was not run again: --retry runs it, --force everything)\n"
    )
    assert not log.exists()
    # Another scenario under its name, and --retry, are other runs.
    retried = wzsim(*command, "--retry")
    assert retried.stdout.splitlines()[0] == "rates: 2 points, 1 of them kept"
    assert (retried.exit_code, retried.stderr) == (1, ended.stderr)
    alone = wzsim("run", SCENARIO, "-o", out / "rates", *tiny(
        "name='1e30'", "training.optimizer.learning_rate=1e-3"
    ))  # fmt: skip
    assert alone.exit_code == 0, alone.output
    assert not (out / "rates" / "1e30.failed.json").exists()


def test_a_wrong_point_stops_everything(wzsim: Wzsim, steps: Path, tmp_path: Path) -> None:
    steps.write_text(QUANTIZERS.replace("0.8", "-0.8"))
    refused = wzsim("run", SCENARIO, steps, "-o", tmp_path / "out")
    assert refused.exit_code == 2
    assert refused.stderr == (
        "error: point '2-minus0.8' and 1 other: step must be > 0, not -0.8 "
        f"@ $.code.encoder.step ({steps}:15)\n"
    )
    assert not (tmp_path / "out").exists()


def test_two_sweeps_of_one_name_are_refused(wzsim: Wzsim, steps: Path, tmp_path: Path) -> None:
    twice = wzsim("run", steps, steps, "-o", tmp_path / "out")
    assert twice.exit_code == 2
    assert twice.stderr == (
        f"error: two sweeps are named 'steps' and would write {tmp_path / 'out'}/steps/2-0.5.h5; "
        "give one another name\n"
    )


def test_bounds_of_a_sweep_are_those_of_each_pair_in_it(wzsim: Wzsim, steps: Path) -> None:
    one = wzsim("bounds", steps, "-r", "1")
    assert one.stdout.splitlines()[0] == "2-0.5, 2-0.8, 22-0.5, 22-0.8"
    assert one.stdout.count("Wyner-Ziv bound ") == 1
    text = steps.read_text().replace('"code.encoder.step"', '"correlation.channel.noise_variance"')
    steps.write_text(text.replace('"nsq" }', '"nsq", step = 0.5 }'))
    tables = json.loads(wzsim("bounds", steps, "--json", "-r", "1").stdout)
    assert [table["points"] for table in tables] == [["2-0.5", "22-0.5"], ["2-0.8", "22-0.8"]]
    found = [table["bounds"][0]["distortion"] for table in tables]
    assert found == [pytest.approx([0.5 / 4]), pytest.approx([0.8 / 4])]


def test_a_point_is_strings_and_any_process_can_run_it(steps: Path, tmp_path: Path) -> None:
    """What another process gets: pickled work and point; the result is that of the command."""
    registry, settings = app.registry(), app.Settings()
    jobs = app.plan([str(steps)], registry, [], tmp_path / "here", settings, force=False)
    list(app.run_jobs(jobs[:1], [], app.executor(registry), settings))
    there = tmp_path / "there.h5"
    point = Point(jobs[0].loaded.toml, (), str(there))
    work, sent = pickle.loads(pickle.dumps((partial(app.run_point, settings=settings), point)))
    assert work(sent) == Outcome(point)
    assert content_hash(there) == content_hash(jobs[0].output)


def test_whatever_goes_wrong_in_a_point_is_its_outcome(tmp_path: Path) -> None:
    wrong = app.run_point(Point("schema = 2", (), "x.h5"), app.Settings())
    assert wrong.error is not None
    assert wrong.error.startswith("this wzsim reads schema 1, found the integer 2")


@pytest.mark.slow
def test_the_right_panel_of_figure_2_goes_through_all_systems(wzsim: Wzsim, tmp_path: Path) -> None:
    panel = ROOT / "scenarios" / "paper" / "fig2_right.toml"
    overrides = ("training.epochs=1", "training.samples_per_epoch=2000", "evaluation.method=auto")
    ran = wzsim("run", panel, "-o", tmp_path, *(w for o in overrides for w in ("--set", o)))
    assert ran.exit_code == 0, ran.output
    assert ran.stdout.splitlines()[-1].startswith("fig2_right: 12 done, 0 kept, 0 failed")


# System and prior, then the multipliers of the left and the right panel.
MULTIPLIERS = [
    ("222", "marginal", 6.0, 80.0),
    ("222", "conditional", 160.0, 120.0),
    ("44", "marginal", 6.0, 100.0),
    ("44", "conditional", 120.0, 160.0),
    *((f"mono{size}", "marginal", 6.0, 80.0) for size in (2, 4, 8, 16)),
    *((f"mono{size}", "conditional", 120.0, 120.0) for size in (2, 4, 8, 16)),
]


@pytest.mark.parametrize("variant", ["", "authors_code_"])
@pytest.mark.parametrize("panel", ["left", "right"])
def test_the_panels_of_figure_2_have_the_recipe(panel: str, variant: str) -> None:
    file = ROOT / "scenarios" / "paper" / f"{variant}fig2_{panel}.toml"
    points = {p.scenario.name: p.resolved for p in app.load_sweep(file, app.registry()).points}
    assert set(points) == {f"{system}-{prior}" for system, prior, _, _ in MULTIPLIERS}
    for system, prior, *multipliers in MULTIPLIERS:
        point = points[f"{system}-{prior}"]
        code, training = point["code"], point["training"]
        assert "".join(map(str, code["alphabet_sizes"])) == system.removeprefix("mono")
        layered = not system.startswith("mono")
        assert code["encoder"]["name"] == ("rnn-layered" if layered else "mlp-monolithic")
        assert code["decoder"]["name"] == code["encoder"]["name"]
        assert code["rate_estimator"]["name"] == prior
        parts = ("encoder", "rate_estimator", "decoder")
        depth = 3 if variant and layered else 2
        assert [code[part]["num_layers"] for part in parts] == [depth] * 3
        assert training["lagrange_multiplier"] == multipliers[panel == "right"]
        every = 80 if prior == "marginal" and not variant else 40
        assert training["learning_rate_decay"] == {"factor": 0.3, "every": every}
        assert training["temperature"] == {"start": 1.0, "stop": 0.1 if variant else 0.2}
        noise = point["correlation"]["channel"]["noise_variance"]
        assert noise == (0.1 if panel == "left" else 0.01)


def test_ctrl_c_says_what_is_done_and_the_same_command_goes_on(
    wzsim: Wzsim, steps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_point = app.run_point

    def interrupted(point: Point, settings: app.Settings, version: str) -> Outcome:
        if point.output.endswith("22-0.5.h5"):
            raise KeyboardInterrupt
        return run_point(point, settings, version)

    monkeypatch.setattr(app.batch, "run_point", interrupted)
    stopped = wzsim("run", steps, "-o", tmp_path / "out", "-j", "1")
    assert stopped.exit_code == 1
    assert stopped.stderr == (
        "\ninterrupted: 2 done, 0 kept, 2 not; the same command goes on from here\n"
    )
    monkeypatch.undo()
    again = wzsim("run", steps, "-o", tmp_path / "out", "-j", "1")
    assert again.stdout.splitlines()[0] == "steps: 4 points, 2 of them kept"
    assert again.exit_code == 0
