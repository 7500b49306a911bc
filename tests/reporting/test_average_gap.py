"""Average gaps of curves against closed forms and published figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wzsim.errors import InputError
from wzsim.reporting.average_gap import (
    RateDistortionCurve,
    distortion_gap,
    rate_gap,
    relative_rate_gap,
)
from wzsim.theory.gaussian import distortion_rate

DB_A_BIT = 20 * math.log10(2)


def curve(rate: object, distortion: object, label: str = "code") -> RateDistortionCurve:
    return RateDistortionCurve.of(label, np.asarray(rate), np.asarray(distortion))


@pytest.mark.parametrize("shift", [1.53, -0.4])
def test_gaussian_curves_a_constant_apart(shift: float) -> None:
    """D(R) = sigma^2 2^(-2R): c dB at every rate are c / 6.0206 bit at every distortion."""
    bound = curve(np.linspace(0, 4, 200), -DB_A_BIT * np.linspace(0, 4, 200), "bound")
    rates = np.array([0.7, 1.1, 1.9, 2.4])
    code = curve(rates, shift - DB_A_BIT * rates)
    gap = distortion_gap(code, bound)
    assert gap.value == pytest.approx(shift, abs=1e-12)
    assert (gap.start, gap.stop) == (0.7, 2.4)
    assert rate_gap(code, bound).value == pytest.approx(shift / DB_A_BIT, abs=1e-12)


def test_rates_in_a_constant_ratio() -> None:
    """R(D) = (1 + p) R_reference(D) has a BD-rate of 100 p, whatever the points."""
    rates, level = np.array([0.2, 0.5, 1.2, 2.5]), np.array([-2.0, -4.0, -7.0, -12.0])
    assert relative_rate_gap(curve(1.2 * rates, level), curve(rates, level)).value == (
        pytest.approx(20.0, abs=1e-10)
    )


def test_the_gap_of_lines_of_different_slopes() -> None:
    """-5 R and -6 R over 0 to 2: a mean gap of 1; R(D) = -D/5 and -D/6 over -10 to 0: 1/6."""
    rates = np.linspace(0, 2, 5)
    code, bound = curve(rates, -5 * rates), curve(rates, -6 * rates)
    assert distortion_gap(code, bound).value == pytest.approx(1.0, abs=1e-12)
    assert rate_gap(code, bound).value == pytest.approx(1 / 6, abs=1e-12)


def test_a_gap_to_the_wyner_ziv_bound() -> None:
    """Entropy-coded uniform quantization at high rate: 10 log10(pi e / 6) dB, 0.2546 bit."""
    rates = np.linspace(0, 5, 300)
    bound_db = 10 * np.log10(distortion_rate(1 / 11, rates))
    few = np.array([1.0, 2.0, 3.0, 4.0])
    code_db = 10 * np.log10(distortion_rate(1 / 11, few) * math.pi * math.e / 6)
    code, bound = curve(few, code_db), curve(rates, bound_db, "wyner-ziv")
    assert distortion_gap(code, bound).value == pytest.approx(1.5329, abs=1e-4)
    assert rate_gap(code, bound).value == pytest.approx(0.2546, abs=1e-4)


PUBLISHED = {
    # Tests of Netflix's vmaf (python/test/bd_rate_calculator_test.py, "JCTVC"), as fractions there.
    "jctvc-1": (
        ([108048.8736, 61279.976, 33905.6656, 18883.6928], [43.6471, 40.3953, 37.247, 34.2911]),
        ([108061.2784, 61299.9936, 33928.7472, 18910.912], [43.6768, 40.4232, 37.2761, 34.3147]),
        -0.465215420752807,
    ),
    "jctvc-2": (
        ([40433.8848, 7622.7456, 2394.488, 1017.6184], [37.5761, 35.3756, 33.8977, 32.0603]),
        ([40370.12, 7587.0024, 2390.0944, 1017.0984], [37.5982, 35.4025, 33.9194, 32.0822]),
        -1.8779823450567612,
    ),
    # The example of the package bjontegaard 1.3.0, method "pchip", which says that it agrees with
    # the sheet of the common test conditions of VVC (JVET-T2010) to ten places.
    "bjontegaard": (
        ([9487.76, 4593.60, 2486.44, 1358.24], [40.037, 38.615, 36.845, 34.851]),
        ([9787.80, 4469.00, 2451.52, 1356.24], [40.121, 38.651, 36.970, 34.987]),
        -4.417485350589045,
    ),
}


@pytest.mark.parametrize(("reference", "code", "published"), PUBLISHED.values(), ids=PUBLISHED)
def test_published_bd_rates(
    reference: tuple[list[float], list[float]],
    code: tuple[list[float], list[float]],
    published: float,
) -> None:
    """Kilobit a second and PSNR, which is minus the distortion in dB but for a constant."""
    curves = [curve(rate, -np.array(psnr)) for rate, psnr in (code, reference)]
    found = relative_rate_gap(*curves).value
    assert found == pytest.approx(published, abs=1e-9)


def test_only_the_lower_front_counts() -> None:
    """A silent stage, a collapsed run and a point that is not finite change nothing."""
    clean = curve([0.5, 1.0, 2.0], [-3.0, -6.0, -12.0])
    dirty = curve(
        [2.0, 0.5, 1.0, 1.0, 1.5, math.nan, 3.0], [-12.0, -3.0, -6.0, -6.0, -2.0, -20.0, -math.inf]
    )
    assert dirty.rate.tolist() == clean.rate.tolist()
    assert dirty.distortion.tolist() == clean.distortion.tolist()


@pytest.mark.parametrize("rates", [[], [1.0], [1.0, 1.0], [1.0, 2.0]])
def test_fewer_than_two_points_are_refused(rates: list[float]) -> None:
    """Two that do not fall are one point: the second pays for nothing."""
    with pytest.raises(InputError, match=r"code has [01] points? that no other beats"):
        curve(rates, [-6.0] * len(rates))


def test_ranges_that_do_not_overlap_are_refused() -> None:
    low, high = curve([0.5, 1.0], [-3.0, -5.0]), curve([1.0, 2.0], [-5.0, -9.0], "other")
    with pytest.raises(InputError, match=r"no range of rates in common: 0\.5 to 1 and 1 to 2"):
        distortion_gap(low, high)
    with pytest.raises(InputError, match="code and other have no range of distortions in common"):
        rate_gap(low, high)
    with pytest.raises(InputError, match="without points of rate zero"):
        relative_rate_gap(curve([0.0, 1.0], [0.0, -5.0]), low)
