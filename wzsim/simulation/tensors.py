"""Networks, optimizers and generators to flat arrays and back, bit by bit, in place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from wzsim.contracts import State, Trainable
from wzsim.simulation.checkpoint import UnfitError, required, under

MOMENTS = ("exp_avg", "exp_avg_sq")
"""What Adam keeps of each parameter, beside the number of its steps."""


def part_state(part: Trainable) -> State:
    """Parameters and buffers of a part by number, and a digest of its `state()`."""
    arrays = {str(index): as_array(tensor) for index, tensor in enumerate(_tensors(part))}
    return {**arrays, "digest": _digest(part)}


def load_part(part: Trainable, state: State) -> None:
    """Raises UnfitError for another part, and for one with more to it than parameters and buffers.

    The contract promises `parameters()` and `state()` and no more: a part that
    counts or averages beside its parameters would go on as another one.
    """
    tensors = _tensors(part)
    if len(state) != len(tensors) + 1:
        raise UnfitError(f"it has {len(state) - 1} tensors of a network of {len(tensors)}")
    for index, tensor in enumerate(tensors):
        fill(tensor, state, str(index))
    if not np.array_equal(state.get("digest", ()), _digest(part)):
        raise UnfitError(
            f"{type(part).__name__} has a state() that its parameters and buffers do not decide"
        )


def adam_state(optimizer: torch.optim.Adam) -> State:
    """Steps and moments by the parameter's number; one without a gradient so far has none."""
    return {
        f"{index}.{name}": as_array(optimizer.state[parameter][name])
        for index, parameter in enumerate(_parameters(optimizer))
        for name in ("step", *MOMENTS)
        if parameter in optimizer.state
    }


def load_adam(optimizer: torch.optim.Adam, state: State) -> None:
    """Into a new optimizer of the same parameters; learning rates stay as they are."""
    for index, parameter in enumerate(_parameters(optimizer)):
        moments = under(state, str(index))
        if moments:
            own = {name: torch.empty_like(parameter, requires_grad=False) for name in MOMENTS}
            own["step"] = torch.zeros((), dtype=torch.float32, device=parameter.device)
            for name, tensor in own.items():
                fill(tensor, moments, name)
            optimizer.state[parameter] = own


def generator_state(generator: Generator) -> NDArray[np.generic]:
    """All that its next draws depend on."""
    return as_array(generator.get_state())


def load_generator(generator: Generator, state: State, name: str) -> None:
    """Put it where it was."""
    now = generator.get_state()
    fill(now, state, name)
    try:
        generator.set_state(now)
    except RuntimeError as error:
        raise UnfitError(f"its array '{name}' is no state of a generator") from error


def as_array(tensor: Tensor) -> NDArray[np.generic]:
    """A copy, bit by bit; numpy has no bfloat16, which becomes int16."""
    plain = tensor.detach().cpu()
    array = plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain
    copy: NDArray[np.generic] = array.numpy().copy()
    return copy


@torch.no_grad()
def fill(tensor: Tensor, state: State, name: str) -> None:
    """Copy an array of `as_array` into a tensor of the same type and shape; else UnfitError."""
    array = torch.from_numpy(required(state, name, as_array(tensor).dtype, tuple(tensor.shape)))
    tensor.copy_(array.view(tensor.dtype) if tensor.dtype == torch.bfloat16 else array)


def _tensors(part: Trainable) -> Sequence[Tensor]:
    buffers = list(part.buffers()) if isinstance(part, nn.Module) else []
    return [*part.parameters(), *buffers]


def _parameters(optimizer: torch.optim.Adam) -> list[nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _digest(part: Trainable) -> NDArray[np.generic]:
    digest = hashlib.sha256()
    for name, array in part.state().items():
        digest.update(json.dumps([name, array.dtype.str, array.shape]).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return np.frombuffer(digest.digest(), np.uint8)
