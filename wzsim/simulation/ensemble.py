"""The loss terms of several restarts at once, as one batch of networks.

A network of this size keeps a GPU waiting for launches, so on one all restarts
go through the same launches; on a CPU they are faster one after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, cast, final

import torch
from torch import Tensor, nn
from torch.func import functional_call

from wzsim.simulation.expectation import Drawn, Soften, Terms
from wzsim.simulation.gumbel import LearnedParts

Grouped = TypeVar("Grouped")


def side_by_side(candidates: Sequence[Grouped], device: torch.device) -> list[list[Grouped]]:
    """Which candidates share their launches: on a GPU all, elsewhere none."""
    if device.type == "cuda":
        return [list(candidates)]
    return [[candidate] for candidate in candidates]


def terms_of_all(parts: Sequence[LearnedParts], drawn: Drawn, soften: Soften) -> list[Terms]:
    """`drawn.terms` of each, in order; gradients reach the parameters of each.

    More than one of them are evaluated as one batch of networks, where they are
    `torch.nn.Module`s.
    """
    if len(parts) == 1 or not all(_is_modules(one) for one in parts):
        return [drawn.terms(one, soften) for one in parts]
    wholes = [_Whole(one) for one in parts]
    states = [dict(whole.named_parameters()) | dict(whole.named_buffers()) for whole in wholes]
    stacked = {name: torch.stack([state[name] for state in states]) for name in states[0]}

    def terms(state: dict[str, Tensor]) -> Terms:
        return cast("Terms", functional_call(wholes[0], state, (drawn, soften)))

    together = torch.vmap(terms)(stacked)
    return [Terms(*one) for one in zip(*together, strict=True)]


@final
class _Whole(nn.Module):
    """The three networks of a code as one module."""

    def __init__(self, parts: LearnedParts) -> None:
        super().__init__()
        self._parts = parts
        for name in ("encoder", "rate_estimator", "decoder"):
            self.add_module(name, getattr(parts, name))

    def forward(self, drawn: Drawn, soften: Soften) -> Terms:
        return drawn.terms(self._parts, soften)


def _is_modules(parts: LearnedParts) -> bool:
    return all(
        isinstance(part, nn.Module) for part in (parts.encoder, parts.rate_estimator, parts.decoder)
    )
