"""The report in a real browser: what a reader sees, does and is safe from."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PIL import Image

from wzsim.reporting.compare import compare_results
from wzsim.reporting.compare_columns import comparison_csv
from wzsim.reporting.html.page import Page
from wzsim.simulation.result import BoundCurve, Result
from wzsim.storage import Record
from wzsim.testing.example import example_coding, example_result

sync_api = pytest.importorskip("playwright.sync_api")

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

HOSTILE = "</script><img src=http://127.0.0.1:9/x onerror=\"window.pwned=1\"><a href='#'>{{data}}"

Open = Callable[[Path], Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, once for all tests; WZSIM_BROWSER=required makes its absence a failure."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if found is None:
        why = "no Chromium is installed: nothing of the report was looked at (apt install chromium)"
        assert os.environ.get("WZSIM_BROWSER") != "required", why
        pytest.skip(why)
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield opened
        opened.close()


class Watch:
    """Pages of one test or module, and what they say and ask for."""

    def __init__(self, browser: Any) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.complaints: list[str] = []
        self.requests: list[str] = []

    def open(self, file: Path) -> Any:
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        # Drivers without a graphics card warn of how slow they are.
        page.on("console", lambda it: self.complaints.extend([it.text] * (it.type == "error")))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_selector("#chart .main-svg")
        return page

    def check(self) -> None:
        """Nothing was complained of, and nothing asked for but the pages themselves."""
        assert self.complaints == []
        assert [url for url in self.requests if not url.startswith(("file:", "blob:"))] == []
        assert sum(url.startswith("file:") for url in self.requests) == len(self.context.pages)


@pytest.fixture
def opened(browser: Any) -> Iterator[Open]:
    watch = Watch(browser)
    yield watch.open
    watch.check()
    watch.context.close()


@pytest.fixture(scope="module")
def shared(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Watch, Any]]:
    watch = Watch(browser)
    yield watch, watch.open(written(tmp_path_factory.mktemp("shared"), RESULTS))
    watch.context.close()


@pytest.fixture
def page(shared: tuple[Watch, Any]) -> Iterator[Any]:
    """The report of `RESULTS` as it is when it is opened."""
    watch, page = shared
    page.evaluate("location.hash = ''")
    page.wait_for_function("state.search === '' && state.run === ''")
    page.locator("#skipped").evaluate("() => update()")
    yield page
    watch.check()


def written(folder: Path, results: Sequence[Result], skipped: str = "") -> Path:
    page = Page()
    for number, result in enumerate(results):
        page.add(result, f"results/{result.name}.h5", f"{number:064x}")
    if skipped:
        page.skip("results/broken.h5", skipped)
    file = folder / "report.html"
    file.write_bytes(page.html(title="A report", version="1.2.3", made="2024-04-14"))
    return file


def coded(name: str, sizes: tuple[int, ...], step: float, seed: int = 2023) -> Result:
    result = example_result(name, alphabet_sizes=sizes, step=step)
    return attrs.evolve(result, scenario={**result.scenario, "seed": seed})


RESULTS = [
    coded("a", (2, 2, 2), 1.2),
    coded("b", (4, 4), 1.4),
    coded("c", (8,), 1.0),
    coded("d", (8,), 1.6),
    coded("e", (2, 2, 2), 1.66),
    coded("f", (4, 4), 1.66),
]
STAGES = sum(result.stages.stages for result in RESULTS)


def traces(page: Any) -> list[dict[str, Any]]:
    """Of each line of the chart: its type, whether it is a bound, and its points."""
    found: list[dict[str, Any]] = page.evaluate(
        """() => document.getElementById("chart").data.map((trace) => ({
            type: trace.type, bound: trace.boundTitle ?? null,
            points: trace.x.map((x, at) => [x, trace.y[at]]).filter(([x]) => x !== null)}))"""
    )
    return found


def points(page: Any) -> list[list[float]]:
    return [point for trace in traces(page) if trace["bound"] is None for point in trace["points"]]


def colours(page: Any, selector: str) -> int:
    """How many colours the picture of an element has."""
    picture = Image.open(io.BytesIO(page.locator(selector).screenshot()))
    return len(picture.convert("RGB").getcolors(maxcolors=1 << 24) or [])


def test_all_stages_and_each_bound_once_are_drawn(page: Any) -> None:
    expected = [
        (rate, level)
        for result in RESULTS
        for rate, level in zip(
            result.stages.sum_rate, np.asarray(result.stages.distortion_db), strict=True
        )
    ]
    assert sorted(map(tuple, points(page))) == sorted(expected)
    bounds = [trace["bound"] for trace in traces(page) if trace["bound"]]
    assert bounds == ["Wyner-Ziv bound", "no side information"]
    assert colours(page, "#chart") > 50
    assert page.locator("#count").inner_text() == "6 runs"
    assert page.title() == "A report"


def test_filters_narrow_chart_and_table_and_stay_in_the_address(page: Any) -> None:
    page.locator('[data-path="code.alphabet_sizes"] label', has_text="[8]").click()
    assert page.locator("#count").inner_text() == "4 of 6 runs"
    assert len(points(page)) == STAGES - 2
    assert page.locator("#grid").get_attribute("aria-rowcount") == str(STAGES - 2 + 1)
    page.locator("#search").fill("e.h5")
    assert page.locator("#count").inner_text() == "1 of 6 runs"
    assert len(points(page)) == 3
    link = page.evaluate("location.hash")
    page.locator("#reset").click()
    assert page.locator("#count").inner_text() == "6 runs"
    page.evaluate("(link) => { location.hash = link; }", link)
    page.wait_for_function("byId('count').innerText === '1 of 6 runs'")
    assert page.locator("#search").input_value() == "e.h5"
    page.locator("#reset").click()
    assert page.locator("#count").inner_text() == "6 runs"
    page.locator("#legend button").first.click()
    assert page.locator("#legend button").first.get_attribute("aria-pressed") == "true"
    assert len(points(page)) < STAGES


def test_hovering_tells_the_label_the_figures_and_the_keys(page: Any) -> None:
    stages = RESULTS[1].stages
    assert stages.distortion_db is not None
    point = {"x": stages.sum_rate[0], "y": stages.distortion_db[0]}
    x, y = page.evaluate("(point) => placeOf(point)", point)
    page.mouse.move(x - 2, y - 2)
    page.mouse.move(x, y)
    page.wait_for_selector("#tip:not([hidden])")
    told = page.locator("#tip").inner_text()
    assert "alphabet_sizes=[4,4] step=" in told
    assert "stage 1 of 2" in told
    assert f"{stages.sum_rate[0]:.4f}" in told
    assert "±" in told
    assert "gap" in told


def test_a_run_is_selected_and_shown_by_keys_alone(page: Any) -> None:
    page.locator("#grid").focus()
    for key in ("End", "Home", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#details .plot .main-svg")
    assert page.evaluate("document.activeElement.id") == "details"
    heading = page.locator("#details h2").inner_text()
    assert heading.startswith("alphabet_sizes=[4,4]")
    charts = page.locator("#details .plot")
    assert charts.count() == 1 + 2 + 4  # bins, two stages of reconstructions, training
    bins = page.evaluate("document.querySelector('#details .plot').data.map((trace) => trace.type)")
    assert bins == [None, "bar", "bar"]
    assert "alphabet_sizes" in page.locator("#details pre").first.text_content()
    assert RESULTS[1].scenario_toml == page.locator("#details pre").last.text_content()
    assert "0123456789abcdef" in page.locator("#details").text_content()
    page.locator("#details button", has_text="Close").click()
    assert page.locator("#details").is_hidden()
    page.locator("#chart").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "stage 2 of 3" in page.locator("#tip").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector("#details .plot .main-svg")
    assert page.locator("#details h2").inner_text().startswith("alphabet_sizes=[2,2,2]")


def test_curves_of_the_details_are_those_of_the_result(page: Any) -> None:
    page.evaluate("location.hash = 'run=2'")
    page.wait_for_selector("#details .plot .main-svg")
    result = RESULTS[1]
    assert result.reconstruction is not None
    assert result.training is not None
    drawn = page.evaluate(
        """[...document.querySelectorAll("#details .plot")]
           .map((one) => one.data.map((trace) => [[...trace.x], [...trace.y]]))"""
    )
    y, x_hat = (np.array(part, dtype=float) for part in drawn[2][1 + 5])
    exact = np.interp(y, result.reconstruction.y, result.reconstruction.x_hat[1][5])
    np.testing.assert_allclose(x_hat, exact, atol=np.ptp(exact) / 500)
    epoch, loss = drawn[3][0]
    np.testing.assert_allclose(loss, result.training.loss, atol=np.ptp(result.training.loss) / 1000)
    assert epoch == list(range(1, 61))


def test_the_table_sorts_by_each_column(page: Any) -> None:
    gaps = [gap for result in RESULTS for gap in np.asarray(result.stages.gap_db)]
    head = page.locator("#grid th", has_text="gap").first
    for order, best in (("ascending", min(gaps)), ("descending", max(gaps))):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        place = int(head.get_attribute("aria-colindex")) - 1
        first = page.locator("#grid tbody tr[id] >> nth=0").locator("td").nth(place).inner_text()
        assert float(first.split()[0]) == pytest.approx(best, abs=0.01)


def test_the_csv_is_that_of_compare(page: Any) -> None:
    with page.expect_download() as waiting:
        page.locator("#csv").click()
    mine = list(csv.reader(Path(waiting.value.path()).read_text().splitlines()))
    records = [
        Record.of(result, file=f"results/{result.name}.h5", content_sha256=f"{number:064x}")
        for number, result in enumerate(RESULTS)
    ]
    theirs = list(csv.reader(comparison_csv(compare_results(records)).splitlines()))
    assert mine[0] == theirs[0]
    assert len(mine) == len(theirs) == STAGES + 1
    loss = mine[0].index("loss")  # which a comparison leaves out where prices differ
    for my_row, their_row in zip(mine[1:], theirs[1:], strict=True):
        for column, (my_cell, their_cell) in enumerate(zip(my_row, their_row, strict=True)):
            if column != loss:
                assert my_cell == their_cell or float(my_cell) == float(their_cell)


def test_axes_and_gaps(page: Any) -> None:
    page.locator("#x").select_option("log")
    page.locator("#y").select_option("log")
    types = "(({layout}) => [layout.xaxis.type, layout.yaxis.type])(byId('chart'))"
    assert page.evaluate(types) == ["log", "log"]
    assert {y for _, y in points(page)} == {
        level for result in RESULTS for level in result.stages.distortion
    }
    page.locator("#view").select_option("gap_db")
    assert {y for _, y in points(page)} == {
        gap for result in RESULTS for gap in np.asarray(result.stages.gap_db)
    }
    assert [trace["bound"] for trace in traces(page) if trace["bound"]] == ["the bound"]


def test_strings_of_strangers_are_text(opened: Open, tmp_path: Path) -> None:
    def hostile(sizes: tuple[int, ...], value: str) -> Result:
        result = example_result(HOSTILE, alphabet_sizes=sizes)
        curve = result.bounds["wyner-ziv"]
        return attrs.evolve(
            result,
            title=HOSTILE,
            scenario_toml=HOSTILE,
            scenario={**result.scenario, HOSTILE: value, "__proto__": {"x": value}},
            provenance={HOSTILE: HOSTILE},
            flags=(HOSTILE,),
            status="failed",
            error=HOSTILE,
            bounds={HOSTILE: attrs.evolve(curve, title=HOSTILE, certificate=HOSTILE)},
            distortion_unit=HOSTILE,
            stages=attrs.evolve(result.stages, distortion_db=None, gap_db=None, errors={}),
        )

    file = written(tmp_path, [hostile((2, 2), HOSTILE), hostile((4,), "b")], skipped=HOSTILE)
    page = opened(file)
    for key in ("key", "run"):
        page.locator("#color").select_option(HOSTILE if key == "key" else key)
    page.locator("#chart").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("#details .plot .main-svg")
    page.locator("#files summary").click()
    page.locator("#skipped summary").click()
    assert page.evaluate("window.pwned") is None
    assert page.locator("img, iframe, object, embed, link").count() == 0
    assert page.locator("script").count() == 3 + 2
    text = page.evaluate("document.body.innerText")
    assert text.count(HOSTILE) > 8


def test_the_page_may_load_nothing(browser: Any, shared: tuple[Watch, Any]) -> None:
    """Even a script of its own could not: the browser refuses."""
    policy = shared[1].locator("meta[http-equiv]").get_attribute("content")
    context = browser.new_context()
    page = context.new_page()
    page.set_content(f'<meta http-equiv="Content-Security-Policy" content="{policy}"><p>text</p>')
    for directive, attempt in {
        "img-src": "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/y'}))",
        "connect-src": "fetch('http://127.0.0.1:9/y').catch(() => 0)",
        "script-src-elem": "document.head.append(Object.assign(document.createElement('script'),"
        " {text: 'window.pwned = 1'}))",
    }.items():
        violated = page.evaluate(
            f"""new Promise((done) => {{
                const tell = (event) => done(event.effectiveDirective);
                addEventListener("securitypolicyviolation", tell, {{once: true}});
                setTimeout(() => done("nothing"), 5000);
                {attempt};
            }})"""
        )
        assert violated == directive
    assert page.evaluate("window.pwned") is None
    context.close()


def test_a_phone_in_the_dark_and_paper(page: Any) -> None:
    page.set_viewport_size({"width": 360, "height": 700})
    page.emulate_media(color_scheme="dark")
    page.evaluate("location.hash = 'run=1'")
    page.wait_for_selector("#details .plot .main-svg")
    sizes = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    width, room = page.evaluate(sizes)
    assert width <= room == 360
    overlap = """[...document.querySelectorAll("#details figure")].some((one) =>
      one.lastChild.getBoundingClientRect().bottom > one.getBoundingClientRect().bottom + 1)"""
    assert not page.evaluate(overlap)  # no caption runs into the picture below
    paper, ink = (page.evaluate(f"color('{name}')") for name in ("paper", "ink"))
    assert contrast(paper, ink) > 12
    assert sum(channels(paper)) < sum(channels(ink))
    page.locator("#theme").select_option("light")
    assert sum(channels(page.evaluate("color('paper')"))) == 3 * 255
    assert len(page.pdf()) > 20_000
    page.emulate_media(media="print")
    assert page.locator("#filters").is_hidden()
    assert page.locator("#csv").is_hidden()
    assert page.locator("#chart").is_visible()
    page.emulate_media(media="screen", color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough(page: Any, scheme: str) -> None:
    """WCAG 2.1 AA: 4.5 for text, 3 for what a figure is made of."""
    page.locator("#theme").select_option(scheme)
    drawn = [f"{kind}{number}" for kind in "cs" for number in range(6)]
    names = ["ink", "quiet", "accent", "warn", *drawn]
    grounds = ["paper", "sheet", "marked", "edge"]
    color = {name: page.evaluate(f"color('{name}')") for name in [*names, *grounds]}
    for name in names:
        least = 3.0 if name in drawn else 4.5
        assert contrast(color[name], color["paper"]) >= least, name
    for ground in ("sheet", "marked"):
        assert contrast(color["ink"], color[ground]) >= 4.5
        assert contrast(color["quiet"], color[ground]) >= 4.5
    assert contrast(color["edge"], color["paper"]) >= 3


def channels(color: str) -> list[float]:
    return [float(one) for one in color.removeprefix("rgb(").removesuffix(")").split(",")[:3]]


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.1, from the relative luminances."""

    def luminance(color: str) -> float:
        shares = [value / 255 for value in channels(color)]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def small(name: str, seed: int, step: float) -> Result:
    """A result without pictures, with figures that depend on the seed."""
    result = coded(name, (2, 2, 2), step, seed)
    noise = 1 + 0.01 * np.random.default_rng(seed).standard_normal(3)
    stages = attrs.evolve(result.stages, sum_rate=result.stages.sum_rate * noise)
    return attrs.evolve(result, stages=stages, binning=None, reconstruction=None, training=None)


