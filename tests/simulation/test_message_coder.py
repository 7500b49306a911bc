"""From messages to bytes and back, for every kind of code."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch

import wzsim
from tests.coders import Pieces, Plain
from tests.contracts.test_trellis import AfterAChange, Independent, SignChanges, Signs
from wzsim.app import registry
from wzsim.contracts import Code, Pair
from wzsim.errors import CapabilityError
from wzsim.scenario import parse_mapping
from wzsim.simulation.frames import Frame
from wzsim.simulation.message_coder import MessageCoder
from wzsim.simulation.stage_coder import LosslessCoder

CODES: dict[str, dict[str, Any]] = {
    "conditional": {"encoder": {"name": "nsq", "step": 0.5}},
    "marginal": {"encoder": {"name": "nsq", "step": 0.5}, "rate_estimator": "marginal"},
    "dither": {"encoder": {"name": "nsq", "step": 0.5, "dither": True}},
    "dither, marginal": {
        "encoder": {"name": "nsq", "step": 0.5, "dither": True},
        "rate_estimator": "marginal",
    },
    "network": {"encoder": {"name": "rnn-layered", "hidden_size": 8}},
    "network, marginal": {
        "encoder": {"name": "rnn-layered", "hidden_size": 8},
        "rate_estimator": "marginal",
    },
}


@lru_cache
def designed(which: str) -> tuple[Code, Pair]:
    scenario = {
        "schema": 1,
        "name": "test",
        "seed": 3,
        "correlation": {
            "source": "gaussian",
            "channel": {"name": "gaussian", "noise_variance": 0.1},
        },
        "code": {"alphabet_sizes": [2, 4], **CODES[which]},
        "evaluation": {"samples": 1000},
    }
    if "network" in which:
        scenario["training"] = {
            "method": "gumbel-softmax",
            "lagrange_multiplier": 100.0,
            "epochs": 1,
            "samples_per_epoch": 5000,
        }
    result = wzsim.run(scenario)
    pair = parse_mapping(result.scenario, registry()).scenario.evaluation_pair()
    return wzsim.restore_code(result), pair


def message_coder(which: str, coder: LosslessCoder, **keys: Any) -> tuple[MessageCoder, Pair]:
    code, pair = designed(which)
    generator = torch.Generator().manual_seed(5)
    given = {"frame_length": 300, "frame_error_rate": 0.01, "dither_seed": 7} | keys
    return MessageCoder.designed(code, pair, coder, generator=generator, **given), pair


def look_up(kind: str, table: Any) -> LosslessCoder:
    known = {"plain": Plain, "pieces": Pieces}
    parameters = dict(table)
    return known[parameters.pop("name")](**parameters)


@pytest.mark.parametrize("coder", [Plain(), Pieces()], ids=["entropy", "slepian-wolf"])
@pytest.mark.parametrize("which", CODES)
def test_symbols_come_back(which: str, coder: LosslessCoder) -> None:
    """On the other side, which has data and y alone."""
    ours, pair = message_coder(which, coder)
    x, y = (t[:, 0].numpy() for t in pair.sample(1000, torch.Generator().manual_seed(6)))
    encoded = ours.encode(x)
    assert [len(frame.stages[0]) for frame in encoded] == [300, 300, 300, 100]
    data = json.loads(json.dumps(ours.as_data()))
    theirs = MessageCoder.from_data(data, ours.code, look_up)
    assert theirs.as_data() == data
    layers = [[frame.increments[stage] for frame in encoded] for stage in range(2)]
    decoded = theirs.decode(theirs.frames(y), layers)
    for sent, found in zip(encoded, decoded, strict=True):
        assert not found.failed
        for one, other in zip(sent.stages, found.stages, strict=True):
            np.testing.assert_array_equal(one, other)
    x_hat = np.concatenate([theirs.reconstruct(frame) for frame in decoded])  # type: ignore[arg-type]
    assert x_hat.shape == x.shape
    # One by one gives the same bytes and reconstructions as all at once.
    alone = ours.encode(x[300:600], first_frame=1)[0]
    assert alone.increments == encoded[1].increments
    (frame,) = theirs.frames(y[300:600], first_frame=1)
    frame = theirs.decode([frame], [[part] for part in alone.increments])[0]
    np.testing.assert_array_equal(theirs.reconstruct(frame), x_hat[300:600])


def test_ideal_rates_are_those_of_the_evaluation() -> None:
    for which in ("conditional", "marginal"):
        coder, pair = message_coder(which, Plain())
        x, y = pair.sample(200_000, torch.Generator().manual_seed(8))
        lengths = coder.code.rate_estimator.code_lengths(coder.code.encoder.encode(x), y)
        wanted = [float(length.mean()) / np.log(2) for length in lengths]
        np.testing.assert_allclose(coder.ideal_rates, wanted, atol=0.01)


def test_tables_follow_the_law() -> None:
    """Exact where q is known without y, counted elsewhere; both near the same frequencies."""
    exact, _ = message_coder("marginal", Plain())
    counted, _ = message_coder("conditional", Plain())
    for one, other in zip(exact.stages, counted.stages, strict=True):
        assert one.tables is not None
        assert other.tables is not None
        assert one.tables.shape == other.tables.shape
        np.testing.assert_allclose(one.tables, other.tables, atol=900)
        assert not np.array_equal(one.tables, other.tables)
    assert exact.stages[1].tables is not None
    assert exact.stages[1].tables.shape == (2, 4)


def test_a_frame_that_fails_has_no_later_stage_and_the_others_go_on() -> None:
    for kind in (Plain(), Pieces(first=1.0)):
        coder, pair = message_coder("conditional", kind)
        x, y = (t[:, 0].numpy() for t in pair.sample(900, torch.Generator().manual_seed(6)))
        encoded = coder.encode(x)
        layers = [[frame.increments[stage] for frame in encoded] for stage in range(2)]
        for wrong in ((), (b"",), (b"\0\0\0",), (bytes(700),)):
            layers[1][1] = wrong
            frames = coder.decode(coder.frames(y), layers)
            assert [frame.failed for frame in frames] == [False, True, False]
            assert [len(frame.stages) for frame in frames] == [2, 1, 2]
            x_hat = coder.reconstruct(frames[1])
            assert x_hat is not None
            assert np.mean((x_hat - x[300:600]) ** 2) < 1.1
        layers[0][2] = (b"no",)
        frames = coder.decode(coder.frames(y), layers)
        assert [len(frame.stages) for frame in frames] == [2, 1, 0]
        assert coder.reconstruct(frames[2]) is None


def test_q_that_depends_on_the_stage_itself_is_refused() -> None:
    code = Code(SignChanges(), AfterAChange(), Signs())
    with pytest.raises(CapabilityError, match="stage 1 cannot be coded: AfterAChange gives"):
        MessageCoder.designed(
            code,
            Independent(),  # type: ignore[arg-type]
            Plain(),
            frame_length=60,
            frame_error_rate=0.1,
            generator=torch.Generator().manual_seed(1),
        )


def _without(data: dict[str, Any], *keys: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(data))
    place = copy
    for key in keys[:-1]:
        place = place[key]
    del place[keys[-1]]
    return copy


def _with(data: dict[str, Any], value: Any, *keys: Any) -> dict[str, Any]:
    copy = json.loads(json.dumps(data))
    place = copy
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return copy


def test_wrong_data_is_a_value_error() -> None:
    coder, _ = message_coder("conditional", Plain())
    data = coder.as_data()
    paths: list[tuple[Any, ...]] = [(key,) for key in data]
    paths += [("stages", 1, key) for key in data["stages"][1]]
    paths += [("stages", 1, "tables", 0), ("stages", 1, "tables", 0, 0), ("stages", 0)]
    for path in paths:
        values = (None, -1, 1e300, "x", [], {}, [[]], True, 2**70)
        for wrong in [_without(data, *path), *(_with(data, value, *path) for value in values)]:
            with pytest.raises(ValueError, match=r"."):
                MessageCoder.from_data(wrong, coder.code, look_up)


def test_frames_know_their_samples() -> None:
    coder, _ = message_coder("conditional", Plain())
    assert coder.frame_count(901) == 4
    assert coder.symbols_of(1, 100) == 100
    frames = coder.frames(np.zeros(301))
    assert [frame.samples for frame in frames] == [300, 1]
    assert isinstance(frames[0], Frame)
