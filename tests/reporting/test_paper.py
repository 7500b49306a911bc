"""The look of a paper: a column wide, serif letters that the file has, the same bytes again."""

from __future__ import annotations

import io
import re
from pathlib import Path

import matplotlib as mpl
import pytest
from PIL import Image

from tests.reporting.test_point_line import RUNS
from tests.reporting.test_replicates import OTHER
from wzsim.reporting.compare import compare_results
from wzsim.reporting.compare_figure import comparison_figure
from wzsim.reporting.plots import (
    PAPER,
    against_figure,
    rate_distortion_figure,
    save_figure,
)
from wzsim.reporting.style import COLORS
from wzsim.storage import Record


def saved(path: Path) -> bytes:
    save_figure(rate_distortion_figure([*RUNS, OTHER], look=PAPER), path, PAPER)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_the_same_results_give_the_same_bytes(tmp_path: Path, kind: str) -> None:
    assert saved(tmp_path / f"one.{kind}") == saved(tmp_path / f"two.{kind}")


def test_a_pdf_embeds_its_fonts_as_truetype_and_has_no_date(tmp_path: Path) -> None:
    content = saved(tmp_path / "a.pdf")
    fonts = set(re.findall(rb"/BaseFont /[A-Z]+\+(\w+)", content))
    assert fonts == {b"STIXGeneral"}
    assert b"/FontFile2" in content
    assert b"/Type3" not in content
    assert b"CreationDate" not in content
    (box,) = set(re.findall(rb"/MediaBox \[ 0 0 ([\d.]+)", content))
    assert float(box) == 3.5 * 72


def test_an_svg_needs_no_font(tmp_path: Path) -> None:
    content = saved(tmp_path / "a.svg")
    assert b"<text" not in content
    assert b"font-family" not in content


def test_letters_and_lines_have_the_size_of_a_paper() -> None:
    comparison = compare_results([Record.of(result) for result in (*RUNS, OTHER)])
    figures = [
        rate_distortion_figure(RUNS, look=PAPER),
        comparison_figure(comparison, look=PAPER),
        against_figure([*RUNS, OTHER], "code.encoder.step", look=PAPER),
    ]
    for figure in figures:
        assert figure.get_size_inches()[0] == 3.5
        for axes in figure.axes:
            assert axes.get_title() == ""
            assert axes.xaxis.label.get_fontsize() == 8.0
            assert axes.xaxis.label.get_fontname() == "STIXGeneral"
            assert max(line.get_linewidth() for line in axes.lines) < 1.0
    assert mpl.rcParams["font.family"] == ["sans-serif"]


def test_its_settings_serve_other_figures() -> None:
    with mpl.rc_context(PAPER.rc):
        figure = mpl.figure.Figure()
        axes = figure.add_subplot()
        (line,) = axes.plot([0, 1])
        assert figure.get_size_inches()[0] == 3.5
        assert line.get_color() == COLORS[0]


def test_systems_are_told_apart_in_grey() -> None:
    """Lines whose grey is close differ in their marker."""
    axes = rate_distortion_figure([*RUNS, OTHER], each=True, look=PAPER).axes[0]
    marked = [line for line in axes.lines if line.get_marker() in list("os^DvPX*")]
    assert len(marked) == 6
    assert len({line.get_marker() for line in marked}) == 6


def test_a_picture_has_the_width_of_the_column() -> None:
    content = io.BytesIO()
    figure = rate_distortion_figure(RUNS, look=PAPER)
    figure.savefig(content, format="png", dpi=100)
    assert Image.open(content).size[0] == 350
