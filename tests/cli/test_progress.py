"""What a run shows while it goes on."""

from __future__ import annotations

import pytest

from wzsim.cli.progress import LiveDisplay, print_plain_line
from wzsim.contracts import EpochFinished, EvaluationAdvanced, Event, RunStarted, SearchAdvanced

EVENTS: list[Event] = [
    RunStarted("quick", epochs=1, stages=1),
    *(SearchAdvanced("quick", done, 40) for done in range(41)),
    EpochFinished("quick", 1, 1, 17.5, (0.25,), (0.08,), 4.0, relaxed=False),
    EvaluationAdvanced("quick", 10, 10),
]


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for event in EVENTS:
        print_plain_line(event)
    assert capsys.readouterr().err.splitlines() == [
        "quick: started, 1 epochs",
        "quick: search 0/40 rounds",
        "quick: search 10/40 rounds",
        "quick: search 20/40 rounds",
        "quick: search 30/40 rounds",
        "quick: search 40/40 rounds",
        "quick: epoch 1/1 loss 17.500  R 0.250 bit  D 0.08  0 s left",
        "quick: evaluated on 10 samples",
    ]


def test_live_bars(capsys: pytest.CaptureFixture[str]) -> None:
    with LiveDisplay() as display:
        for event in EVENTS:
            display(event)
    shown = capsys.readouterr().err
    for words in ("quick search 40/40", "quick epoch 1/1", "quick evaluation", "loss 17.500"):
        assert words in shown
