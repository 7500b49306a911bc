"""Training by epoch: what the loss bought."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from wzsim.errors import InputError
from wzsim.reporting.style import TINY, dress, new_figure, result_style
from wzsim.simulation.result import Array, Result
from wzsim.units import power_db


def training_figure(result: Result) -> Figure:
    """Loss, rate and distortion of each stage, and the schedules, by epoch.

    Of relaxed messages no bound holds for rates and distortions. Raises
    InputError for a result that was not trained.
    """
    history = result.training
    if history is None:
        raise InputError(f"{result.name} was not trained: there is no training to draw")
    figure = new_figure(7.0, 4.6)
    (loss, rate), (distortion, schedule) = figure.subplots(2, 2, sharex=True)
    epoch = np.arange(1.0, len(history.loss) + 1)
    point = "o" if len(epoch) == 1 else None  # a line through one point is none
    loss.plot(epoch, history.loss, color="black", linewidth=1.2, marker=point)
    dress(loss, ylabel="loss [nat]")
    _draw_stages(rate, epoch, history.stage_rate)
    kind = ", relaxed" if history.relaxed else ""
    dress(rate, ylabel=f"stage rate{kind} [bit/sample]")
    if result.stages.distortion_db is None:
        levels, unit = history.stage_distortion, result.distortion_unit
    else:
        levels, unit = power_db(history.stage_distortion), "dB"
    _draw_stages(distortion, epoch, levels)
    dress(distortion, "epoch", f"distortion{kind} [{unit}]")
    if np.any(history.temperature > 0):  # messages were soft
        schedule.plot(epoch, history.temperature, color="black", marker=point, label="temperature")
    schedule.plot(
        epoch,
        history.learning_rate,
        color="#555555",
        linestyle="--",
        marker=point,
        drawstyle="steps-mid",
        label="learning rate",
    )
    schedule.set_yscale("log")
    dress(schedule, "epoch", "schedules")
    for axes in (rate, distortion, schedule):
        axes.legend(fontsize=TINY, frameon=False, handlelength=3.0)
    return figure


def _draw_stages(axes: Axes, epoch: Array, by_stage: Array) -> None:
    """A line a stage, with some markers so that grey tells them apart."""
    every = max(1, len(epoch) // 8)
    for stage, values in enumerate(by_stage.T):
        axes.plot(
            epoch,
            values,
            linewidth=1.1,
            markersize=4,
            markevery=(min(every // (stage + 1), len(epoch) - 1), every),
            label=f"stage {stage + 1}",
            **result_style(stage),
        )
