"""Fits against laws whose parameters are known."""

from __future__ import annotations

import math
from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray
from wzsim import app
from wzsim.errors import InputError

from wzsim_data.dependence import Dependence
from wzsim_data.families import FAMILIES
from wzsim_data.fitting import BLOCKS, FittedFamily, choose, fit, transform, uniform_distance
from wzsim_data.line import Line, least_squares, likeliest
from wzsim_data.noise import NoiseLaw, Observed
from wzsim_data.reading import Pairs
from wzsim_data.resolution import step_of

Array = NDArray[np.float64]
ROWS = 40_000


def random() -> np.random.Generator:
    return np.random.default_rng(20)


def impulses(rows: int) -> Array:
    draw = random()
    return draw.normal(0, np.where(draw.random(rows) < 0.1, 10.0, 1.0))


NOISE = {
    "gaussian": (random().normal(0, 2, ROWS), {"noise_variance": 4.0}),
    "laplace": (random().laplace(0, 3, ROWS), {"scale": 3.0}),
    "student-t": (2 * random().standard_t(3, ROWS), {"scale": 2.0, "degrees_of_freedom": 3.0}),
    "bernoulli-gaussian": (
        impulses(ROWS),
        {"background_variance": 1.0, "impulse_variance": 99.0, "impulse_probability": 0.1},
    ),
}


@pytest.mark.parametrize("step", [0.0, 1.0])
@pytest.mark.parametrize("name", NOISE)
def test_a_family_finds_its_own_parameters(name: str, step: float) -> None:
    """Within 6 %, some four standard errors; rounding to steps of one deviation hides little."""
    noise, expected = NOISE[name]
    seen = np.round(noise) if step else noise
    law = FAMILIES[name](Observed.of(seen, step))
    assert law.keys == pytest.approx(expected, rel=0.06)
    assert uniform_distance(transform(law, seen, step)) < 0.01


@pytest.mark.parametrize("name", NOISE)
def test_rounded_likelihoods_are_those_of_a_density_where_steps_are_small(name: str) -> None:
    law = FAMILIES[name](Observed.of(NOISE[name][0], 0.0))
    points = np.linspace(-20, 20, 81)
    np.testing.assert_allclose(
        law.log_likelihood(points, 1e-3), law.log_likelihood(points, 0.0), atol=1e-3
    )


def test_groups_lose_nothing() -> None:
    noise, _ = NOISE["student-t"]
    law = FAMILIES["student-t"](Observed.of(noise, 0.0))
    exact = float(law.log_likelihood(noise, 0.0).mean())
    assert Observed.of(noise, 0.0).score(law) == pytest.approx(exact, abs=2e-5)


@pytest.mark.parametrize("name", ["bernoulli-gaussian", "gaussian-mixture"])
def test_a_mixture_does_not_collapse_onto_values_that_repeat(name: str) -> None:
    noise = np.round(random().normal(0, 0.8, ROWS))
    law = FAMILIES[name](Observed.of(noise, 1.0))
    gaussian = FAMILIES["gaussian"](Observed.of(noise, 1.0))
    assert law.variance == pytest.approx(0.64, rel=0.05)
    assert Observed.of(noise, 1.0).score(law) < Observed.of(noise, 1.0).score(gaussian) + 0.001


def test_values_far_outside_of_a_law_have_a_finite_likelihood() -> None:
    law = FAMILIES["gaussian"](Observed.of(np.array([-1.0, 1.0]), 0.0))
    assert np.isfinite(law.log_likelihood(np.array([1e3]), 1.0)).all()


@pytest.mark.parametrize("scale", [1.0, 0.25, 0.1, 1e-3, 255.0])
def test_the_step_is_found(scale: float) -> None:
    values = scale * random().integers(-40, 200, 3_000) + 7 * scale
    assert step_of(values) == pytest.approx(scale, rel=1e-9)


def test_values_without_a_step() -> None:
    assert step_of(random().normal(size=1_000)) == 0
    assert step_of(np.repeat(random().normal(size=100), 10)) == 0
    assert step_of(np.repeat([6.0, 10.0, 16.0], 5)) == 2


def test_dependence_of_an_autoregression() -> None:
    """AR(1) with coefficient 0.8: time 1 + 2 * 0.8 / 0.2 = 9."""
    shocks = random().normal(size=100_000)
    values = np.empty_like(shocks)
    last = 0.0
    for row, shock in enumerate(shocks):
        values[row] = last = 0.8 * last + shock
    measured = Dependence.of(values)
    assert measured.lag_one == pytest.approx(0.8, abs=0.02)
    assert measured.effective_rows == pytest.approx(100_000 / 9, rel=0.2)
    assert Dependence.of(shocks).effective_rows > 80_000


ALONE = ["no:wzsim-laplace", "no:wzsim-mixture"]
"""Without the other packages, also where they are installed."""


def test_a_study_finds_map_and_family() -> None:
    y = random().normal(100, 5, ROWS)
    study = fit(Pairs(0.5 * y + 7 + NOISE["gaussian"][0][::-1], y), app.registry(ALONE))
    assert study.chosen.name == "gaussian"
    assert study.chosen.line.slope == pytest.approx(0.5, abs=0.01)
    assert study.chosen.line.offset == pytest.approx(7, abs=1)
    assert study.noise.mean() == pytest.approx(0, abs=1e-9)
    assert study.step == 0
    assert study.chosen.scores.shape == (BLOCKS,)
    entropy = 0.5 * math.log(2 * math.pi * math.e * 4)
    assert abs(study.chosen.score + entropy) < 4 * study.chosen.score_error
    assert study.held_out_score == pytest.approx(-entropy, abs=0.03)
    assert set(study.absent) == set(FAMILIES) - {"gaussian"}
    assert study.unfitted == ()


