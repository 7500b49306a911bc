"""The teacher of exact training: a quantizer that an encoder network then follows.

An encoder that minimises the loss point by point, p(m | x) proportional to
exp(-cost(x, m) / T), is what a network with enough freedom would reach by
gradient. It is found without a network: from the soft messages of networks as
they are drawn, by annealing T, by Lloyd's iteration at T = 0, and by joining
pieces of the best. The network that follows it is evaluated by itself.
"""

from __future__ import annotations

import json
from typing import final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray

from wzsim.contracts import (
    DensityPair,
    DesignProblem,
    LearnedEncoder,
    MessageShape,
    Objective,
    ScalarEncoder,
    State,
)
from wzsim.scenario.exact_training import MOST_TAUGHT, ExactTraining
from wzsim.simulation.checkpoint import UnfitError, required
from wzsim.simulation.restarts import Restarts
from wzsim.theory.design import best_step, design_lloyd, nested_uniform, refined_design
from wzsim.theory.exact import TAIL
from wzsim.theory.lloyd import anneal, conditional_deviation, lloyd_grid, partition_of
from wzsim.theory.lloyd_search import TEMPERATURES, Advance, Effort, search
from wzsim.theory.partition import Partition
from wzsim.theory.prices import design_prices, price_notes
from wzsim.theory.target_rate import design_for_rate

COLUMNS = 256
"""Restarts times messages that are annealed side by side."""


@final
@attrs.frozen(eq=False)
class Teacher:
    """What the encoder follows, its loss with ideal rates and decoder, and where it comes from."""

    partition: Partition
    loss: float
    """Exact [nat]."""
    start: str
    """`random`, `nsq` or `lloyd`."""
    objective: Objective
    """What it was designed for, or found by itself where a rate was asked for."""
    notes: dict[str, float | int | str] = attrs.field(factory=dict)
    """What else is worth knowing of it."""

    def state(self) -> State:
        """The partition, and as JSON text all else."""
        words = attrs.asdict(self, filter=lambda field, _value: field.name != "partition")
        return {
            "thresholds": self.partition.thresholds,
            "labels": self.partition.labels,
            "words": np.frombuffer(json.dumps(words).encode(), np.uint8),
        }

    @classmethod
    def restored(cls, state: State, shape: MessageShape) -> Teacher:
        """What `state` was taken of; raises UnfitError for anything else."""
        thresholds = required(state, "thresholds", np.float64, (None,))
        labels = required(state, "labels", np.int64, (None,))
        words = required(state, "words", np.uint8, (None,)).tobytes()
        try:
            partition = Partition(
                thresholds.astype(np.float64), labels.astype(np.int64), shape.alphabet_sizes
            )
            said = json.loads(words)
            prices = said["objective"]
            objective = Objective(
                tuple(map(float, prices["lagrange_multipliers"])),
                tuple(map(float, prices["rate_weights"])),
            )
            notes = {str(key): _plain(value) for key, value in said["notes"].items()}
            teacher = cls(partition, float(said["loss"]), str(said["start"]), objective, notes)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UnfitError(f"its teacher is none: {error}") from error
        if {len(objective.lagrange_multipliers), len(objective.rate_weights)} != {shape.stages}:
            raise UnfitError("its teacher is of another number of stages")
        return teacher


def why_no_teacher(problem: DesignProblem, encoder: object) -> str | None:
    """What stands in the way of a teacher, or None."""
    if not isinstance(problem.pair, DensityPair):
        return "the pair has no density"
    if problem.distortion.name != "squared-error":
        return "the distortion is not the squared error"
    if not isinstance(encoder, ScalarEncoder):
        return "the encoder is no partition of the line"
    if problem.shape.prefix_counts[-1] > MOST_TAUGHT:
        return f"the code has more than {MOST_TAUGHT} messages"
    return None


def find_teacher(
    problem: DesignProblem,
    training: ExactTraining,
    restarts: Restarts,
    rng: np.random.Generator,
    advance: Advance,
) -> Teacher:
    """The best teacher from where `training.init` begins.

    advance: called before and after every round of the search.
    """
    pair = problem.pair
    assert isinstance(pair, DensityPair)
    if training.search_rounds:
        advance(0, training.search_rounds)
    if problem.target_rate is not None:
        return _teacher_of_rate(pair, problem, problem.target_rate, training, rng, advance)
    prices = design_prices(problem)
    if training.init == "lloyd":
        count = training.candidates(taught=True)
        effort = Effort(nested=count, annealed=count, rounds=training.search_rounds)
        design = design_lloyd(pair, prices, effort, rng, advance=advance)
        return Teacher(design.partition, design.loss, "lloyd", problem.price)
    grid, scale = lloyd_grid(pair), conditional_deviation(pair)
    notes: dict[str, float | int | str] = {}
    if training.init == "nsq":
        step = best_step(pair, prices, 0.0)
        starts = [nested_uniform(pair.x_interval(TAIL), step, 0.0, prices.alphabet_sizes)]
    else:
        count = training.candidates(taught=True)
        notes["restarts"] = count
        together = max(1, COLUMNS // prices.messages)
        starts = []
        for first in range(0, count, together):
            batch = range(first, min(first + together, count))
            drawn = [restarts.parts(restart).encoder for restart in batch]
            soft = np.stack([soft_messages(encoder, grid.x) for encoder in drawn], axis=1)
            labels = anneal(grid, prices, soft, TEMPERATURES)
            starts += [partition_of(grid, one, prices.alphabet_sizes) for one in labels.T]
    effort = Effort(nested=0, annealed=0, rounds=training.search_rounds)
    found = search(grid, prices, scale, effort, {training.init: starts}, rng, advance)
    design = refined_design(pair, prices, grid, found)
    return Teacher(design.partition, design.loss, training.init, problem.price, notes)


def _teacher_of_rate(
    pair: DensityPair,
    problem: DesignProblem,
    target: float | tuple[float, ...],
    training: ExactTraining,
    rng: np.random.Generator,
    advance: Advance,
) -> Teacher:
    """The designed code of the target rates, which finds the prices; raises CapabilityError."""
    found = design_for_rate(
        pair,
        problem.shape.alphabet_sizes,
        target,
        conditional=problem.rate_estimator.uses_side_information,
        effort=Effort(rounds=training.search_rounds),
        rng=rng,
        rate_weights=problem.rate_weights,
        advance=advance,
    )
    design, objective = found.design, found.objective
    return Teacher(design.partition, design.loss, "lloyd", objective, price_notes(objective))


def _plain(value: object) -> float | int | str:
    if not isinstance(value, float | int | str):
        raise TypeError(f"a note is {type(value).__name__}")
    return value


@torch.inference_mode()
def soft_messages(encoder: LearnedEncoder, x: NDArray[np.float64]) -> NDArray[np.float32]:
    """p(m_1^K | x) of an encoder, its logits brought to unit variance over x: (J, M_1 ... M_K).

    Networks as drawn say nearly the same everywhere; at unit variance they differ enough for
    annealing to end in different optima.
    """
    device = next(encoder.parameters()).device
    logits = torch.zeros(len(x), 1, device=device)
    for stage in encoder.tree_log_probs(torch.from_numpy(x).to(device, torch.float32)[:, None]):
        logits = (logits[:, :, None] + stage).flatten(1)
    centred = logits - logits.mean(dim=0)
    scaled = centred / centred.std().clamp(min=1e-6)
    messages: NDArray[np.float32] = torch.softmax(scaled, dim=1).cpu().numpy()
    return messages
