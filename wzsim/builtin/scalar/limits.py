"""What tabulated laws of messages cannot do. Imports no torch."""

from __future__ import annotations

from wzsim.contracts import DesignProblem

MOST_MESSAGES = 4096
"""Messages of the largest code whose laws are tabulated."""


def why_not_own_law(problem: DesignProblem) -> str | None:
    """What keeps an estimator or decoder from the encoder's own laws, before any work."""
    shape = problem.shape
    if shape.prefix_counts[-1] > MOST_MESSAGES:
        return f"it tabulates messages, and {shape.alphabet_sizes} makes more than {MOST_MESSAGES}"
    return None
