"""Exact rate estimators of hard scalar encoders."""

from __future__ import annotations

from functools import cached_property
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.builtin.scalar.exact_law import ExactLaw, read_table
from wzsim.builtin.scalar.partition_encoder import partition_state
from wzsim.contracts import (
    Message,
    MessageShape,
    PrefixTreeRateEstimator,
)
from wzsim.networks.partition import prefix_index
from wzsim.theory.exact import y_rule


@final
class ExactConditional(PrefixTreeRateEstimator):
    """p(m_k | m_1^{k-1}, y) of the encoder itself: the ideal Slepian-Wolf rate."""

    basis = "exact entropy"

    def __init__(self, shape: MessageShape, law: ExactLaw) -> None:
        self.shape, self.law = shape, law

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        prefixes = prefix_index(self.shape.alphabet_sizes, message.stages)
        logs = read_table(self.law.log_prob_table, self.shape.prefix_counts, y, prefixes)
        return tuple(-log_q for log_q in logs)

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        logs = self.law.log_probs(y[:, 0].to(torch.float64).cpu().numpy())
        return _by_prefix(logs, self.shape.alphabet_sizes)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return partition_state(self.law.partition)


@final
class ExactMarginal(PrefixTreeRateEstimator):
    """p(m_k | m_1^{k-1}) of the encoder itself: the ideal rate of an entropy coder."""

    basis = "exact entropy"

    def __init__(self, shape: MessageShape, law: ExactLaw) -> None:
        self.shape, self.law = shape, law

    @cached_property
    def _logs(self) -> tuple[Tensor, ...]:
        rule = y_rule(self.law.pair, self.law.partition.thresholds, order=10, refinement=2)
        return tuple(torch.from_numpy(stage) for stage in self.law.marginal_log_probs(*rule))

    def code_lengths(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        prefixes = prefix_index(self.shape.alphabet_sizes, message.stages)
        return tuple(
            -log_q[0].to(y.device)[prefix]
            for log_q, prefix in zip(self._logs, prefixes, strict=False)
        )

    def tree_log_probs(self, y: Tensor) -> tuple[Tensor, ...]:
        return _by_prefix([log_q.numpy() for log_q in self._logs], self.shape.alphabet_sizes)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return partition_state(self.law.partition)


def _by_prefix(
    stages: list[NDArray[np.float64]], alphabet_sizes: tuple[int, ...]
) -> tuple[Tensor, ...]:
    """Shape (J, M_1 ... M_k) to (J, M_1 ... M_{k-1}, M_k)."""
    return tuple(
        torch.from_numpy(stage.reshape(len(stage), -1, size))
        for stage, size in zip(stages, alphabet_sizes, strict=True)
    )
