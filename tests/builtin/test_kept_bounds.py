"""Certified functions on disk: found again, never for another law, never needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.laplace import LaplaceChannel
from wzsim.builtin.bounds.kept import kept, law_of_pair
from wzsim.builtin.sources.gaussian import GaussianSource
from wzsim.contracts import DensityPair, compose
from wzsim.theory.certified import CertifiedFunction
from wzsim.theory.finite_bounds import log_loss_function

JOINT = np.array([[0.4, 0.1], [0.2, 0.3]])


class Counting:
    """Computes, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> CertifiedFunction:
        self.times += 1
        return log_loss_function(JOINT)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WZSIM_CACHE", str(tmp_path))
    return tmp_path / "bounds"


def test_a_law_is_computed_once(folder: Path) -> None:
    compute = Counting()
    first, again = kept([JOINT], compute), kept([JOINT], compute)
    assert compute.times == 1
    rates = np.array([0.0, 0.3, 0.7])
    assert np.array_equal(first.distortion(rates).lower, again.distortion(rates).lower)
    assert np.array_equal(first.distortion(rates).upper, again.distortion(rates).upper)
    assert (again.certificate, again.shannon, again.is_power) == ("closed form", None, False)
    assert [file.suffix for file in folder.iterdir()] == [".npz"]


def test_another_law_is_computed_anew(folder: Path) -> None:
    compute = Counting()
    for law in ([JOINT], [JOINT.T], [JOINT.ravel()], [JOINT, JOINT]):
        kept(law, compute)
    assert compute.times == 4


def test_a_damaged_file_is_made_again(folder: Path) -> None:
    compute = Counting()
    kept([JOINT], compute)
    (file,) = folder.iterdir()
    for content in (b"", b"no archive", file.read_bytes()[:100]):
        file.write_bytes(content)
        kept([JOINT], compute)
    assert compute.times == 4
    kept([JOINT], compute)
    assert compute.times == 4


def test_nothing_is_kept_where_nothing_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = Counting()
    occupied = tmp_path / "file"
    occupied.write_text("")
    for place in (str(occupied), ""):
        monkeypatch.setenv("WZSIM_CACHE", place)
        kept([JOINT], compute)
        kept([JOINT], compute)
    assert compute.times == 4


class Changed(LaplaceChannel):
    """The same name and keys; another formula, as while a plugin is written."""

    def noise_log_prob(self, noise):  # type: ignore[no-untyped-def]  # as in a plugin
        return super().noise_log_prob(noise) - 0.01 * noise.square()


def test_the_hash_of_a_pair_is_that_of_its_law_and_not_of_its_name() -> None:
    def law(channel: LaplaceChannel, base: str = "y") -> bytes:
        pair = compose(GaussianSource(), channel, base)  # type: ignore[arg-type]  # a Base
        assert isinstance(pair, DensityPair)
        return b"".join(array.tobytes() for array in law_of_pair(pair))

    same = law(LaplaceChannel(scale=0.2))
    assert law(LaplaceChannel(scale=0.2)) == same
    assert law(LaplaceChannel(scale=0.2000001)) != same
    assert law(Changed(scale=0.2)) != same
    assert law(LaplaceChannel(scale=0.2), "x") != same
