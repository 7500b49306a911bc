"""Points of the simplex: hard symbols, relaxed symbols, and masks for unequal alphabets."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn import functional


def hard_choice(_stage: int, log_probs: Tensor) -> Tensor:
    """One-hot of the most likely symbol: how a trained encoder is used. Same shape and dtype."""
    return one_hot(log_probs.argmax(dim=-1), log_probs.shape[-1], log_probs.dtype)


def gumbel_softmax(temperature: float, generator: Generator) -> Callable[[int, Tensor], Tensor]:
    """Relaxed sampling: softmax((log p + G) / T), G standard Gumbel [Jang 2017; Maddison 2017]."""

    def choose(_stage: int, log_probs: Tensor) -> Tensor:
        exponential = torch.empty_like(log_probs).exponential_(generator=generator)
        # float32 draws zero about once in 2^24; its logarithm would put a NaN into the softmax.
        gumbel = exponential.clamp_(min=torch.finfo(log_probs.dtype).tiny).log_().neg_()
        return functional.softmax((log_probs + gumbel) / temperature, dim=-1)

    return choose


def one_hot(symbols: Tensor, size: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Symbols of any shape to one-hot vectors of shape (..., size)."""
    return functional.one_hot(symbols, size).to(dtype)


def log_prob_of(symbols: Tensor, log_probs: Tensor) -> Tensor:
    """log p of the symbols drawn; symbols: (...), log_probs: (..., size). Returns (...)."""
    return log_probs.gather(-1, symbols.unsqueeze(-1)).squeeze(-1)


def pad_symbols(weights: Tensor, size: int) -> Tensor:
    """Widen (..., M_k) to (..., size) with zeros, for networks shared by unequal alphabets."""
    missing = size - weights.shape[-1]
    return functional.pad(weights, (0, missing)) if missing else weights
