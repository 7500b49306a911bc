"""The parts of the report that need no browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
import re
from html import unescape
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wzsim.errors import InputError, printable
from wzsim.reporting.html.embedding import filled, packed, safe_json
from wzsim.reporting.html.overview import overview
from wzsim.reporting.html.page import Page
from wzsim.reporting.html.pictures import EPOCHS, MOST_NUMBERS, SIDE_POINTS, curve, pictures
from wzsim.reporting.html.runs import Run, groups
from wzsim.simulation.result import Array, Reconstruction, Result
from wzsim.testing.example import example_result
from wzsim.testing.results import results

RESULT = example_result()


def run(result: Result) -> Run:
    return Run.of(result, f"{result.name}.h5", "0" * 64)


def unpacked(text: str) -> Any:
    return json.loads(gzip.decompress(base64.b64decode(text)))


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(PLAIN)
def test_embedded_json_ends_no_script_and_loses_nothing(value: object) -> None:
    text = safe_json(value)
    assert not set("<>&\u2028\u2029") & set(text)
    assert text.isascii()
    assert json.loads(text) == value
    assert unpacked(packed(value)) == value


@given(st.floats())
def test_every_float_comes_through(value: float) -> None:
    read = json.loads(safe_json([value]))[0]
    assert math.isnan(float(read)) if math.isnan(value) else float(read) == value
    assert isinstance(read, str) is not math.isfinite(value)


def test_what_fills_a_template_is_not_read_again() -> None:
    assert "".join(filled("a{{one}}b{{two}}", {"one": "{{two}}", "two": "2"})) == "a{{two}}b2"


def drawn(packed_curve: dict) -> Array:
    """What the page makes of a curve: `unpacked` in `data.js`."""
    deltas = np.array([np.nan if one is None else one for one in packed_curve["d"]], dtype=float)
    levels = np.where(np.isnan(deltas), np.nan, np.nancumsum(deltas))
    return packed_curve["start"] + packed_curve["step"] * levels


@given(st.lists(st.floats(-1e9, 1e9) | st.just(math.nan) | st.just(math.inf), max_size=30))
def test_a_curve_is_drawn_where_it_is(values: list[float]) -> None:
    exact = np.array(values)
    found = drawn(curve(exact))
    finite = np.isfinite(exact)
    assert np.array_equal(np.isfinite(found), finite)
    if finite.any():
        width = np.ptp(exact[finite])
        assert (
            np.abs(found - exact)[finite].max() <= width / 3000 + 1e-9 * np.abs(exact[finite]).max()
        )


def test_no_picture_is_higher_than_floats_are() -> None:
    assert curve(np.array([-1.7e308, 1.7e308])) == {"start": 0.0, "step": 1.0, "d": [None, None]}


def test_pictures_are_as_coarse_as_a_screen_allows() -> None:
    y = np.linspace(-1, 1, 5001)
    x_hat = tuple(np.sin(np.outer(np.arange(1, count + 1), y)) for count in (64, 512))
    found = pictures(attrs.evolve(RESULT, reconstruction=None, binning=None))
    assert set(found) == {"training"}
    wide = attrs.evolve(
        RESULT,
        stages=attrs.evolve(
            RESULT.stages,
            **{name: array[:2] for name, array in RESULT.stages.arrays().items()},
            errors={},
        ),
        decomposition=None,
        binning=None,
        training=None,
        reconstruction=Reconstruction(y=y, x_hat=x_hat),
    )
    stages = pictures(wide)["reconstruction"]["stages"]
    numbers = sum(len(one["d"]) for stage in stages for one in stage["curves"])
    assert numbers <= MOST_NUMBERS
    assert len(pictures(RESULT)["reconstruction"]["y"]) <= SIDE_POINTS
    assert len(pictures(RESULT)["training"]["epoch"]) <= EPOCHS


def test_bins_are_intervals() -> None:
    assert RESULT.binning is not None
    message = pictures(RESULT)["binning"]["message"]
    assert len(message["edges"]) == len(message["values"]) + 1
    middle = (np.array(message["edges"][:-1]) + message["edges"][1:]) / 2
    places = np.abs(RESULT.binning.x[:, None] - middle).argmin(axis=0)
    assert RESULT.binning.message_index[places].tolist() == message["values"]


def test_figures_are_exact_and_each_bound_stands_once() -> None:
    others = [example_result(f"r{step}", step=step) for step in (1.0, 1.3)]
    wider = example_result("wider", noise_variance=0.3)
    data = json.loads(safe_json(overview([run(result) for result in (*others, wider)])))
    assert data["runs"]["figures"]["gap_db"] == [
        result.stages.gap_db.tolist() for result in (*others, wider)
    ]
    assert data["runs"]["errors"]["gap_db"][0] == others[0].stages.errors["gap_db"].tolist()
    assert [(one["title"], one["pairs"]) for one in data["bounds"]] == [
        ("Wyner-Ziv bound", [0]),
        ("no side information", [0]),
        ("Wyner-Ziv bound", [1]),
        ("no side information", [1]),
    ]
    assert data["bounds"][0]["pair"] != data["bounds"][2]["pair"]
    assert data["replicates"] is None


def test_values_of_keys_stand_in_their_order() -> None:
    sizes = [(16,), (2, 2), (4,), (2,)]
    made = [run(example_result(str(size), alphabet_sizes=size)) for size in sizes]
    keys = {key["path"]: key for key in overview(made)["keys"]}
    assert keys["code.alphabet_sizes"]["texts"] == ["[2]", "[4]", "[16]", "[2,2]"]
    assert keys["code.alphabet_sizes"]["numbers"] is None


def test_replicates_differ_in_seed_name_and_title_alone() -> None:
    def seeded(seed: int, factor: float, **scenario: object) -> Run:
        stages = attrs.evolve(RESULT.stages, sum_rate=RESULT.stages.sum_rate * factor)
        table = {**RESULT.scenario, "seed": seed, "name": f"s{seed}", **scenario}
        return run(attrs.evolve(RESULT, name=f"s{seed}", scenario=table, stages=stages))

    runs = [seeded(1, 1.0), seeded(2, 1.2), seeded(3, 1.1), seeded(1, 2.0, extra=1)]
    first, second = groups(runs)
    assert (first.members, second.members) == ((0, 1, 2), (3,))
    np.testing.assert_allclose(first.figures["sum_rate"], 1.1 * RESULT.stages.sum_rate)
    np.testing.assert_allclose(first.lower["sum_rate"], 1.05 * RESULT.stages.sum_rate)
    assert groups(runs[2:]) == []


@settings(max_examples=20)
@given(results())
def test_any_result_can_be_reported(result: Result) -> None:
    page = Page()
    page.add(result, "a.h5", "0" * 64)
    page.add(attrs.evolve(result, name="other", title="another"), "b.h5", "1" * 64)
    text = page.html(title="t", version="1", made="now").decode()
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data)["runs"]["name"] == [printable(result.name), "other"]
    first = re.search(r'id="run-0">(.*?)</script>', text).group(1)
    assert unpacked(first)["toml"] == result.scenario_toml


def test_the_policy_names_the_scripts_of_the_page_and_nothing_else() -> None:
    page = Page()
    page.add(RESULT, "a.h5", "0" * 64)
    text = page.html(title="<t>", version="1", made="now").decode()
    policy = unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', text).group(1))
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    assert len(scripts) == 2
    assert policy.startswith(
        "default-src 'none'; script-src " + " ".join(f"'sha256-{h}'" for h in hashes)
    )
    assert "http" not in policy
    assert "<title>&lt;t&gt;</title>" in text


def test_a_page_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="no result to report"):
        Page().html(title="t", version="1", made="now")
