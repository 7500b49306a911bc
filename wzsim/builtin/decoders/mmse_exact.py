"""The exact conditional mean of hard scalar encoders."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.builtin.scalar.exact_law import ExactLaw, read_table
from wzsim.builtin.scalar.partition_encoder import partition_state
from wzsim.contracts import Message, MessageShape, PrefixTreeDecoder
from wzsim.networks.partition import prefix_index


@final
class MmseDecoder(PrefixTreeDecoder):
    """x_hat_k = E[X | m_1^k, y], the reconstruction of least mean squared error."""

    def __init__(self, shape: MessageShape, law: ExactLaw) -> None:
        self.shape, self.law = shape, law

    def reconstruct(
        self, message: Message, y: Tensor, common_randomness: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        prefixes = prefix_index(self.shape.alphabet_sizes, message.stages)
        return read_table(self.law.estimate_table, self.shape.prefix_counts, y, prefixes)

    def tree(self, y: Tensor) -> tuple[Tensor, ...]:
        estimates = self.law.estimates(y[:, 0].to(torch.float64).cpu().numpy())
        return tuple(torch.from_numpy(stage) for stage in estimates)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return partition_state(self.law.partition)