def test_many_points_are_drawn_by_the_graphics_card(opened: Open, tmp_path: Path) -> None:
    base = small("many", 0, 1.2)
    shift = np.random.default_rng(1).uniform(0.9, 1.5, 520)
    results = [
        attrs.evolve(
            base,
            name=f"r{number}",
            scenario={**base.scenario, "name": f"r{number}", "extra": number, "half": number % 2},
            stages=attrs.evolve(base.stages, sum_rate=base.stages.sum_rate * factor),
        )
        for number, factor in enumerate(shift)
    ]
    page = opened(written(tmp_path, results))
    drawn = [trace for trace in traces(page) if trace["bound"] is None]
    for kind in ("scatter", "scattergl"):  # lines and points
        assert sum(len(trace["points"]) for trace in drawn if trace["type"] == kind) == 3 * 520
    assert colours(page, "#chart") > 50
    assert 22 <= page.locator("#grid tbody tr[id]").count() < 100
    page.locator("#search").fill("r51")
    assert page.locator("#count").inner_text() == "11 of 520 runs"
    least = page.locator('[data-path="extra"]')
    page.locator("#reset").click()
    least.locator("summary").click()
    least.locator("input").first.fill("500")
    assert page.locator("#count").inner_text() == "20 of 520 runs"
    assert {trace["type"] for trace in traces(page)} == {"scatter"}
    page.locator("#grid").focus()
    page.keyboard.press("End")
    page.wait_for_selector("#row-59")


