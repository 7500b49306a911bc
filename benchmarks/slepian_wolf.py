"""Real Slepian-Wolf rates beside entropies: planes of nested and of learned quantizers.

Three nested scalar quantizers of eight cells in three planes and the learned code of
`scenarios/gauss_222.toml`, on X = Y + N with s2 = 0.1. Each plane is coded by `ldpc` in blocks of
`LENGTHS=100000,10000` symbols, `BLOCKS=1000` of each length: once at the fixed rate that the coder
chooses for one failure in a thousand blocks, and, for a tenth of the blocks, with
increments until the checksum fits. Posteriors are read from tables of the rate estimator.

Rates are bits really sent, checksums included, over symbols. What lies between them and the exact
entropy H = H(m_k | m_1^{k-1}, Y) is taken apart: the model (cross-entropy less H), the degree
distribution (what a code without end loses by density evolution), the length (Strassen's second
order: sqrt(V / n) Q^{-1}(1/1000) - log2(n) / (2 n)), and the rest.
"""

from __future__ import annotations

import math
import os
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from typing import final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray

import wzsim
from wzsim import app
from wzsim.builtin.coders.ldpc.coder import LdpcCoder
from wzsim.builtin.coders.ldpc.degrees import needed_rate
from wzsim.contracts import DensityPair, PrefixTreeRateEstimator, ScalarEncoder
from wzsim.networks.partition import CubicTable, stage_symbols
from wzsim.scenario import parse_mapping
from wzsim.theory.encoder import encoder_partition
from wzsim.theory.partition import Partition

ROOT = Path(__file__).parents[1]

STEPS = (0.936, 1.66, 2.5)
"""Of the quantizers, in deviations of the noise."""

FAILURES = 1e-3

AT_ONCE = 32

NSQ = """\
schema = 1
name = "nsq"
[correlation]
source = "gaussian"
channel = {{ name = "gaussian", noise_variance = 0.1 }}
[code]
alphabet_sizes = [2, 2, 2]
encoder = {{ name = "nsq", step = {step} }}
"""

HEAD = (
    "code, plane", "n", "H", "model", "degrees", "length", "rest", "rate sent", "above H",
    "allowed", "failed", "wrong", "ms a block", "ladder above H", "allowed", "increments",
)  # fmt: skip


