"""State: what makes a designed or trained part the same part again after a file was read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch.nn import Parameter

State = Mapping[str, NDArray[np.generic]]
"""Flat arrays by name. Names are plain words joined by dots; never a pickle."""


class Stateful(ABC):
    """Something a result file can hold."""

    @abstractmethod
    def state(self) -> dict[str, NDArray[np.generic]]:
        """The arrays from which the part's configuration can `restore` it."""


class Trainable(Stateful):
    """Something with parameters that a gradient moves.

    A training that was killed goes on where these, and the buffers of an
    `nn.Module`, decide the whole `state()`; elsewhere it begins anew.
    """

    @abstractmethod
    def parameters(self) -> Iterator[Parameter]:
        """The parameters, in an order that does not change."""