def test_replicates_are_medians_between_quartiles(opened: Open, tmp_path: Path) -> None:
    groups = {
        step: [small(f"s{step}-{seed}", seed, step) for seed in range(5)] for step in (1.2, 1.5)
    }
    page = opened(written(tmp_path, [result for group in groups.values() for result in group]))
    assert page.locator("#count").inner_text() == "10 runs"
    page.locator("#level").select_option("replicates")
    assert page.locator("#count").inner_text() == "2 groups of replicates"
    medians = {
        float(median)
        for group in groups.values()
        for median in np.median([result.stages.sum_rate for result in group], axis=0)
    }
    assert {x for x, _ in points(page)} == medians
    bars = page.evaluate("byId('chart').data.filter((one) => one.error_x).at(-1).error_x.array")[:3]
    first = np.array([result.stages.sum_rate for result in groups[1.5]])
    drawn = np.quantile(first, 0.75, axis=0) - np.median(first, axis=0)
    other = np.array([result.stages.sum_rate for result in groups[1.2]])
    also = np.quantile(other, 0.75, axis=0) - np.median(other, axis=0)
    assert np.allclose(bars, drawn) or np.allclose(bars, also)
    page.locator("#grid tbody tr[id] >> nth=0").click()
    page.wait_for_selector("#details .members")
    page.locator("#details .members a").nth(2).click()
    page.wait_for_selector("#details details")
    assert page.locator("#level").input_value() == "runs"
    assert "s1.2-2" in page.locator("#details").inner_text()


