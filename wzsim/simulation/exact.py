"""Training on the exact expectation of Eqs. (10) and (11), from start to hard codes.

With a teacher: the encoder follows it, and rate estimator and decoder follow
its exact law; then the encoder is frozen, used hard, and the other two are
fitted to the law of its own cells. Without one: gradients move all three on
the loss with the encoder's entropy priced less and less, the worse half of the
restarts is dropped again and again, and the last one's rate estimator and
decoder are fitted to its hard messages.
"""

from __future__ import annotations

from wzsim.contracts import DesignProblem, Listener
from wzsim.errors import CapabilityError
from wzsim.scenario.exact_training import ExactTraining
from wzsim.simulation.checkpoint import Course
from wzsim.simulation.following import follow
from wzsim.simulation.gumbel import LearnedParts
from wzsim.simulation.halving import descend
from wzsim.simulation.report import Report
from wzsim.simulation.restarts import Restarts
from wzsim.simulation.result import TrainingHistory
from wzsim.simulation.teacher import why_no_teacher


def train_exact(
    problem: DesignProblem,
    training: ExactTraining,
    restarts: Restarts,
    name: str,
    listener: Listener,
    course: Course,
) -> tuple[LearnedParts, TrainingHistory]:
    """Train and harden; same seed and threads, same weights.

    Raises RunFailedError when the loss stops being a number, CapabilityError
    where `training.init` needs what the pair does not have.
    """
    first = restarts.parts(0)
    reason = why_no_teacher(problem, first.encoder)
    taught = training.teacher and reason is None
    report = Report(name, training.epochs, problem.shape.stages, "training.learning_rate", listener)
    report.relaxed, report.price = not taught, problem.objective
    if taught:
        return first, follow(first, problem, training, restarts, report, course)
    if training.init != "random":
        without = reason or "training.teacher is false"
        raise CapabilityError(f"training.init '{training.init}' is impossible: {without}")
    return descend(problem, training, restarts, report, course)