@final
@attrs.frozen(eq=False)
class Plane:
    """A stage of a code, from which blocks are drawn."""

    title: str
    entropy: float
    pair: DensityPair
    partition: Partition
    table: CubicTable
    stage: int
    generator: torch.Generator

    def draw(self, count: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Symbols, shape (count,), and log q of both symbols, shape (count, 2) [nat]."""
        x, y = self.pair.sample(count, self.generator)
        sizes = self.partition.alphabet_sizes
        index = self.partition.message_index(x[:, 0].double().numpy())
        symbols = stage_symbols(sizes, torch.from_numpy(index))
        offset = sum(math.prod(sizes[: k + 1]) for k in range(self.stage))
        prefix = torch.zeros(count, dtype=torch.int64)
        for earlier in range(self.stage):
            prefix = prefix * sizes[earlier] + symbols[earlier]
        columns = [offset + prefix * 2 + symbol for symbol in (0, 1)]
        logs = torch.stack(self.table.at_each(y[:, 0], columns), dim=1)
        return symbols[self.stage].numpy().astype(np.int32), logs.numpy()


def run() -> Iterator[str]:
    lengths = [int(float(n)) for n in os.environ.get("LENGTHS", "100000,10000").split(",")]
    blocks = int(os.environ.get("BLOCKS", "1000"))
    yield "| " + " | ".join(HEAD) + " |"
    yield "|" + "---|" * len(HEAD)
    for plane in planes():
        for length in lengths:
            yield "| " + " | ".join(row(plane, length, blocks)) + " |"


def planes() -> Iterator[Plane]:
    """All planes that are not sent raw."""
    for step in STEPS:
        text = NSQ.format(step=step * math.sqrt(0.1))
        yield from of_scenario(f"NSQ {step}", text)
    learned = (ROOT / "scenarios/gauss_222.toml").read_text()
    yield from of_scenario("learned 222", learned)


def of_scenario(title: str, text: str) -> Iterator[Plane]:
    """The planes of the code of a scenario."""
    content = tomllib.loads(text)
    content["evaluation"] = {"method": "quadrature"}
    result = wzsim.run(content)
    code = wzsim.restore_code(result)
    pair = parse_mapping(result.scenario, app.registry()).scenario.evaluation_pair()
    assert isinstance(code.encoder, ScalarEncoder)
    assert isinstance(code.rate_estimator, PrefixTreeRateEstimator)
    assert isinstance(pair, DensityPair)
    assert result.decomposition is not None
    partition, _ = encoder_partition(code.encoder, pair)
    low, high = pair.y_interval(1e-10)
    grid = torch.linspace(low, high, 20_001, dtype=torch.float64)
    with torch.inference_mode():
        dtype = next(iter(result.model["rate_estimator"].values())).dtype
        column = grid[:, None] if dtype == np.float64 else grid[:, None].float()
        stages = code.rate_estimator.tree_log_probs(column)
    table = torch.cat([stage.reshape(len(grid), -1).double() for stage in stages], dim=1)
    for stage, entropy in enumerate(result.decomposition.conditional_entropy):
        yield Plane(
            f"{title}, {stage + 1}",
            float(entropy),
            pair,
            partition,
            CubicTable(low, float(grid[1] - grid[0]), table),
            stage,
            torch.Generator().manual_seed(stage),
        )


def row(plane: Plane, length: int, blocks: int) -> list[str]:
    """One line of the table."""
    symbols, logs = plane.draw(2_000_000)
    lengths = -np.take_along_axis(logs, symbols[:, None].astype(np.int64), axis=1) / math.log(2)
    model, variance = float(lengths.mean()), float(lengths.var())
    fixed = LdpcCoder().designed_for(symbols, logs, block_length=length, frame_error_rate=FAILURES)
    sent, failed, wrong, seconds = at_fixed_rate(plane, fixed, length, blocks)
    fed = LdpcCoder().designed_for(symbols, logs, block_length=length, frame_error_rate=0.5)
    ladder, requests = with_increments(plane, fed, length, max(1, blocks // 10))
    entropy = plane.entropy
    deviations = NormalDist().inv_cdf(1 - FAILURES)
    second = math.sqrt(variance / length) * deviations - math.log2(length) / (2 * length)
    degrees = needed_rate(model) - model
    factor = 1.0 if length >= 100_000 else 1.5
    least = 0.03 if entropy >= 0.2 else 0.015
    allowed = min(factor * max(0.08 * entropy, least), 1 - entropy)
    climbing = factor * max(0.1 * entropy, 0.04)
    parts = (model - entropy, degrees, second, sent - model - degrees - second)
    return [
        plane.title,
        f"{length:,}",
        f"{entropy:.4f}",
        *(f"{part:.4f}" for part in parts),
        f"{sent:.4f}",
        f"{sent - entropy:.4f}",
        f"{allowed:.4f}",
        f"{failed} of {blocks}",
        f"{wrong}",
        f"{1e3 * seconds / blocks:.0f}",
        f"{ladder - entropy:.4f}",
        f"{climbing:.4f}",
        f"{requests:.1f}",
    ]


def at_fixed_rate(
    plane: Plane, coder: LdpcCoder, length: int, blocks: int
) -> tuple[float, int, int, float]:
    """Bits a symbol, failed and wrongly decoded blocks, and seconds of decoding."""
    bits, failed, wrong, seconds = 0, 0, 0, 0.0
    for first in range(0, blocks, AT_ONCE):
        drawn = [plane.draw(length) for _ in range(min(AT_ONCE, blocks - first))]
        payloads = [coder.encode(symbols, 2)[:1] for symbols, _ in drawn]
        bits += sum(8 * len(payload[0]) for payload in payloads)
        start = time.perf_counter()
        found = coder.decode_blocks(payloads, [logs for _, logs in drawn])
        seconds += time.perf_counter() - start
        for block, (symbols, _) in zip(found, drawn, strict=True):
            failed += block is None
            wrong += block is not None and not np.array_equal(block, symbols)
    return bits / blocks / length, failed, wrong, seconds


def with_increments(
    plane: Plane, coder: LdpcCoder, length: int, blocks: int
) -> tuple[float, float]:
    """Bits a symbol and increments a block, until the checksum fits."""
    drawn = [plane.draw(length) for _ in range(blocks)]
    increments = [coder.encode(symbols, 2) for symbols, _ in drawn]
    bits, asked, open_ones, count = 0, 0, list(range(blocks)), 1
    while open_ones:
        found = coder.decode_blocks(
            [increments[index][:count] for index in open_ones],
            [drawn[index][1] for index in open_ones],
        )
        still = []
        for index, block in zip(open_ones, found, strict=True):
            bits += 8 * len(increments[index][count - 1])
            asked += 1
            if block is None:
                still.append(index)
            else:
                assert np.array_equal(block, drawn[index][0])
        open_ones, count = still, count + 1
    return bits / blocks / length, asked / blocks
