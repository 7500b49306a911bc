"""Designs for given rates: rates met, optimality, what is refused, and the staircase between."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from tests.theory.test_exact import gaussian, laplacian
from wzsim.errors import CapabilityError
from wzsim.theory.design import design_lloyd, loss_of, nested_uniform
from wzsim.theory.exact import TAIL, exact_figures
from wzsim.theory.hull import hull_distortion
from wzsim.theory.lloyd import Prices, conditional_deviation, hard, lloyd_grid
from wzsim.theory.lloyd_search import Effort, nested_starts
from wzsim.theory.partition import Partition
from wzsim.theory.rate_iteration import RateTask, iterate_at_rates, partition_at_rates
from wzsim.theory.rate_limits import impossible_rate
from wzsim.theory.target_rate import (
    STAGE_TOLERANCE,
    TOTAL_TOLERANCE,
    RateDesign,
    design_for_rate,
)

SMALL = Effort(nested=8, annealed=4, rounds=4)


def designed(
    target: float | tuple[float, ...],
    sizes: tuple[int, ...] = (2, 2),
    pair: Any = None,
    *,
    conditional: bool = True,
    seed: int = 0,
    effort: Effort = SMALL,
    **more: Any,
) -> RateDesign:
    return design_for_rate(
        pair or gaussian(0.1),
        sizes,
        target,
        conditional=conditional,
        effort=effort,
        rng=np.random.default_rng(seed),
        **more,
    )


def total_rates(made: RateDesign) -> np.ndarray[Any, np.dtype[np.float64]]:
    figures = made.design.figures
    rate = figures.conditional_rate if made.prices.conditional else figures.marginal_rate
    return np.cumsum(rate)


@pytest.mark.parametrize("pair", [gaussian(0.1), gaussian(0.2, "x"), laplacian()], ids=str)
@pytest.mark.parametrize("conditional", [True, False])
def test_a_total_rate_is_met(pair: Any, conditional: bool) -> None:
    made = designed(0.9, pair=pair, conditional=conditional)
    assert total_rates(made)[-1] == pytest.approx(0.9, abs=TOTAL_TOLERANCE)
    assert made.objective.rate_weights == (0.0, 1.0)
    assert made.objective.lagrange_multipliers[0] == made.objective.lagrange_multipliers[1]
    assert made.design.loss == pytest.approx(loss_of(made.design.figures, made.prices))


@pytest.mark.parametrize(
    ("sizes", "target", "conditional"),
    [
        ((2, 2), (0.5, 1.0), True),
        ((2, 2), (0.5, 0.55), True),
        ((2, 2), (0.5, 1.2), False),
        ((2, 2, 2), (0.4, 0.8, 1.3), True),
        ((4, 4), (0.7, 1.6), True),
    ],
)
def test_rates_after_each_stage_are_met(
    sizes: tuple[int, ...], target: tuple[float, ...], conditional: bool
) -> None:
    made = designed(target, sizes, conditional=conditional)
    np.testing.assert_allclose(total_rates(made), target, atol=STAGE_TOLERANCE)
    weights = made.objective.rate_weights
    assert min(weights) >= 0
    assert sum(weights) == pytest.approx(1.0)
    assert made.prices.rate_prices[0] == pytest.approx(1.0)


@pytest.mark.parametrize("target", [0.03, 0.3])
def test_rates_near_zero_exist(target: float) -> None:
    assert total_rates(designed(target))[-1] == pytest.approx(target, abs=TOTAL_TOLERANCE)


@pytest.mark.parametrize("target", [1.1, (0.5, 1.0)], ids=str)
def test_no_threshold_can_be_moved_to_a_lower_loss(target: Any) -> None:
    """The code is stationary under the prices that come with it."""
    pair, made = gaussian(0.1), designed(target)
    partition, prices = made.design.partition, made.prices
    step = 0.02 * conditional_deviation(pair)
    assert len(partition.thresholds) > 2
    for threshold in range(len(partition.thresholds)):
        for way in (-step, step):
            moved = partition.thresholds.copy()
            moved[threshold] += way
            if np.any(np.diff(moved) <= 0):
                continue
            other = Partition(moved, partition.labels, partition.alphabet_sizes)
            loss = loss_of(exact_figures(pair, other), prices)
            assert loss > made.design.loss * (1 - 1e-5)


def test_no_more_distortion_than_codes_of_given_prices_share_in_time() -> None:
    """The lower hull of designs for a price is close to the best that any code does."""
    pair, points = gaussian(0.1), [(0.0, 0.2)]
    for multiplier in (9.0, 14.0, 25.0):
        prices = Prices((2, 2), (1.0, 1.0), (multiplier,) * 2, conditional=True)
        figures = design_lloyd(pair, prices, SMALL, np.random.default_rng(1)).figures
        points.append((float(figures.conditional_rate.sum()), float(figures.distortion.sum())))
    rate, distortion = np.array(points).T
    targets = np.array([0.7, 1.0])
    for target, most in zip(targets, hull_distortion(rate, distortion, targets), strict=True):
        assert designed(float(target)).design.figures.distortion.sum() < 1.01 * most


def test_rates_that_no_price_has_are_met_all_the_same() -> None:
    """Total rate 1.8 of 222 lies on a riser of the staircase: 1.42 and 2.17 are its ends."""
    pair = gaussian(0.1)
    made = designed(1.8, (2, 2, 2), effort=Effort(nested=12, annealed=8, rounds=6))
    assert total_rates(made)[-1] == pytest.approx(1.8, abs=TOTAL_TOLERANCE)
    cheaper = design_lloyd(
        pair, made.prices, SMALL, np.random.default_rng(0), [made.design.partition]
    )
    assert cheaper.loss < made.design.loss
    assert abs(cheaper.figures.conditional_rate.sum() - 1.8) > 0.2


def test_less_distortion_than_the_nested_quantizer_of_the_same_rate() -> None:
    """Step 1.746 deviations is the nested quantizer of least distortion for M = 4: 1.4 bit."""
    pair = gaussian(0.1)
    partition = nested_uniform(pair.x_interval(TAIL), 1.746 * math.sqrt(0.1), 0.0, (4,))
    nested = exact_figures(pair, partition)
    made = designed(float(nested.conditional_rate[0]), (4,))
    assert made.design.figures.distortion[0] < nested.distortion[0]


def test_given_weights_steer_the_stages_of_a_total_rate() -> None:
    plain, steered = designed(1.1), designed(1.1, rate_weights=(4.0, 1.0))
    for made in (plain, steered):
        assert total_rates(made)[-1] == pytest.approx(1.1, abs=TOTAL_TOLERANCE)
    assert steered.objective.rate_weights == pytest.approx((4.0, 1.0))
    assert total_rates(steered)[0] < total_rates(plain)[0] - 0.02


def test_the_scale_of_given_weights_does_not_matter() -> None:
    one, two = designed(1.0, rate_weights=(0.0, 1.0)), designed(1.0, rate_weights=(0.0, 2.0))
    assert np.array_equal(one.design.partition.thresholds, two.design.partition.thresholds)
    assert two.prices.multipliers[0] == pytest.approx(2.0 * one.prices.multipliers[0])
    assert two.design.loss == pytest.approx(2.0 * one.design.loss)


def test_a_rate_above_that_of_the_least_distortion_is_refused() -> None:
    """A threshold in the middle has 0.674 bit; the search may end at a few cells more, 0.680."""
    with pytest.raises(CapabilityError) as refused:
        designed(0.8, (2,))
    words = str(refused.value)
    assert words.startswith("no useful code with alphabets 2 has 0.8 bit/sample: rates there")
    assert re.findall(r"go up to (0\.6[678]\d), where the distortion is least", words)


def test_a_stage_that_cannot_have_its_rate_is_named() -> None:
    with pytest.raises(CapabilityError, match=r"0\.9 bit/sample after stage 1: .* the other"):
        designed((0.9, 1.2))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (2.5, r"a total rate of 2\.5 bit/sample is more than alphabets 2, 2 carry, 2"),
        ((0.5, 1.75), r"stage 2 would have 1\.25 bit/sample, and its alphabet of 2 carries 1"),
    ],
    ids=str,
)
def test_rates_beyond_the_alphabet_are_refused_without_work(target: Any, words: str) -> None:
    with pytest.raises(CapabilityError, match=words):
        designed(target)


@pytest.mark.parametrize("sizes", [(3,), (2, 3), (5, 7, 11), (60000,) * 9], ids=str)
@pytest.mark.parametrize("above", [2e-9, 1e-6, 1e-4])
def test_a_refused_rate_prints_as_more_than_the_limit(sizes: tuple[int, ...], above: float) -> None:
    carried = [math.log2(size) for size in sizes]
    by_stage = (*np.cumsum(carried[:-1]), sum(carried) + above)
    for target in (sum(carried) + above, tuple(float(rate) for rate in by_stage)):
        message = impossible_rate(sizes, target)
        assert message is not None
        numbers = [float(word) for word in re.findall(r"\d+\.\d+", message)]
        asked, limit = numbers[0], numbers[-1]
        assert limit < asked
        if not isinstance(target, tuple):
            assert impossible_rate(sizes, limit) is None


def test_same_seed_same_code() -> None:
    one, two = designed((0.5, 1.0), seed=4), designed((0.5, 1.0), seed=4)
    assert np.array_equal(one.design.partition.thresholds, two.design.partition.thresholds)
    assert one.prices == two.prices


def test_a_given_code_of_the_rate_is_a_start_that_is_never_made_worse() -> None:
    good = designed(1.0, effort=Effort(nested=16, annealed=8, rounds=10))
    again = designed(
        1.0, effort=Effort(nested=1, annealed=0, rounds=0), given=[good.design.partition]
    )
    assert len(again.design.starts["given"]) == 1
    distortion = good.design.figures.distortion.sum()
    assert again.design.figures.distortion.sum() < 1.002 * distortion


def task(target: float) -> RateTask:
    ones = np.ones((1, 2))
    bits = np.array([target]) * math.log(2)
    return RateTask(lloyd_grid(gaussian(0.1)), (2, 2), True, ones, ones, bits, 0.003, 1e-5, 3.0)


def test_the_iteration_lowers_the_distortion_at_its_rate() -> None:
    asked = task(1.0)
    labels = nested_starts(asked.grid, 4, math.sqrt(0.1), 10, np.random.default_rng(2))
    weights, prices = hard(labels, 4), np.full((10, 1), 0.06)
    previous, met = np.full(10, np.inf), np.zeros(10, dtype=bool)
    for _ in range(12):
        codes = iterate_at_rates(asked, weights, prices, 1)
        now = np.abs(codes.rates[:, 0] - asked.targets[0]) < 1e-3
        both = met & now
        assert (codes.distortion <= previous + 5e-4 * codes.distortion)[both].all()
        weights, prices, previous, met = codes.weights, codes.prices, codes.distortion, now
    assert met.sum() > 3


def test_rates_on_the_grid_are_the_exact_ones_up_to_the_grid() -> None:
    """And they move continuously with the target, finer than the grid."""
    start = designed(1.0).design.partition
    found = []
    for target in (1.0, 1.001, 1.002):
        asked = task(target)
        weights = hard(start.message_index(asked.grid.x)[:, None], 4)
        codes = iterate_at_rates(asked, weights, np.full((1, 1), 0.06), 30)
        partition = partition_at_rates(asked, codes.weights, codes.prices)
        figures = exact_figures(gaussian(0.1), partition)
        assert figures.conditional_rate.sum() == pytest.approx(target, abs=2e-3)
        found.append(figures.conditional_rate.sum())
    assert np.diff(found) == pytest.approx(0.001, abs=5e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise_variance", "sizes", "target", "known"),
    [
        (0.1, (2, 2, 2), 1.2, 1.173),
        (0.1, (2, 2, 2), 1.8, 1.0056),
        (0.1, (2, 2, 2), (0.4, 0.8, 1.3), 1.430),
        (0.1, (4, 4), 1.8, 0.376),
        (0.1, (4, 4), (0.7, 1.6), 0.677),
        (0.01, (2, 2, 2), 1.8, 1.0056),
        (0.01, (4, 4), (0.7, 1.6), 0.677),
    ],
)
def test_default_effort_reaches_known_distortions(
    noise_variance: float, sizes: tuple[int, ...], target: Any, known: float
) -> None:
    """known: sum_k D_k over the noise variance, best of seeds at 0.1; 0.01 is close to it."""
    made = designed(target, sizes, gaussian(noise_variance), effort=Effort())
    tolerance = STAGE_TOLERANCE if isinstance(target, tuple) else TOTAL_TOLERANCE
    rates = total_rates(made) if isinstance(target, tuple) else total_rates(made)[-1]
    np.testing.assert_allclose(rates, target, atol=tolerance)
    slack = 1.01 if noise_variance == 0.1 else 1.05
    assert made.design.figures.distortion.sum() < slack * known * noise_variance
