"""JSON lines that another program can follow while the run goes on."""

import json
from pathlib import Path

import pytest

from wzsim.contracts import EpochFinished, EvaluationAdvanced, RunFinished, RunStarted
from wzsim.errors import OutputError
from wzsim.storage import ProgressLog, read_progress

EPOCH = EpochFinished("gauss_222", 1, 2, 35.5, (0.25, 0.5), (0.08, 0.05), 4.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "gauss_222.progress.jsonl"


def test_each_event_is_there_as_soon_as_it_was_told(path):
    with ProgressLog(path) as log:
        log(RunStarted("gauss_222", epochs=2, stages=2, output="results/gauss_222.h5"))
        assert [record["event"] for record in read_progress(path)] == ["run_started"]
        log(EPOCH)
        log(EvaluationAdvanced("gauss_222", samples=5, total=10))
        log(RunFinished("gauss_222"))
        names = [record["event"] for record in read_progress(path)]
    assert names == ["run_started", "epoch_finished", "evaluation_advanced", "run_finished"]


def test_a_line_is_a_json_object_with_time_and_fields(path):
    with ProgressLog(path) as log:
        log(EPOCH)
    record = json.loads(path.read_text())
    assert record.pop("time").endswith("+00:00")
    assert record == {
        "event": "epoch_finished",
        "name": "gauss_222",
        "epoch": 1,
        "epochs": 2,
        "loss": 35.5,
        "stage_rate": [0.25, 0.5],
        "stage_distortion": [0.08, 0.05],
        "seconds": 4.0,
        "relaxed": True,
    }


def test_numbers_that_json_has_not_are_null(path):
    with ProgressLog(path) as log:
        log(EpochFinished("x", 1, 2, float("nan"), (float("inf"), 0.5), (0.1, 0.1), 1.0))
    text = path.read_text()
    assert '"loss": null' in text
    assert '"stage_rate": [null, 0.5]' in text


def test_line_that_is_still_being_written_is_left_out(path):
    with ProgressLog(path) as log:
        log(EPOCH)
    path.write_text(path.read_text() + '{"event": "epoch_fin')
    assert len(read_progress(path)) == 1


def test_new_log_replaces_the_old_one(path):
    for _ in range(2):
        with ProgressLog(path) as log:
            log(EPOCH)
    assert len(read_progress(path)) == 1


def test_log_that_cannot_be_made_is_an_error_at_once(tmp_path):
    with pytest.raises(
        OutputError, match=r"cannot write .*missing/x\.progress.jsonl: No such file"
    ):
        ProgressLog(tmp_path / "missing" / "x.progress.jsonl")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_full_disk_ends_the_log_and_not_the_run():
    with ProgressLog("/dev/full") as log:
        log(EPOCH)
        log(EPOCH)
        log.close()
        log(EPOCH)