def test_real_bits_are_squares_columns_and_details(opened: Open, tmp_path: Path) -> None:
    sent = [attrs.evolve(RESULTS[4], coding=example_coding(RESULTS[4])), *RESULTS[1:3]]
    page = opened(written(tmp_path, sent))
    coding = sent[0].coding
    assert coding is not None
    assert coding.distortion_db is not None
    drawn = page.evaluate(
        """() => document.getElementById("chart").data
            .filter((one) => one.marker?.symbol?.startsWith?.("square-"))
            .map((one) => [one.marker.symbol, one.x.map((x, at) => [x, one.y[at]])])"""
    )
    real = [list(one) for one in zip(coding.coded_sum_rate, coding.distortion_db, strict=True)]
    assert drawn == [["square-open", real[:2]], ["square-x-open", real[2:]]]
    assert page.locator("#legend button", has_text="real bits").count() == 1
    assert "Crossed: of decoded frames alone" in page.locator("#chart-note").inner_text()
    page.locator("#view").select_option("gap_db")
    gaps = page.evaluate(
        """() => document.getElementById("chart").data
            .find((one) => one.marker?.symbol === "square-open").y"""
    )
    assert coding.coded_gap_db is not None
    assert gaps == coding.coded_gap_db[:2].tolist()
    page.locator("#legend button", has_text="real bits").click()
    assert "Squares" not in page.locator("#chart-note").inner_text()
    page.locator("#grid tbody tr[id] >> nth=0").click()
    page.wait_for_selector("#details details")
    text = page.locator("#details").inner_text()
    assert "Real bits" in text
    assert "10 frames of 100,000 samples" in text
    assert "survivors-only" in text
    with page.expect_download() as waiting:
        page.locator("#csv").click()
    mine = list(csv.reader(Path(waiting.value.path()).read_text().splitlines()))
    theirs = list(
        csv.reader(comparison_csv(compare_results(list(map(Record.of, sent)))).splitlines())
    )
    assert mine[0] == theirs[0]
    for column in ("coded_gap_db", "coded_gap_db_errors", "frame_error_rate_upper", "bytes"):
        at = mine[0].index(column)
        ours, others = ([row[at] and float(row[at]) for row in rows[1:]] for rows in (mine, theirs))
        assert ours == others


