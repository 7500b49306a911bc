"""A scalar code as tables: millions of samples at the speed of memory, not of networks.

The encoder becomes a look-up among its thresholds, rate estimator and decoder
become tables over y of all message prefixes, read by cubic interpolation. The
tables are made finer until they agree with the networks on samples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import final

import attrs
import torch
from torch import Generator, Tensor

from wzsim.contracts import (
    Code,
    DensityPair,
    LearnedDecoder,
    LearnedRateEstimator,
    Message,
    Pair,
    ScalarEncoder,
)
from wzsim.networks.partition import CubicTable, look_up, prefix_index
from wzsim.theory.encoder import encoder_partition
from wzsim.theory.lloyd import conditional_deviation

Encode = Callable[[Tensor, Tensor | None], Message]
ByStage = Callable[[Message, Tensor, Tensor | None], tuple[Tensor, ...]]

MOST_LABELS = 2**62
"""Messages that one integer can number."""

MOST_MESSAGES = 4096
"""Messages up to which all prefixes are tabulated."""

MOST_ENTRIES = 1 << 23
"""Numbers in a table."""

POINTS = (64, 256, 1024)
"""Nodes a deviation of X given Y, tried in turn."""

TAIL = 1e-12
"""Probability of Y outside the tables."""

FINE = 100
"""Points of a scan a deviation of X given Y, from which on its look-up stands for an encoder."""

CHUNK = 1 << 16
"""Prefixes times nodes that pass through the networks at once."""

SAMPLES = 20_000
"""On which tables and networks are compared."""

TOLERANCE = 1e-5
"""How far the means of tables and networks may differ on them: in nat, and relative."""


@final
@attrs.frozen
class QuickCode:
    """What sampling calls in place of the three parts of a code."""

    encode: Encode
    code_lengths: ByStage
    reconstruct: ByStage


def quick_code(code: Code, pair: Pair, generator: Generator) -> QuickCode:
    """The code with tables wherever they are as good as its parts."""
    encode = quick_encode(code, pair, generator)
    plain = QuickCode(encode, code.rate_estimator.code_lengths, code.decoder.reconstruct)
    if (
        not isinstance(pair, DensityPair)
        or code.block_length > 1
        or code.shape.prefix_counts[-1] > MOST_MESSAGES
        or not isinstance(code.rate_estimator, LearnedRateEstimator)
        or not isinstance(code.decoder, LearnedDecoder)
    ):
        return plain
    trial = Generator(generator.device).manual_seed(0)  # the samples of the evaluation stay as are
    x, y = pair.sample(SAMPLES, trial)
    message = encode(x, None)
    lengths = plain.code_lengths(message, y, None)
    estimates = plain.reconstruct(message, y, None)
    deviation = conditional_deviation(pair)
    low, high = pair.y_interval(TAIL)
    entries = sum(code.shape.prefix_counts)
    for points in POINTS:
        count = int((high - low) / deviation * points) + 4
        if count * entries > MOST_ENTRIES:
            break
        grid = torch.linspace(low, high, count, dtype=torch.float64, device=generator.device)
        y_grid = grid.float()[:, None]
        step = max(1, CHUNK // entries)
        parts = [y_grid[start : start + step] for start in range(0, count, step)]
        log_q = _joined([code.rate_estimator.tree_log_probs(part) for part in parts], count)
        rates = _Tree(code, grid, log_q, -1.0)
        x_hat = _joined([code.decoder.tree(part) for part in parts], count)
        decoder = _Tree(code, grid, x_hat, 1.0)
        if all(
            _agree(quick, exact, 1.0)
            for quick, exact in zip(rates(message, y, None), lengths, strict=True)
        ) and all(
            _agree((x - quick).square(), error, float(error.mean()))
            for quick, estimate in zip(decoder(message, y, None), estimates, strict=True)
            for error in [(x - estimate).square()]
        ):
            return QuickCode(encode, rates, decoder)
    return plain


def quick_encode(code: Code, pair: Pair, generator: Generator) -> Encode:
    """The encoder; where it is a partition of the line, as a look-up among its thresholds."""
    encoder = code.encoder
    if (
        isinstance(encoder, ScalarEncoder)
        and isinstance(pair, DensityPair)
        and code.shape.prefix_counts[-1] < MOST_LABELS
        and encoder.draw_common_randomness(1, torch.Generator()) is None
    ):
        partition, resolution = encoder_partition(encoder, pair)
        if resolution > conditional_deviation(pair) / FINE:
            return encoder.encode  # of so long a line a scan may have missed cells that count
        thresholds = torch.from_numpy(partition.thresholds).to(generator.device)
        labels = torch.from_numpy(partition.labels).to(generator.device)
        sizes = partition.alphabet_sizes
        return lambda x, _shared: look_up(x, thresholds, labels, sizes)
    return encoder.encode


def _joined(parts: list[tuple[Tensor, ...]], count: int) -> tuple[Tensor, ...]:
    """Stages of all parts of a grid; a stage that does not depend on y has one row."""
    return tuple(
        torch.cat(stages) if sum(map(len, stages)) == count else stages[0]
        for stages in zip(*parts, strict=True)
    )


def _agree(quick: Tensor, exact: Tensor, scale: float) -> bool:
    return float((quick - exact).double().mean().abs()) <= TOLERANCE * scale


@final
class _Tree:
    """Functions of y for all prefixes, by stage, read at the prefixes that were sent."""

    def __init__(self, code: Code, grid: Tensor, stages: tuple[Tensor, ...], factor: float) -> None:
        self._sizes = code.shape.alphabet_sizes
        columns = [stage.flatten(1).expand(len(grid), -1) * factor for stage in stages]
        self._offsets = [0]
        for column in columns[:-1]:
            self._offsets.append(self._offsets[-1] + column.shape[1])
        step = float(grid[1] - grid[0])
        self._table = CubicTable(float(grid[0]), step, torch.cat(columns, dim=1).contiguous())

    def __call__(self, message: Message, y: Tensor, _shared: Tensor | None) -> tuple[Tensor, ...]:
        """Stage k has the shape of y."""
        prefixes = prefix_index(self._sizes, message.stages)
        columns = [prefix + offset for prefix, offset in zip(prefixes, self._offsets, strict=True)]
        return self._table.at_each(y, columns)
