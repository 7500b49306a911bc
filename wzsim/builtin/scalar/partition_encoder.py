"""An encoder that is a labelled partition of the line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.contracts import Message, MessageShape, ScalarEncoder, State
from wzsim.networks.partition import look_up
from wzsim.theory.partition import Partition


@final
class PartitionEncoder(ScalarEncoder):
    """The message of x is the label of the cell that x lies in, for each sample of a block."""

    def __init__(
        self,
        shape: MessageShape,
        partition: Partition,
        notes: Mapping[str, float | int | str],
    ) -> None:
        self.shape = shape
        self._notes = notes
        self.partition = partition
        self._thresholds = torch.from_numpy(partition.thresholds)
        self._labels = torch.from_numpy(partition.labels)

    @property
    def notes(self) -> Mapping[str, float | int | str]:
        return self._notes

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return look_up(
            x, self._thresholds.to(x.device), self._labels.to(x.device), self.shape.alphabet_sizes
        )

    def message_index(self, x: NDArray[np.float64]) -> NDArray[np.int64]:
        return self.partition.message_index(x)

    def thresholds(self, low: float, high: float) -> NDArray[np.float64]:
        inside = self.partition.thresholds
        return inside[(inside >= low) & (inside <= high)]

    def state(self) -> dict[str, NDArray[np.generic]]:
        return partition_state(self.partition)


def partition_state(partition: Partition) -> dict[str, NDArray[np.generic]]:
    """The arrays of a partition."""
    return {"thresholds": partition.thresholds, "labels": partition.labels}


def restored_partition(shape: MessageShape, state: State) -> Partition:
    """The partition whose `partition_state` this is."""
    return Partition(
        np.asarray(state["thresholds"], dtype=np.float64),
        np.asarray(state["labels"], dtype=np.int64),
        shape.alphabet_sizes,
    )