def test_other_pairs_units_and_damaged_files(opened: Open, tmp_path: Path) -> None:
    base = RESULTS[0]
    certified = BoundCurve(
        title="Wyner-Ziv bound",
        certificate="numeric",
        rate=np.linspace(0, 3, 31),
        distortion=0.2 * 4.0 ** -np.linspace(0, 3, 31),
        distortion_upper=0.22 * 4.0 ** -np.linspace(0, 3, 31),
        distortion_db=10 * np.log10(0.2 * 4.0 ** -np.linspace(0, 3, 31)),
    )
    wider = attrs.evolve(example_result("w", noise_variance=0.2), bounds={"wyner-ziv": certified})
    boundless = attrs.evolve(example_result("data", noise_variance=0.3), bounds={})
    stages = attrs.evolve(base.stages, distortion_db=None, gap_db=None, errors={})
    hamming = attrs.evolve(
        base, name="h", stages=stages, distortion_unit="errors/sample", bounds={}
    )
    results = [base, wider, boundless, hamming]
    page = opened(written(tmp_path, results, skipped="broken.h5 is empty"))
    assert page.locator("#skipped").inner_text().startswith("1 file was left out")
    assert len(points(page)) == 3 * 3
    fills = page.evaluate("document.getElementById('chart').data.map((trace) => trace.fill ?? '')")
    assert fills.count("tonexty") == 1
    dashes = page.evaluate(
        "document.getElementById('chart').data.filter((t) => !t.boundTitle).map((t) => t.line.dash)"
    )
    assert dashes.count("dot") == 1
    note = page.locator("#chart-note").inner_text()
    assert "Dotted lines: the bounds are not of their pair." in note
    page.locator("#unit").select_option("errors/sample")
    assert sorted(y for _, y in points(page)) == sorted(base.stages.distortion)
    assert not [trace for trace in traces(page) if trace["bound"]]
