"""Messages to try: any, every one, cut, changed, relaxed."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from wzsim.contracts import Message, MessageShape, RelaxedMessage
from wzsim.networks.simplex import one_hot
from wzsim.testing.draws import seeded

BATCH = 64
"""Blocks of most tests."""

MOST_MESSAGES = 4096
"""Messages of the largest block of which all are tried."""


def any_message(shape: MessageShape, batch: int = BATCH) -> Message:
    """Symbols drawn evenly, whatever an encoder would send."""
    generator = seeded(9)
    return Message(
        tuple(
            torch.randint(size, (batch, count), generator=generator)
            for size, count in zip(shape.alphabet_sizes, shape.symbols_per_stage, strict=True)
        )
    )


def rows(message: Message, chosen: Tensor) -> Message:
    """Some blocks of a message."""
    return Message(tuple(stage[chosen] for stage in message.stages))


def every_message(shape: MessageShape, stages: int) -> Iterator[tuple[tuple[int, ...], ...]]:
    """All values of m_1 .. m_stages of one block, each stage a tuple of its symbols."""
    each = zip(shape.alphabet_sizes[:stages], shape.symbols_per_stage[:stages], strict=True)
    return itertools.product(
        *(itertools.product(range(size), repeat=count) for size, count in each)
    )


def block_messages(shape: MessageShape, stages: int) -> int:
    """How many values m_1 .. m_stages of one block has."""
    each = zip(shape.alphabet_sizes[:stages], shape.symbols_per_stage[:stages], strict=True)
    count = 1
    for size, symbols in each:
        count *= size**symbols
    return count


def repeated(values: tuple[tuple[int, ...], ...], batch: int) -> Message:
    """One message for `batch` blocks."""
    return Message(tuple(torch.tensor(symbols).expand(batch, -1).clone() for symbols in values))


def with_other_symbols(message: Message, shape: MessageShape, first: int) -> Message:
    """Other symbols in the stages after the first ones."""
    stages = enumerate(zip(message.stages, shape.alphabet_sizes, strict=True))
    return Message(
        tuple(
            (symbols + 1) % size if index >= first else symbols for index, (symbols, size) in stages
        )
    )


def certain(message: Message, shape: MessageShape) -> RelaxedMessage:
    """One-hot weights of a message, whose gradients are kept."""
    return RelaxedMessage(
        tuple(
            one_hot(symbols, size).requires_grad_()
            for symbols, size in zip(message.stages, shape.alphabet_sizes, strict=True)
        )
    )


def reached_by_gradients(total: Tensor, message: RelaxedMessage) -> list[bool]:
    """Whether a gradient of `total` reaches each stage of the message."""
    gradients: tuple[Tensor | None, ...] = torch.autograd.grad(
        total, message.stages, allow_unused=True
    )
    return [gradient is not None and bool((gradient != 0).any()) for gradient in gradients]
