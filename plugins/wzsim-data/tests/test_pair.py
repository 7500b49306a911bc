"""The pair `data` in scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from wzsim import app
from wzsim.errors import InputError

from wzsim_data import DataPair
from wzsim_data.split import chosen_rows


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    generator = np.random.default_rng(1)
    y = generator.normal(10, 2, 5_000)
    path = tmp_path / "rows.npy"
    np.save(path, np.stack([3 + y + generator.normal(0, 0.5, 5_000), y], 1))
    return path


def pair(rows: Path, **keys: Any) -> DataPair:
    return DataPair(path=str(rows), x="0", y="1", **keys)


def test_rows_stay_together_and_the_seed_decides_them(rows: Path) -> None:
    x, y = pair(rows).sample(1_000, torch.Generator().manual_seed(3))
    again, _ = pair(rows).sample(1_000, torch.Generator().manual_seed(3))
    assert x.shape == y.shape == (1_000, 1)
    assert x.dtype == y.dtype == torch.float32
    assert torch.equal(x, again)
    table = {tuple(row) for row in np.load(rows).astype(np.float32).tolist()}
    drawn = torch.hstack([x, y]).tolist()
    assert all(tuple(row) in table for row in drawn)


def test_offsets_and_slope(rows: Path) -> None:
    draw = torch.Generator().manual_seed
    x, y = pair(rows).sample(100, draw(0))
    u, v = pair(rows, x_offset=-1.0, y_slope=2.0, y_offset=5.0).sample(100, draw(0))
    torch.testing.assert_close(u, x - 1)
    torch.testing.assert_close(v, 2 * y + 5)


def test_parts_are_tenths_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, np.stack([np.arange(57.0), -np.arange(57.0)], 1))

    def drawn(part: str) -> set[float]:
        x, y = pair(path, part=part).sample(2_000, torch.Generator().manual_seed(0))
        assert torch.equal(x, -y)
        return set(x.flatten().tolist())

    held_out = {*range(11, 17), *range(39, 45)}
    assert drawn("held-out") == held_out
    assert drawn("training") == set(range(57)) - held_out
    assert drawn("all") == set(range(57))
    with pytest.raises(ValueError, match="part must be one of 'all', 'training', 'held-out'"):
        pair(path, part="test")


@pytest.mark.parametrize("rows", [10, 11, 99, 1_000])
def test_parts_share_no_row_and_miss_none(rows: int) -> None:
    training, held_out = chosen_rows("training", rows), chosen_rows("held-out", rows)
    assert (training ^ held_out).all()
    assert abs(held_out.sum() - rows / 5) < 2
    assert not held_out[0]
    assert not held_out[-1]
    # Two pieces, each of neighbouring rows.
    assert np.flatnonzero(np.diff(held_out.astype(int)) == 1).size == 2


def test_a_file_that_was_written_again_is_read_again(rows: Path) -> None:
    pair(rows).sample(10, torch.Generator())
    np.save(rows, np.full((50, 2), 7.0) + np.arange(50)[:, None] * 1e-3)
    x, _ = pair(rows).sample(10, torch.Generator())
    assert (x < 8).all()


def test_a_file_that_is_not_there_is_told_at_the_first_draw(tmp_path: Path) -> None:
    missing = pair(tmp_path / "none.npy")
    with pytest.raises(InputError, match="there is no such file"):
        missing.sample(10, torch.Generator())


def test_a_scenario_is_measured_on_data(rows: Path) -> None:
    data = {"name": "data", "path": str(rows), "x": "0", "y": "1"}
    scenario = {
        "schema": 1,
        "name": "rows",
        "correlation": {
            "source": {"name": "gaussian", "variance": 4.0},
            "channel": {"name": "gaussian", "noise_variance": 0.25},
        },
        "code": {"alphabet_sizes": [8], "encoder": {"name": "nsq", "step": 0.8}},
        "evaluation": {
            "samples": 20_000,
            "correlation": {"pair": data | {"x_offset": -13.0, "y_offset": -10.0}},
        },
    }
    plugins = ["wzsim_data"]
    measured = app.run(scenario, plugins=plugins)
    del scenario["evaluation"]["correlation"]  # type: ignore[attr-defined]
    exact = app.run(scenario, plugins=plugins)
    assert measured.stages.distortion[0] == pytest.approx(exact.stages.distortion[0], rel=0.1)
    assert measured.bounds == {}
