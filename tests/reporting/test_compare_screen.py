"""What a screen and a picture show of many results."""

from __future__ import annotations

import io

import attrs
import numpy as np
import pytest
from rich.console import Console

from wzsim.reporting import compare_screen
from wzsim.reporting.compare import Comparison, compare_results
from wzsim.reporting.compare_crowd import MOST_NAMED, crowd_figure
from wzsim.reporting.compare_groups import groups_of
from wzsim.reporting.compare_screen import best_rows, show_comparison
from wzsim.storage import Record
from wzsim.testing.example import example_result

BASE = Record.of(example_result(alphabet_sizes=(4,)))


def record(number: int, rate: float, distortion: float) -> Record:
    """A code of one stage."""
    values = {"stage_rate": rate, "sum_rate": rate, "distortion": distortion}
    values |= {"distortion_db": 10 * np.log10(distortion), "gap_db": float(number)}
    stages = attrs.evolve(
        BASE.stages, **{name: np.array([value]) for name, value in values.items()}, errors={}
    )
    training = {"number": number, "kind": f"k{number % 3}"}
    return attrs.evolve(
        BASE, stages=stages, name=f"r{number}", scenario={**BASE.scenario, "training": training}
    )


FRONT = [record(n, 0.5 * n, 0.5**n) for n in (1, 2, 3)]
BEHIND = [record(n, 1.0 + 0.01 * n, 0.6) for n in range(4, 90)]


def shown(comparison: Comparison, *keys: str, everything: bool = False) -> list[str]:
    stream = io.StringIO()
    show_comparison(
        comparison,
        groups=groups_of(comparison, keys) if keys else [],
        everything=everything,
        console=Console(file=stream, width=120, highlight=False),
    )
    return stream.getvalue().splitlines()


def test_of_many_results_the_front_is_shown_and_how_to_see_all() -> None:
    lines = shown(compare_results([*BEHIND[:40], *FRONT, *BEHIND[40:]]))
    assert lines[0] == "The Pareto front: no other stage has less distortion at no more rate."
    assert [line.split()[-1] for line in lines[3:-1]] == ["number=1", "number=2", "number=3"]
    assert lines[-1].startswith("These are 89 stages of 89 results: --all prints every one")


def test_few_results_or_all_are_shown_one_by_one() -> None:
    many, few = compare_results([*FRONT, *BEHIND]), compare_results([*FRONT, *BEHIND[:20]])
    assert len(shown(few)) == 2 + 2 * 23
    assert len(shown(many, everything=True)) == 2 + 2 * 89


def test_a_long_front_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_screen, "MOST_ROWS", 3)
    rows, said = best_rows(compare_results([record(n, 0.1 * n, 0.9**n) for n in range(11)]))
    assert [row.sum_rate for row in rows] == pytest.approx([0.0, 0.5, 1.0])
    assert said.startswith("3 of the 11 stages on the Pareto front")


def test_of_several_pairs_the_nearest_to_their_bounds_are_shown() -> None:
    far = attrs.evolve(record(2, 9.0, 0.1), status="failed")
    other = attrs.evolve(record(1, 9.0, 0.9), distortion_unit="errors/sample")
    rows, said = best_rows(compare_results([record(3, 1.0, 0.5), far, other], mixed=True))
    assert [row.gap_db for row in rows] == [1.0, 3.0]
    assert said == "the 2 stages nearest to their bound"


def test_groups_have_headings_and_their_spread() -> None:
    comparison = compare_results([*FRONT, record(4, 2.0, 0.125)])
    lines = shown(comparison, "training.kind")
    assert [line for line in lines if line.startswith("training")] == [
        "training.kind=k1: 2 results",
        "training.kind=k2: 1 result",
        "training.kind=k0: 1 result",
    ]
    (median,) = (line for line in lines if "median" in line)
    assert median.split()[2:5] == ["1.2500", "1.2500", "0.31250"]  # of 0.5, 2 and 0.5, 0.125
    assert not [line for line in lines if "mean" in line or "±" in line]


def test_of_many_results_groups_have_their_spread_alone() -> None:
    lines = shown(compare_results([*FRONT, *BEHIND]), "training.kind")
    assert len([line for line in lines if "median" in line]) == 3
    assert not [line for line in lines if line.startswith("number=")]
    assert "--group-by" not in lines[-1]


def test_the_picture_of_many_names_the_largest_groups() -> None:
    comparison = compare_results([*FRONT, *BEHIND])
    figure = crowd_figure(comparison, groups_of(comparison, ["training.kind"]))
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said[:3] == [f"training.kind=k{n} ({c} results)" for n, c in ((1, 30), (2, 30), (0, 29))]
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "."]
    assert len(lines) == 3
    assert sum(np.isfinite(line.get_xdata()).sum() for line in lines) == 89
    figure = crowd_figure(comparison, groups_of(comparison, ["training.number"]))
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert f"{89 - MOST_NAMED} other groups" in said
    assert len(said) <= MOST_NAMED + 4


def test_bounds_of_several_pairs_are_called_by_what_differs() -> None:
    low = Record.of(example_result("low", noise_variance=0.01))
    comparison = compare_results([BASE, low], mixed=True)
    (axes,) = crowd_figure(comparison, groups_of(comparison, ["name"])).axes
    assert {
        "Wyner-Ziv bound (noise_variance=0.1)",
        "Wyner-Ziv bound (noise_variance=0.01)",
    } <= {text.get_text() for text in axes.texts}


def test_the_picture_of_many_without_groups_has_one_line() -> None:
    comparison = compare_results([*FRONT, *BEHIND])
    figure = crowd_figure(comparison, groups_of(comparison, []))
    said = [text.get_text() for text in figure.legends[0].get_texts()]
    assert said[0] == "all (89 results)"
