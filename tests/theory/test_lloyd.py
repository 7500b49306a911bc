"""Lloyd's iteration: descent, optimality conditions, and the best known losses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.theory.test_exact import gaussian, laplacian, nested
from wzsim.theory.design import best_step, design_lloyd, loss_of
from wzsim.theory.exact import exact_figures
from wzsim.theory.lloyd import (
    Prices,
    conditional_deviation,
    hard,
    iterate,
    lloyd_grid,
    one_step,
    partition_of,
)
from wzsim.theory.lloyd_search import Effort, nested_starts

SMALL = Effort(nested=6, annealed=4, rounds=3)


def prices(sizes: tuple[int, ...], multiplier: float, *, conditional: bool = True) -> Prices:
    stages = len(sizes)
    return Prices(sizes, (1.0,) * stages, (multiplier,) * stages, conditional)


@pytest.mark.parametrize("conditional", [True, False])
def test_the_loss_on_the_grid_is_the_exact_one_up_to_the_grid(conditional: bool) -> None:
    pair, price = gaussian(0.1), prices((2, 2), 60.0, conditional=conditional)
    grid = lloyd_grid(pair, 80.0)
    labels = nested_starts(grid, 4, math.sqrt(0.1), 5, np.random.default_rng(1))
    losses, _ = one_step(grid, price, hard(labels, 4))
    for start in range(5):
        partition = partition_of(grid, labels[:, start], (2, 2))
        exact = loss_of(exact_figures(pair, partition), price)
        assert losses[start] == pytest.approx(exact, rel=2e-3)


@pytest.mark.parametrize("conditional", [True, False])
def test_every_step_lowers_the_loss(conditional: bool) -> None:
    grid = lloyd_grid(gaussian(0.1))
    price = prices((2, 2, 2), 160.0, conditional=conditional)
    labels = nested_starts(grid, 8, math.sqrt(0.1), 10, np.random.default_rng(2))
    previous = np.full(10, np.inf)
    for _ in range(15):
        losses, cost = one_step(grid, price, hard(labels, 8))
        assert (losses <= previous + 1e-4 * np.abs(losses)).all()  # float32 masses
        previous, labels = losses, cost.argmin(axis=2)


def test_the_cost_of_a_message_is_its_definition() -> None:
    """sum_k E[-w_k log q + lambda_k (x - x_hat_k)^2 | x] up to what all messages share."""
    pair = gaussian(0.1)
    grid = lloyd_grid(pair, 10.0, blocks=1)
    price = Prices((2, 2), (1.5, 1.0), (30.0, 50.0), True)
    labels = nested_starts(grid, 4, math.sqrt(0.1), 1, np.random.default_rng(3))
    _, cost = one_step(grid, price, hard(labels, 4))
    joint = grid.blocks[0].joint.astype(np.float64)
    row = len(grid.x) // 2 + 7
    posterior = joint[row] / joint[row].sum()
    expected = np.zeros(4)
    for message in range(4):
        for stage, count in enumerate((2, 4)):
            members = labels[:, 0] // (4 // count) == message // (4 // count)
            family = labels[:, 0] // (4 // (count // 2)) == message // (4 // (count // 2))
            mass, parent = joint[members].sum(axis=0), joint[family].sum(axis=0)
            estimate = (joint[members] * grid.x[members, None]).sum(axis=0) / mass
            with np.errstate(divide="ignore"):
                log_q = np.log(np.maximum(mass / parent, 1e-30))
            term = -price.rate_prices[stage] * log_q
            term += price.multipliers[stage] * (grid.x[row] - estimate) ** 2
            expected[message] += posterior @ term
    difference = cost[row, 0] - expected
    np.testing.assert_allclose(difference, difference[0], rtol=2e-3, atol=2e-3)


def test_a_price_below_the_threshold_buys_silence() -> None:
    """At K = 1 a single threshold pays off only above lambda s2 = 1."""
    pair = gaussian(0.1)
    silent = design_lloyd(pair, prices((2,), 8.0), SMALL, np.random.default_rng(0))
    assert silent.figures.conditional_rate[0] < 1e-6
    assert silent.loss == pytest.approx(0.8, abs=1e-6)
    paying = design_lloyd(pair, prices((2,), 20.0), SMALL, np.random.default_rng(0))
    assert paying.figures.conditional_rate[0] > 0.3
    assert paying.loss < 2.0


@pytest.mark.parametrize("pair", [gaussian(0.1), gaussian(0.2, "x"), laplacian()], ids=str)
@pytest.mark.parametrize("conditional", [True, False])
def test_never_worse_than_the_best_nested_quantizer(pair: object, conditional: bool) -> None:
    price = prices((2, 2), 60.0, conditional=conditional)
    step = best_step(pair, price, 0.0)  # type: ignore[arg-type]  # parametrised
    uniform = nested(pair, step, 0.0, (2, 2))  # type: ignore[arg-type]  # parametrised
    baseline = loss_of(exact_figures(pair, uniform), price)  # type: ignore[arg-type]  # parametrised
    design = design_lloyd(pair, price, SMALL, np.random.default_rng(1))  # type: ignore[arg-type]  # parametrised
    assert design.loss <= baseline
    assert design.loss == pytest.approx(loss_of(design.figures, price))


def test_a_given_start_is_never_made_worse() -> None:
    pair, price = gaussian(0.1), prices((2, 2), 60.0)
    good = design_lloyd(
        pair, price, Effort(nested=30, annealed=20, rounds=20), np.random.default_rng(3)
    )
    again = design_lloyd(
        pair,
        price,
        Effort(nested=1, annealed=0, rounds=0),
        np.random.default_rng(4),
        [good.partition],
    )
    assert again.loss <= good.loss


def test_best_step_is_a_minimum() -> None:
    pair, price = gaussian(0.1), prices((8,), 160.0)
    step = best_step(pair, price, 0.0)

    def loss(at: float) -> float:
        return loss_of(exact_figures(pair, nested(pair, at, 0.0, (8,))), price)

    assert loss(step) <= min(loss(0.98 * step), loss(1.02 * step))
    assert step / conditional_deviation(pair) == pytest.approx(0.9, abs=0.25)


def test_same_seed_same_partition() -> None:
    pair, price = gaussian(0.1), prices((2, 2), 60.0)
    one, two = (design_lloyd(pair, price, SMALL, np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(one.partition.thresholds, two.partition.thresholds)
    assert np.array_equal(one.partition.labels, two.partition.labels)


def test_iterate_returns_the_best_it_saw() -> None:
    grid, price = lloyd_grid(gaussian(0.1)), prices((2, 2), 60.0)
    labels = nested_starts(grid, 4, math.sqrt(0.1), 6, np.random.default_rng(5))
    best, least = iterate(grid, price, labels, 50)
    losses, _ = one_step(grid, price, hard(best, 4))
    np.testing.assert_allclose(losses, least, rtol=1e-5)
    assert (least <= one_step(grid, price, hard(labels, 4))[0] + 1e-6).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "noise_variance", "multiplier", "known", "seed"),
    [
        *(((2, 2, 2), 0.1, 160.0, 16.75, seed) for seed in range(5)),
        *(((4, 4), 0.01, 160.0, 1.70, seed) for seed in range(2)),
    ],
)
def test_default_effort_reaches_the_best_known_loss(
    sizes: tuple[int, ...], noise_variance: float, multiplier: float, known: float, seed: int
) -> None:
    """Best known after thousands of starts: 16.69 and 1.679 nat."""
    design = design_lloyd(
        gaussian(noise_variance), prices(sizes, multiplier), Effort(), np.random.default_rng(seed)
    )
    assert design.loss <= known
