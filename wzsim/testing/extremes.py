"""Uniform draws at the very ends of their range: rare enough to fail a user and no test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

UNIFORM = ("rand", "rand_like", "uniform_")

MOST_DRAWS = 4
"""Later draws are left alone: a sampler may draw again whatever it cannot use."""

WHERE_EXTREME = (
    "where a uniform draw is its least or greatest value (0 or 1 - 2^-24), which comes about once "
    "in 2^24 draws; keep it away from the end that you cannot use"
)


@final
class ExtremeUniforms(TorchFunctionMode):
    """While it is entered, a third of what torch draws uniformly is the least value, and a third
    the greatest one; in single precision each comes about once in 2^24.

    >>> with ExtremeUniforms():
    ...     drawn = torch.rand(3)
    >>> drawn[0].item(), drawn[1].item() == 1 - 2**-24
    (0.0, True)
    """

    def __init__(self) -> None:
        super().__init__()
        self._draws = 0

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call `func`, and change what it drew."""
        given = dict(kwargs or {})
        drawn = func(*args, **given)
        if getattr(func, "__name__", "") not in UNIFORM or not isinstance(drawn, Tensor):
            return drawn
        self._draws += 1
        if self._draws > MOST_DRAWS or not drawn.is_floating_point():
            return drawn
        low, high = 0.0, 1.0
        if func.__name__ == "uniform_":
            low = given.get("from", args[1] if len(args) > 1 else low)
            high = given.get("to", args[2] if len(args) > 2 else high)
        least, end = drawn.new_tensor(low), drawn.new_tensor(high)
        which = torch.arange(drawn.numel(), device=drawn.device).reshape(drawn.shape) % 3
        extreme = torch.where(which == 0, least, torch.nextafter(end, least))
        return drawn.copy_(torch.where(which < 2, extreme, drawn))
