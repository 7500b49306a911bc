"""Streams of every released version still decode, to what they meant."""

from pathlib import Path

import numpy as np
import pytest

import wzsim

DATA = Path(__file__).parents[1] / "data"


def test_version_1() -> None:
    """By integers alone: on every machine, with every version of the libraries."""
    arrays = np.load(DATA / "stream1.npz")
    stream = (DATA / "stream1.wz").read_bytes()
    for layers, name in ((1, "coarse"), (2, "fine"), (None, "fine")):
        x_hat = wzsim.decode(DATA / "stream1.h5", stream, arrays["y"], layers)
        np.testing.assert_allclose(x_hat, arrays[name], atol=1e-4)
    error = np.mean((arrays["x"] - arrays["fine"]) ** 2)
    assert error == pytest.approx(0.0172, abs=0.003)