def test_nothing_is_fitted_to_the_rows_held_out() -> None:
    draw = random()
    y = draw.normal(100, 5, 2_000)
    x = y + draw.normal(size=2_000)
    clean = fit(Pairs(x, y), app.registry(ALONE))
    x = x.copy()
    x[400:600], x[1400:1600] = 1e6 * y[400:600], -7.0
    spoilt = fit(Pairs(x, y), app.registry(ALONE))
    assert spoilt.chosen.line == clean.chosen.line
    assert spoilt.chosen.law.keys == clean.chosen.law.keys
    assert spoilt.chosen.score == clean.chosen.score
    assert spoilt.held_out_score < clean.held_out_score


DRAWS = {
    "gaussian": lambda draw, rows: draw.normal(0, 0.5, rows),
    "laplace": lambda draw, rows: draw.laplace(0, 0.5, rows),
    "student-t": lambda draw, rows: 0.3 * draw.standard_t(3, rows),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", DRAWS)
def test_the_family_that_made_the_noise_is_chosen(name: str, seed: int) -> None:
    """Also where one that contains it has the highest score by chance."""
    pytest.importorskip("wzsim_laplace")
    pytest.importorskip("wzsim_mixture")
    draw = np.random.default_rng(seed)
    y = draw.normal(size=5_000)
    registry = app.registry(["wzsim_laplace", "wzsim_mixture"])
    study = fit(Pairs(2 * y + DRAWS[name](draw, 5_000), y), registry)
    assert study.chosen.name == name
    assert study.unfitted == ("state-dependent",)


def family(name: str, scores: Array, parameters: int, variance: float = 1.0) -> FittedFamily:
    law = NoiseLaw({}, np.square, np.square, variance, parameters)
    return FittedFamily(name, Line(1.0, 0.0), law, scores, 0.0)


def test_the_simplest_family_within_one_standard_error_is_chosen() -> None:
    spread = np.tile([-1.0, 1.0], BLOCKS // 2)  # standard error 0.378
    rich = family("rich", 5 + 10 * spread, 5)
    near = family("near", rich.scores - 0.3 + spread, 3)
    far = family("far", rich.scores - 0.5 + spread, 1)
    same = family("same", rich.scores - 0.5e-4, 4)
    endless = family("endless", rich.scores + 1, 2, math.inf)
    assert choose([rich, same, near, far]) is near
    assert choose([rich, same, far]) is same
    assert choose([rich, far]) is rich
    assert choose([endless, rich, near, far]) is near
    assert choose([endless]) is endless


@pytest.mark.parametrize("name", ["laplace", "student-t", "bernoulli-gaussian"])
def test_a_line_among_heavy_tails_is_closer_than_least_squares(name: str) -> None:
    """The error of the slope over several draws, against that of least squares."""
    draw = random()
    noise = NOISE[name][0].reshape(20, -1)
    slopes = []
    for some in noise:
        y = draw.normal(size=len(some))
        pairs = Pairs(3 * y + 1 + some, y)
        line, _ = likeliest(pairs, FAMILIES[name], 0.0)
        slopes.append((line.slope - 3, least_squares(pairs).slope - 3))
    likely, least = np.sqrt(np.mean(np.square(slopes), axis=0))
    assert likely < 0.9 * least


def test_with_gaussian_noise_the_line_is_that_of_least_squares() -> None:
    y = NOISE["gaussian"][0][:1_000]
    pairs = Pairs(3 * y + 1 + NOISE["student-t"][0][-1_000:], y)
    line, law = likeliest(pairs, FAMILIES["gaussian"], 0.0)
    expected = np.polyfit(pairs.y, pairs.x, 1)
    assert (line.slope, line.offset) == pytest.approx(tuple(expected), rel=1e-6)
    assert law.variance == pytest.approx(line.noise(pairs).var(), rel=1e-6)


def test_what_cannot_be_fitted() -> None:
    y = np.arange(200.0)
    with pytest.raises(InputError, match="at least 100 rows, not 50"):
        fit(Pairs(y[:50], y[:50]), app.registry())
    with pytest.raises(InputError, match="no noise to fit"):
        fit(Pairs(2 * y + 1, y), app.registry())
    step = np.where(y < 20, 1.0, 0.0)
    with pytest.raises(InputError, match="y is constant outside of rows 1 to 20"):
        fit(Pairs(np.sin(y), step), app.registry())


@pytest.mark.parametrize("scale", [1e-8, 1e9])
def test_units_that_no_channel_takes_are_told_before_the_work(scale: float) -> None:
    y = NOISE["laplace"][0][:500]
    x = y + NOISE["gaussian"][0][:500]
    with pytest.raises(InputError, match="give the columns in other units"):
        fit(Pairs(scale * x, scale * y), app.registry(ALONE))


def test_keys_are_those_of_the_components() -> None:
    """Where a channel is installed, it takes what its fit gives and has the same density."""
    beside = [name for name in ("wzsim_laplace", "wzsim_mixture") if find_spec(name)]
    registry = app.registry(beside)
    noise = NOISE["laplace"][0]
    points = np.linspace(-15, 15, 31)
    for name in set(FAMILIES) & set(registry.names("channel")):
        law = FAMILIES[name](Observed.of(noise, 0.0))
        channel = registry.get("channel", name)(**law.keys)
        density = channel.noise_density(points)  # type: ignore[attr-defined]
        np.testing.assert_allclose(np.log(density), law.log_likelihood(points, 0.0), atol=1e-9)
