"""Exact training against the paper's recipe: the loss of the network's own hard code over time.

Both train networks of the same sizes on the same loss, one thread each, one after the other;
seconds are of processor time, which other jobs on the machine disturb little. The recipe
(Gumbel-softmax, 180 epochs of 2e5 samples, the networks of the paper) is measured by quadrature
every few epochs; that time is not counted. Takes more than an hour. Curves go to
`benchmarks/curves.json` case by case, and a case that is there is not run again; the figure is
`docs/images/exact_against_recipe.png`.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

import wzsim
from benchmarks.cases import LAYERED, Case, reference
from wzsim import app
from wzsim.contracts import Code, EpochFinished, Event
from wzsim.scenario import parse_mapping
from wzsim.scenario.model import GumbelSoftmaxTraining, Scenario
from wzsim.simulation.design import untrained_parts
from wzsim.simulation.figures import stage_figures
from wzsim.simulation.gumbel import train_gumbel_softmax
from wzsim.simulation.quadrature import evaluate_by_quadrature
from wzsim.simulation.run import hard_loss
from wzsim.simulation.seeds import generator_for

CURVES = Path(__file__).parent / "curves.json"
FIGURE = Path(__file__).parents[1] / "docs" / "images" / "exact_against_recipe.png"
SEED = 2023
EPOCHS = 180
EVERY = 10
"""Epochs between two measurements of the recipe."""

Curve = list[tuple[float, float]]
"""(seconds, loss [nat])."""


def run() -> Iterator[str]:
    torch.set_num_threads(1)
    yield (
        "| case | best code known [nat] | recipe [nat] | s | exact [nat] | s "
        "| s until it passes the recipe | share of its time |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    curves: dict[str, dict[str, Curve]] = {}
    if CURVES.exists():
        curves = json.loads(CURVES.read_text())
    for case in LAYERED:
        if case.name not in curves:
            curves[case.name] = {"recipe": recipe_curve(case), "exact": exact_curve(case)}
            CURVES.write_text(json.dumps(curves, indent=1) + "\n")
        recipe, exact = curves[case.name]["recipe"], curves[case.name]["exact"]
        final = recipe[-1][1]
        passed = next((seconds for seconds, loss in exact if loss < final), float("nan"))
        yield (
            f"| {case.name} | {reference(case):.3f} | {final:.3f} | {recipe[-1][0]:.0f} "
            f"| {exact[-1][1]:.3f} | {exact[-1][0]:.1f} | {passed:.1f} "
            f"| 1/{recipe[-1][0] / passed:.0f} |"
        )
    draw(curves)


def recipe_curve(case: Case) -> Curve:
    """Hard loss of the paper's recipe, by quadrature, over the seconds of training alone."""
    mapping = case.scenario(SEED, {"method": "gumbel-softmax", "epochs": EPOCHS}, {})
    scenario = parse_mapping(mapping, app.registry(), ()).scenario
    training = scenario.training
    assert isinstance(training, GumbelSoftmaxTraining)
    parts = untrained_parts(scenario, "cpu")
    code = Code(parts.encoder, parts.rate_estimator, parts.decoder)
    curve: Curve = [(0.0, own_loss(code, scenario))]
    started, measuring = time.process_time(), 0.0

    def listen(event: Event) -> None:
        nonlocal measuring
        if isinstance(event, EpochFinished) and event.epoch % EVERY == 0:
            seconds = time.process_time() - started - measuring
            curve.append((seconds, own_loss(code, scenario)))
            measuring = time.process_time() - started - seconds
            print(f"  {case.name}: epoch {event.epoch}", file=sys.stderr, flush=True)

    samples = generator_for(scenario.seed, "training samples")
    train_gumbel_softmax(parts, scenario.problem(), training, samples, scenario.name, listen)
    return curve


def exact_curve(case: Case) -> Curve:
    """Hard loss of exact training over all of its seconds; the last one by quadrature."""
    curve: Curve = []
    started = time.process_time()

    def listen(event: Event) -> None:
        if isinstance(event, EpochFinished):
            curve.append((time.process_time() - started, event.loss))

    result = wzsim.run(case.scenario(SEED, {"method": "exact"}, {}), listener=listen)
    return [*curve[:-1], (curve[-1][0], float(result.evaluation["loss"]))]


def own_loss(code: Code, scenario: Scenario) -> float:
    """The loss of a code's own hard messages, prior and decoder [nat]."""
    found = evaluate_by_quadrature(code, scenario.evaluation_pair(), scenario.distortion)
    figures = stage_figures(found.rate, found.distortion, [], is_power=True)
    return hard_loss(figures, scenario.problem().price)


def draw(curves: dict[str, dict[str, Curve]]) -> None:
    """The curves of all cases, time on a logarithmic axis."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogFormatter

    figure = Figure(figsize=(7.0, 5.6), layout="constrained")
    panels: Any = figure.subplots(2, 2)
    for axes, case in zip(panels.flat, LAYERED, strict=True):
        for (method, curve), style in zip(curves[case.name].items(), ("--", "-"), strict=True):
            seconds, losses = zip(*curve[method == "recipe" :], strict=True)
            axes.plot(seconds, losses, style, color="black", linewidth=1.1, label=method)
        axes.axhline(reference(case), color="#888888", linewidth=0.8, label="best code known")
        axes.set_xscale("log")
        axes.set_yscale("log")
        for which in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
            which(LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.5)))
        axes.set_title(case.name, fontsize=9)
        axes.set_xlabel("seconds, one thread", fontsize=8)
        axes.set_ylabel("loss [nat]", fontsize=8)
        axes.tick_params(labelsize=7, which="both")
        axes.legend(fontsize=7, frameon=False)
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(FIGURE, dpi=150)
