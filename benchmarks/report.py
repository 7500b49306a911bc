"""`wzsim report` of 3,000 result files, and the page in a headless Chromium without graphics card.

The files are made from a few codes of three stages, with bins, reconstructions and training,
each with other figures and other values in its scenario. Memory is the largest that the command
ever had. In the browser, times run from the act until the next picture stands.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np

from wzsim.storage import write_result
from wzsim.testing.example import example_result

COUNT = 3_000
STEPS = (0.9, 1.2, 1.66)
ALPHABETS = ((2, 2, 2), (4, 2, 2))
ROUNDS = 7

PROBE = """
import resource, subprocess, sys
command = [sys.executable, "-m", "wzsim", *sys.argv[1:]]
subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss // 1024)
"""

SWITCHES = ["--no-sandbox", "--disable-gpu", "--no-first-run"]

# Until what the act changed is drawn: the frame after the next one.
TIMED = """async (act) => {
    const start = performance.now();
    await new Function(act)();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - start;
}"""


# When the tip changes, and when the mouse moved before it.
WATCHED = """() => {
    hideTip();
    window.told = new Promise((done) => new MutationObserver(() => done(performance.now()))
        .observe(byId("tip"), {attributes: true, childList: true}));
    const moved = () => { window.moved = performance.now(); };
    addEventListener("mousemove", moved, {once: true, capture: true});
}"""

# What a reader does, and does again: the second time undoes the first.
ACTS = {
    "a filter of half the runs": "state.search = state.search ? '' : '2,2,2'; update()",
    "a filter of one run in thirty": "state.search = state.search ? '' : 'r000'; update()",
    "zoom": "Plotly.relayout('chart', {'xaxis.range': [0.2 * Math.random(), 1.2]})",
    "sorting by the gap": "state.sort = state.sort ? '' : 'gap_db'; reorder()",
    "another colouring": (
        "state.color = state.color ? '' : 'training.lagrange_multiplier'; update()"
    ),
    "scrolling the table": "byId('grid').scrollTop = Math.random() * 29 * grid.rows.length",
    "selecting a run, with its pictures": "state.run = state.run ? '' : '17'; return update()",
}


def run() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="wzsim-report-") as name:
        folder = Path(name)
        started = time.perf_counter()
        make_results(folder / "results", COUNT)
        yield f"{COUNT} files written in {time.perf_counter() - started:.0f} s"
        yield ""
        page = folder / "report.html"
        yield "| runs | seconds | processor, ms a run | peak MiB | page MB |"
        yield "|---|---|---|---|---|"
        for count in (COUNT // 10, COUNT):
            files = [str(path) for path in sorted((folder / "results").iterdir())[:count]]
            started = time.perf_counter()
            told = subprocess.run(
                [sys.executable, "-c", PROBE, "report", *files, "-o", str(page)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            processor, peak = told.split()
            seconds = time.perf_counter() - started
            each, size = 1e3 * float(processor) / count, page.stat().st_size / 1e6
            yield f"| {count} | {seconds:.1f} | {each:.1f} | {peak} | {size:.1f} |"
        yield ""
        yield from in_browser(page)


def make_results(folder: Path, count: int) -> None:
    folder.mkdir()
    generator = np.random.default_rng(1)
    bases = [example_result(alphabet_sizes=a, step=s) for a in ALPHABETS for s in STEPS]
    for number in range(count):
        base = bases[number % len(bases)]
        name = f"r{number:05}"
        factor = generator.uniform(0.8, 1.4)
        scenario: dict[str, Any] = {
            **base.scenario,
            "name": name,
            "seed": number % 10,
            "training": {"lagrange_multiplier": round(float(generator.uniform(10, 300)), 1)},
        }
        stages = attrs.evolve(
            base.stages,
            sum_rate=base.stages.sum_rate * factor,
            stage_rate=base.stages.stage_rate * factor,
        )
        result = attrs.evolve(base, name=name, scenario=scenario, stages=stages)
        write_result(result, folder / f"{name}.h5")


def in_browser(file: Path) -> Iterator[str]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        yield "no Chromium is installed: nothing was measured in a browser"
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        page = browser.new_page(viewport={"width": 1400, "height": 900}, bypass_csp=True)
        yield "| in the browser | ms |"
        yield "|---|---|"
        drawn, complete = [], []
        for _ in range(3):
            page.goto(file.as_uri())
            page.wait_for_load_state("load")
            drawn.append(page.evaluate("performance.getEntriesByName('drawn')[0].startTime"))
            complete.append(page.evaluate("performance.getEntriesByType('navigation')[0].duration"))
        yield f"| from opening to the first chart and table | {statistics.median(drawn):.0f} |"
        yield f"| from opening to all details being there | {statistics.median(complete):.0f} |"
        for what, act in ACTS.items():
            page.goto("about:blank")
            page.goto(file.as_uri())
            page.wait_for_load_state("load")
            times = [page.evaluate(TIMED, act) for _ in range(ROUNDS)]
            yield f"| {what} | {statistics.median(times):.0f} (at most {max(times):.0f}) |"
        yield f"| hover, from the move to the tip | {hover(page):.0f} |"
        browser.close()


def hover(page: Any) -> float:
    """Median time from moving the mouse onto a point until its tip stands."""
    page.goto(page.url.partition("#")[0])
    times = []
    for share in np.linspace(0.1, 0.9, ROUNDS):
        x, y = page.evaluate(
            "(share) => placeOf(chart.points[Math.floor(share * chart.points.length)])",
            float(share),
        )
        page.evaluate(WATCHED)
        page.mouse.move(x, y)
        times.append(page.evaluate("window.told.then((told) => told - window.moved)"))
    return statistics.median(times)
