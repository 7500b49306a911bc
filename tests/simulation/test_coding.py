"""Real bits of a run: what is counted, what was decoded, and what it says of failures."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

import wzsim
from tests.coders import Blocks, Pieces, Plain
from tests.scenarios import paper_scenario
from tests.simulation.test_checkpoint import Memory
from wzsim import app
from wzsim.contracts import CodingAdvanced, Event
from wzsim.scenario import parse_mapping
from wzsim.scenario.coding import Coding
from wzsim.scenario.cross_checks import coding_refusals
from wzsim.simulation import coding as module
from wzsim.simulation.coding_figures import CodingFigures
from wzsim.simulation.message_coder import MessageCoder
from wzsim.simulation.result import Result
from wzsim.simulation.run import simulate
from wzsim.simulation.seeds import generator_for
from wzsim.simulation.stream_size import CHECKSUM, LAYER, frame_size, header_size
from wzsim.storage import StreamHeader, StreamWriter
from wzsim.storage.writer import file_image
from wzsim.testing.results import assert_same
from wzsim.theory.proportion import clopper_pearson

CODERS = [str(Path(__file__).parents[1] / "coders.py")]

SCENARIO: dict[str, Any] = {
    "schema": 1,
    "name": "coded",
    "seed": 3,
    "correlation": {
        "source": {"name": "gaussian", "variance": 1.0},
        "channel": {"name": "gaussian", "noise_variance": 0.1},
    },
    "code": {"alphabet_sizes": [2, 2], "encoder": {"name": "nsq", "step": 0.525}},
}


def run(*overrides: str, coding: dict[str, Any] | None = None, listener: Any = None) -> Result:
    table = {"coding": coding} if coding is not None else {}
    return wzsim.run(SCENARIO | table, overrides=overrides, plugins=CODERS, listener=listener)


def coded(*overrides: str, **keys: Any) -> CodingFigures:
    found = run(*overrides, coding={"slepian_wolf_coder": "pieces", **keys}).coding
    assert found is not None
    return found


def test_without_the_table_nothing_is_coded() -> None:
    result = run()
    assert result.coding is None
    assert "coding" not in result.scenario


def test_an_entropy_coder_is_counted_to_the_byte() -> None:
    keys = {"entropy_coder": "plain", "samples": 5000, "block_length": 1000}
    result = run("code.rate_estimator=marginal", coding=keys)
    found, parts = result.coding, result.decomposition
    assert found is not None
    assert parts is not None
    # Two bytes a symbol and a checksum of four; two lengths of two bytes and another checksum a
    # frame; 16 bytes a layer. The first stage has the header.
    assert found.bytes[1] == 5 * (2 * 1000 + 4 + 4 + 4) + 16
    assert 300 < found.bytes[0] - found.bytes[1] < 1000
    np.testing.assert_array_equal(found.coded_rate, 8 * found.bytes / 5000)
    np.testing.assert_array_equal(found.coded_sum_rate, np.cumsum(found.coded_rate))
    np.testing.assert_array_equal(found.ideal_rate, parts.marginal_entropy)
    assert found.coder == "plain"
    assert not found.feedback
    assert (found.decoded == found.frames).all()
    assert not found.frame_errors.any()
    assert not found.requests.any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_figures_are_those_of_the_evaluation_within_their_errors(seed: int) -> None:
    keys = {"slepian_wolf_coder": "pieces", "feedback": True}
    result = run(f"seed={seed}", coding=keys | {"samples": 40_000, "block_length": 2000})
    found, stages = result.coding, result.stages
    assert found is not None
    for name, exact in (("model_rate", stages.stage_rate), ("distortion", stages.distortion)):
        error = found.errors[name]
        assert (error < 0.05 * exact).all()
        assert (np.abs(getattr(found, name) - exact) < 4.5 * error).all(), name
    assert stages.gap_db is not None
    assert found.coded_gap_db is not None
    slope = 20 * np.log10(2) * (found.coded_sum_rate - stages.sum_rate)
    difference = found.coded_gap_db - stages.gap_db - slope
    assert (np.abs(difference) < 4.5 * found.errors["coded_gap_db"]).all()


def test_with_feedback_every_frame_is_decoded_and_requests_are_counted() -> None:
    found = coded(samples=4000, block_length=500, feedback=True)
    assert found.feedback
    assert (found.decoded == 8).all()
    assert (found.increments > 8).all()
    np.testing.assert_array_equal(found.requests, found.increments - 8)
    np.testing.assert_array_equal(found.distortion, found.distortion_all)
    assert not found.survivors_only.any()


def test_without_feedback_the_first_increment_has_to_do() -> None:
    coder = {"name": "pieces", "first": 0.97}
    found = coded(samples=20_000, block_length=100, slepian_wolf_coder=coder)
    assert (found.increments == 200).all()
    assert not found.requests.any()
    assert 0 < found.decoded[1] < found.decoded[0] < 200
    np.testing.assert_array_equal(found.frame_errors, 200 - found.decoded)
    np.testing.assert_array_equal(found.frame_error_rate, found.frame_errors / 200)
    for stage, count in enumerate(found.frame_errors):
        ends = found.frame_error_rate_lower[stage], found.frame_error_rate_upper[stage]
        assert ends == clopper_pearson(int(count), 200)
    assert found.survivors_only.all()
    assert (found.distortion_all > found.distortion).all()
    # A later stage of a frame that has failed is sent all the same: nobody knows.
    assert found.bytes[1] > 200 * 2 * 97


def test_nothing_decoded_is_no_number_and_no_error() -> None:
    found = coded(samples=2000, block_length=1000)
    assert not found.decoded.any()
    assert np.isnan(found.distortion).all()
    assert np.isnan(found.symbol_error_rate).all()
    assert np.isfinite(found.distortion_all).all()
    assert (found.frame_error_rate == 1).all()
    # Of y alone: the variance of X given Y.
    np.testing.assert_allclose(found.distortion_all, 0.1, rtol=0.1)


def test_undetected_errors_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    decode_stage = module.MessageCoder.decode_stage

    def wrong(self: Any, frames: Any, received: Any) -> Any:
        decoded = decode_stage(self, frames, received)
        first = decoded[0]
        spoilt = (*first.stages[:-1], 1 - first.stages[-1])
        return [attrs.evolve(first, stages=spoilt), *decoded[1:]] if not first.number else decoded

    monkeypatch.setattr(module.MessageCoder, "decode_stage", wrong)
    keys = {"entropy_coder": "plain", "samples": 5000, "block_length": 1000}
    found = run("code.rate_estimator=marginal", coding=keys).coding
    assert found is not None
    assert found.undetected[0] == 1
    assert found.frame_errors.tolist() == [1, 1]
    assert found.symbol_error_rate[0] == pytest.approx(0.2)
    assert found.symbol_error_rate_lower[0] < 0.2 < found.symbol_error_rate_upper[0]


def test_the_same_seed_gives_the_same_result_whatever_is_decoded_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keys = {"slepian_wolf_coder": "pieces", "samples": 4000, "block_length": 500, "feedback": True}

    def content(*overrides: str) -> str:
        times = {"start_time": "", "end_time": ""}
        return file_image(attrs.evolve(run(*overrides, coding=keys), **times))[1]

    first = content()
    assert content() == first
    monkeypatch.setattr(module, "MOST_NUMBERS", 1)
    assert content() == first
    assert content("seed=4") != first


def test_the_evaluation_does_not_change_with_the_table() -> None:
    with_table = run(
        "evaluation.method=monte-carlo",
        "evaluation.samples=10000",
        coding={
            "slepian_wolf_coder": "pieces",
            "samples": 1000,
            "block_length": 500,
        },
    )
    without = run("evaluation.method=monte-carlo", "evaluation.samples=10000")
    for name, array in without.stages.arrays().items():
        np.testing.assert_array_equal(getattr(with_table.stages, name), array)


def test_what_is_counted_is_the_stream_that_encode_writes() -> None:
    """Byte by byte, of both kinds of coders, with more increments than one."""
    scenario = parse_mapping(SCENARIO, app.registry(CODERS)).scenario
    code = app.restore_code(run(), CODERS)
    for coder, count in ((Plain(), 1), (Pieces(first=0.5), 1), (Pieces(), 3)):
        made = MessageCoder.designed(
            code,
            scenario.evaluation_pair(),
            coder,
            frame_length=700,
            frame_error_rate=0.1,
            generator=generator_for(1, "test"),
        )
        header = StreamHeader(
            code="f" * 64, scenario="coded", shape=(2100,), dtype="<f4", coders=made.as_data()
        )
        writer, file = StreamWriter(header, [io.BytesIO(), io.BytesIO()]), io.BytesIO()
        x, _ = scenario.evaluation_pair().sample(2100, generator_for(2, "test"))
        sizes = np.full(2, LAYER + CHECKSUM)
        for frame in made.encode(x.reshape(-1).numpy()):
            sent = [parts[:count] for parts in frame.increments]
            writer.add(sent)
            sizes += [frame_size(parts) for parts in sent]
        written = writer.finish(file)
        assert written == (header_size(made, "coded", 2100), *sizes)
        assert sum(written) == len(file.getvalue())


@pytest.mark.parametrize("estimator", ["marginal", "conditional"])
@pytest.mark.parametrize("kind", ["correlation.source=blocks", "code.encoder.dither=true"])
def test_blocks_and_dither_are_coded_too(kind: str, estimator: str) -> None:
    coders = {"entropy_coder": "plain", "slepian_wolf_coder": "pieces", "feedback": True}
    result = run(
        kind,
        f"code.rate_estimator={estimator}",
        "evaluation.samples=200_000",
        coding={**coders, "samples": 20_000, "block_length": 1002},
    )
    found, stages = result.coding, result.stages
    assert found is not None
    if kind.endswith("blocks"):
        assert (found.frames, found.block_length) == (20, 1000)  # whole blocks of four samples
    assert (found.decoded == found.frames).all()
    for name, other in (("model_rate", "stage_rate"), ("distortion", "distortion")):
        error = np.hypot(found.errors[name], stages.errors.get(other, 0.0))
        assert (np.abs(getattr(found, name) - getattr(stages, other)) < 4.5 * error).all(), name


def test_frames_shorter_than_the_blocks_of_the_pair_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Blocks, "block_length", 128)
    scenario = parse_mapping(SCENARIO, app.registry(CODERS)).scenario
    met = attrs.evolve(scenario.correlation, source=Blocks())
    coding = Coding(slepian_wolf_coder=Pieces(), samples=100, block_length=100)
    (problem,) = coding_refusals(coding, scenario.code, scenario.correlation, met)
    assert problem.path == "$.coding.block_length"
    assert "at least 128" in problem.message
    assert not list(coding_refusals(coding, scenario.code, scenario.correlation, None))


def test_a_run_that_was_stopped_while_it_coded_ends_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wzsim.simulation.coder_design.SAMPLES", 2000)
    scenario = attrs.evolve(
        paper_scenario(
            alphabet_sizes=(2, 2), hidden_size=8, epochs=2, samples_per_epoch=600, batch_size=200
        ),
        coding=Coding(slepian_wolf_coder=Pieces(), samples=4000, block_length=500, feedback=True),
    )
    undisturbed = simulate(scenario, "cpu", lambda _event: None).coding

    def stop(event: Event) -> None:
        if isinstance(event, CodingAdvanced):
            raise KeyboardInterrupt

    kept = Memory()
    with pytest.raises(KeyboardInterrupt):
        simulate(scenario, "cpu", stop, kept)
    again = simulate(scenario, "cpu", lambda _event: None, Memory(kept.states[-1])).coding
    assert undisturbed is not None
    assert again is not None
    times = {"encode_seconds": 0.0, "decode_seconds": 0.0}
    assert_same(attrs.evolve(again, **times), attrs.evolve(undisturbed, **times))


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NUMBERS", 1)
    heard: list[Event] = []
    keys = {"slepian_wolf_coder": "pieces", "samples": 2400, "block_length": 500}
    run(coding=keys, listener=heard.append)
    told = [event for event in heard if isinstance(event, CodingAdvanced)]
    assert [event.samples for event in told] == [500, 1000, 1500, 2000, 2500]
    assert {event.total for event in told} == {2500}
