"""Evaluation on samples, in memory that does not grow with their number."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np
import torch
from torch import Generator, Tensor

from wzsim.contracts import (
    Code,
    Distortion,
    EvaluationAdvanced,
    Listener,
    Pair,
)
from wzsim.simulation.result import Array
from wzsim.simulation.tabulated import QuickCode, quick_code
from wzsim.units import BIT_PER_NAT

CHUNK = 20_000
"""Samples evaluated at once: activations of the networks stay near the cache."""


@final
@attrs.frozen(eq=False)
class Moments:
    """Mean and covariance, over source blocks, of code lengths and distortions.

    The vector of one block is (r_1, ..., r_K, d_1, ..., d_K): code length of
    stage k [bit per source sample] and distortion after stage k.
    """

    mean: Array
    """Shape (2K,)."""
    covariance: Array
    """Shape (2K, 2K), of one block."""
    blocks: int

    @property
    def stages(self) -> int:
        """K."""
        return len(self.mean) // 2

    def standard_error(self, gradient: Array) -> Array:
        """Standard errors of linear combinations of the means; gradient: shape (J, 2K)."""
        variance = np.einsum("ji,ik,jk->j", gradient, self.covariance, gradient)
        error: Array = np.sqrt(np.maximum(variance, 0.0) / self.blocks)
        return error


@torch.inference_mode()
def evaluate_by_monte_carlo(
    code: Code,
    pair: Pair,
    distortion: Distortion,
    samples: int,
    generator: Generator,
    name: str,
    listener: Listener,
) -> Moments:
    """Code lengths and distortions of the hard code on fresh samples, Eqs. (12) and (13)."""
    quick = quick_code(code, pair, generator)
    total = -(-samples // code.block_length)
    chunk = max(1, CHUNK // code.block_length)
    stages = code.shape.stages
    shift = np.zeros(2 * stages)
    sums = np.zeros(2 * stages)
    products = np.zeros((2 * stages, 2 * stages))
    done = 0
    while done < total:
        batch = min(chunk, total - done)
        figures = _block_figures(code, quick, pair, distortion, batch, generator)
        if not done:
            # Sums about the first chunk's mean keep the covariance exact at any sample count.
            shift = figures.mean(axis=1)
        centred = figures - shift[:, None]
        sums += centred.sum(axis=1)
        products += centred @ centred.T
        done += batch
        if done % (50 * chunk) == 0 or done == total:
            listener(EvaluationAdvanced(name, done * code.block_length, samples))
    offset = sums / total
    covariance = (products - total * np.outer(offset, offset)) / max(total - 1, 1)
    return Moments(shift + offset, covariance, total)


def _block_figures(
    code: Code,
    quick: QuickCode,
    pair: Pair,
    distortion: Distortion,
    batch: int,
    generator: Generator,
) -> Array:
    """(r_1 .. r_K, d_1 .. d_K) of each block: shape (2K, batch)."""
    x, y = pair.sample(batch, generator)
    shared = code.encoder.draw_common_randomness(batch, generator)
    message = quick.encode(x, shared)
    lengths = quick.code_lengths(message, y, shared)
    estimates = quick.reconstruct(message, y, shared)
    per_sample = BIT_PER_NAT / code.block_length
    rows: list[Tensor] = [length.sum(dim=-1) * per_sample for length in lengths]
    rows += [distortion.measure(x, estimate) for estimate in estimates]
    return torch.stack(rows).cpu().numpy().astype(np.float64)
