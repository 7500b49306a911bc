"""The lossless coders of a code, designed on a sample of the pair."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from wzsim.contracts import Code, EntropyCoder, MessageShape, Pair, SlepianWolfCoder, Symbols
from wzsim.errors import CapabilityError
from wzsim.simulation.stage_coder import LosslessCoder, StageCoder, Tables
from wzsim.simulation.symbol_law import SymbolLaw

Array = NDArray[np.float64]

SAMPLES = 400_000
"""Source samples on which coders are designed."""

CHUNK = 20_000
"""Of them that pass through the code at once."""

MOST_NUMBERS = 1 << 24
"""Of log q on the sample: fewer samples of a large alphabet."""

TABLE_TOTAL = 1 << 16
"""What the frequencies of a context sum to, about; for more than 256 symbols 2^20."""

MOST_ENTRIES = 1 << 13
"""Frequencies of a stage; contexts are made coarser until they fit."""


@final
@attrs.frozen(kw_only=True, eq=False)
class _Sample:
    """Messages of blocks of the pair, stage by stage, and what the rate estimator says of them."""

    symbols: tuple[Symbols, ...]
    """m_k, each of shape (T,)."""
    lengths: tuple[Array, ...]
    """-log2 q of them, each of shape (T,) [bit]."""
    log_probs: tuple[Array, ...]
    """log q of all symbols, each of shape (T, M_k) [nat]; empty where nobody asks."""


@torch.inference_mode()
def design_stages(
    code: Code,
    pair: Pair,
    coder: LosslessCoder,
    *,
    blocks: int,
    frame_error_rate: float,
    generator: Generator,
) -> tuple[StageCoder, ...]:
    """A coder for each stage.

    blocks: of the code, in a frame. Raises CapabilityError where a stage cannot be coded.
    """
    sample = _draw(code, pair, generator, all_symbols=isinstance(coder, SlepianWolfCoder))
    shape, stages = code.shape, []
    known = None
    if isinstance(coder, EntropyCoder):
        known = SymbolLaw(code).without_y(pair.sample(1000, generator)[1])
    for stage, size in enumerate(shape.alphabet_sizes):
        rate = float(sample.lengths[stage].mean())
        if not np.isfinite(rate):
            raise CapabilityError(f"the ideal rate of stage {stage + 1} is {rate}")
        if isinstance(coder, SlepianWolfCoder):
            chosen = coder.designed_for(
                sample.symbols[stage],
                sample.log_probs[stage],
                block_length=blocks * shape.symbols_per_stage[stage],
                frame_error_rate=frame_error_rate,
            )
            stages.append(StageCoder(coder=chosen, alphabet_size=size, ideal_rate=rate))
            continue
        tables, count = frequency_tables(
            sample.symbols[: stage + 1], shape, None if known is None else known[stage]
        )
        stages.append(
            StageCoder(
                coder=coder,
                alphabet_size=size,
                ideal_rate=rate,
                tables=tables,
                context_sizes=shape.alphabet_sizes[:count],
            )
        )
    return tuple(stages)


def _draw(code: Code, pair: Pair, generator: Generator, *, all_symbols: bool) -> _Sample:
    law, shape = SymbolLaw(code), code.shape
    largest = max(map(int.__mul__, shape.alphabet_sizes, shape.symbols_per_stage))
    left = max(1, min(SAMPLES // code.block_length, MOST_NUMBERS // largest))
    parts: list[tuple[tuple[NDArray[np.generic], ...], ...]] = []
    while left:
        batch = min(left, max(1, CHUNK // code.block_length))
        x, y = pair.sample(batch, generator)
        shared = code.encoder.draw_common_randomness(batch, generator)
        message = code.encoder.encode(x, shared)
        symbols = tuple(part.reshape(-1).numpy().astype(np.int32) for part in message.stages)
        logs = tuple(
            law.log_probs(stage, symbols[:stage], y, shared)
            for stage in range(shape.stages * all_symbols)
        )
        parts.append((symbols, law.check(symbols, y, shared), logs))
        left -= batch
    joined = [
        tuple(map(np.concatenate, zip(*group, strict=True))) for group in zip(*parts, strict=True)
    ]
    return _Sample(symbols=joined[0], lengths=joined[1], log_probs=joined[2])


def frequency_tables(
    symbols: tuple[Symbols, ...], shape: MessageShape, log_probs: Array | None
) -> tuple[Tables, int]:
    """Frequencies of the last of these stages by context, and how many stages make the context.

    symbols: m_1 .. m_k of a sample, counted (+ 1/2) where `log_probs`, shape
    (M_1 ... M_{k-1}, M_k), are not known, or are of more contexts than are kept.
    """
    stage = len(symbols) - 1
    size = shape.alphabet_sizes[stage]
    stages = stage if len(set(shape.symbols_per_stage)) == 1 else 0
    while stages and np.prod(shape.alphabet_sizes[:stages]) * size > MOST_ENTRIES:
        stages -= 1
    if log_probs is not None and stages == stage:
        chances = np.exp(log_probs)
    else:
        contexts = int(np.prod(shape.alphabet_sizes[:stages]))
        context = np.zeros(len(symbols[-1]), dtype=np.int64)
        for earlier, below in zip(symbols[:stages], shape.alphabet_sizes, strict=False):
            context = context * below + earlier
        chances = np.full((contexts, size), 0.5)
        np.add.at(chances, (context, symbols[-1]), 1.0)
    return _integers(chances), stages


def _integers(chances: Array) -> Tables:
    """Positive integers in proportion, of sum at most `TABLE_TOTAL` plus one a symbol."""
    total = TABLE_TOTAL if chances.shape[1] <= 256 else TABLE_TOTAL << 4
    room = total - chances.shape[1]
    shares = chances / chances.sum(axis=1, keepdims=True)
    tables: Tables = (1 + np.floor(shares * room)).astype(np.uint32)
    return tables
