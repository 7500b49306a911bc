"""log q of every symbol of a stage, as a lossless coder needs it: from what is decoded, and y."""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.contracts import (
    Code,
    LearnedRateEstimator,
    Message,
    PrefixTreeRateEstimator,
    Symbols,
)
from wzsim.errors import CapabilityError

Array = NDArray[np.float64]

CHUNK = 20_000
"""Source samples that pass through a code at once."""

TREE_ENTRIES = 1 << 20
"""Prefixes times samples that pass through a network at once."""

MOST_PREFIXES = 256
"""Up to which all prefixes of a learned estimator are evaluated in place of all symbols."""

TOLERANCE = 1e-3
"""How far log q of a symbol that was sent may differ between two ways to compute it [nat]."""

LEAST_LOG_PROB = -700.0
"""Of a symbol that cannot come: coders do without infinities."""


@final
class SymbolLaw:
    """log q(m_k | m_1^{k-1}, y) of a code, for all m_k at once.

    A learned estimator is asked for its tree of prefixes, any other one for the
    code length of each symbol in turn. Both serve estimators whose symbols of one
    stage do not depend on each other; `check` finds those that do.
    """

    def __init__(self, code: Code) -> None:
        self._estimator, self._shape = code.rate_estimator, code.shape
        shape = code.shape
        self._has_tree = (
            isinstance(code.rate_estimator, LearnedRateEstimator)
            and sum(shape.prefix_counts) <= MOST_PREFIXES
            and set(shape.symbols_per_stage) in ({1}, {shape.block_length})
        )

    @torch.inference_mode()
    def log_probs(
        self, stage: int, earlier: tuple[Symbols, ...], y: Tensor, shared: Tensor | None
    ) -> Array:
        """All symbols of a stage: shape (blocks * S_k, M_k) [nat].

        stage: k - 1. earlier: m_1 .. m_{k-1}, each of shape (blocks * S,). y: shape
        (blocks, n). shared: the common randomness of the same blocks.
        """
        if self._has_tree and shared is None:
            found = self._from_tree(stage, earlier, y)
        else:
            found = self._from_lengths(stage, earlier, y, shared)
        return np.maximum(found, LEAST_LOG_PROB)

    def check(
        self, stages: tuple[Symbols, ...], y: Tensor, shared: Tensor | None
    ) -> tuple[Array, ...]:
        """-log2 q of the symbols of a whole message: stage k has shape (blocks * S_k,) [bit].

        Raises CapabilityError where `log_probs` does not say the same, because q of
        a symbol depends on others of its own stage.
        """
        message = Message(tuple(as_block_tensor(symbols, len(y)) for symbols in stages))
        with torch.inference_mode():
            lengths = self._estimator.code_lengths(message, y, shared)
        found = []
        for stage, (symbols, length) in enumerate(zip(stages, lengths, strict=True)):
            exact = length.expand(len(y), -1).reshape(-1).double().cpu().numpy()
            table = self.log_probs(stage, stages[:stage], y, shared)
            read = table[np.arange(len(symbols)), symbols]
            if np.any(np.abs(read + np.minimum(exact, -LEAST_LOG_PROB)) > TOLERANCE):
                raise CapabilityError(
                    f"the rate of stage {stage + 1} cannot be coded: "
                    f"{type(self._estimator).__name__} gives a symbol a probability that depends "
                    "on other symbols of its stage, and lossless coders here take each stage at "
                    "once"
                )
            found.append(exact / np.log(2))
        return tuple(found)

    def without_y(self, y: Tensor) -> tuple[Array, ...] | None:
        """log q(m_k | m_1^{k-1}) by prefix, stage k of shape (M_1 ... M_{k-1}, M_k) [nat].

        None where q depends on y, or is not known for all prefixes at once.
        """
        if not isinstance(self._estimator, PrefixTreeRateEstimator):
            return None
        with torch.inference_mode():
            tree = self._estimator.tree_log_probs(y.reshape(-1, 1) if self._by_sample else y)
        if any(bool((stage != stage[:1]).any()) for stage in tree):
            return None
        return tuple(stage[0].double().cpu().numpy() for stage in tree)

    @property
    def _by_sample(self) -> bool:
        """Whether each sample has a symbol of its own at every stage."""
        return set(self._shape.symbols_per_stage) == {self._shape.block_length}

    def _from_tree(self, stage: int, earlier: tuple[Symbols, ...], y: Tensor) -> Array:
        assert isinstance(self._estimator, LearnedRateEstimator)
        rows = y.reshape(-1, 1) if self._by_sample else y
        prefix = np.zeros(len(rows), dtype=np.int64)
        for symbols, size in zip(earlier, self._shape.alphabet_sizes, strict=False):
            prefix = prefix * size + symbols
        step = max(1, TREE_ENTRIES // sum(self._shape.prefix_counts))
        parts = []
        for start in range(0, len(rows), step):
            tree = self._estimator.tree_log_probs(rows[start : start + step])[stage]
            chosen = torch.from_numpy(prefix[start : start + step])
            tree = tree.expand(len(chosen), -1, -1)
            parts.append(tree[torch.arange(len(chosen)), chosen].double().numpy())
        return np.concatenate(parts)

    def _from_lengths(
        self, stage: int, earlier: tuple[Symbols, ...], y: Tensor, shared: Tensor | None
    ) -> Array:
        shape = self._shape
        known = [as_block_tensor(symbols, len(y)) for symbols in earlier]
        rows = []
        for part in chunks(len(y), shape.block_length):
            blocks = len(y[part])
            later = [
                torch.zeros(blocks, count, dtype=torch.int64)
                for count in shape.symbols_per_stage[stage + 1 :]
            ]
            columns = []
            for symbol in range(shape.alphabet_sizes[stage]):
                tried = torch.full((blocks, shape.symbols_per_stage[stage]), symbol)
                message = Message((*(symbols[part] for symbols in known), tried, *later))
                length = self._estimator.code_lengths(
                    message, y[part], None if shared is None else shared[part]
                )[stage]
                columns.append(-length.expand(blocks, -1).reshape(-1).double().numpy())
            rows.append(np.stack(columns, axis=1))
        return np.concatenate(rows)


def as_block_tensor(symbols: Symbols, blocks: int) -> Tensor:
    """Symbols of a stage, shape (blocks * S_k,), as codes take them: int64, shape (blocks, S_k)."""
    return torch.from_numpy(symbols.astype(np.int64)).reshape(blocks, -1)


def chunks(blocks: int, block_length: int) -> list[slice]:
    """Parts of a frame that pass through a code at once: activations stay near the cache."""
    step = max(1, CHUNK // block_length)
    return [slice(start, start + step) for start in range(0, blocks, step)]
