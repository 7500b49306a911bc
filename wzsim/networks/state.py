"""Networks to flat arrays and back, without pickles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Module = TypeVar("Module", bound=nn.Module)


def module_state(module: nn.Module) -> dict[str, NDArray[np.generic]]:
    """Copies of all parameters and buffers by name."""
    return {
        name: tensor.detach().cpu().numpy().copy() for name, tensor in module.state_dict().items()
    }


def load_module_state(module: Module, state: Mapping[str, NDArray[np.generic]]) -> Module:
    """Fill the module with the arrays of `module_state`; raises RuntimeError where they differ."""
    module.load_state_dict({name: torch.tensor(array) for name, array in state.items()})
    return module
