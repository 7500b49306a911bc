"""A code drawn as the paper's Fig. 3 draws it: bins by x, reconstructions by y."""

from __future__ import annotations

import numpy as np
import torch

from wzsim.contracts import Code, DensityPair, DiscretePair, Pair, PrefixTreeDecoder
from wzsim.simulation.result import Array, Binning, Reconstruction
from wzsim.simulation.tabulated import MOST_LABELS

X_POINTS = 4001
Y_POINTS = 401
TAIL = 1e-4
"""Probability that the drawn interval leaves out."""

LARGEST_TREE = 256
"""Curves of a stage beyond which a drawing of the reconstructions says nothing."""


def _axis(pair: Pair, variable: str, points: int, generator: torch.Generator) -> Array:
    """An even grid over nearly all of X or Y."""
    if isinstance(pair, DensityPair):
        low, high = (pair.x_interval if variable == "x" else pair.y_interval)(TAIL)
    else:
        x, y = pair.sample(100_000, generator)
        values = (x if variable == "x" else y).flatten().to(torch.float64).cpu().numpy()
        low, high = np.quantile(values, [TAIL / 2, 1 - TAIL / 2])
    return np.linspace(low, high, points)


@torch.inference_mode()
def binning(code: Code, pair: Pair, generator: torch.Generator) -> Binning | None:
    """The message by x, for codes of single real samples; None for the others."""
    if code.block_length != 1 or code.shape.prefix_counts[-1] >= MOST_LABELS:
        return None
    if isinstance(pair, DiscretePair):
        return None
    x = _axis(pair, "x", X_POINTS, generator)
    column = torch.as_tensor(x, dtype=torch.float32, device=generator.device)[:, None]
    message = code.encoder.encode(column, torch.zeros_like(column))
    symbols = np.stack([stage[:, 0].cpu().numpy() for stage in message.stages])
    index = np.zeros(len(x), dtype=np.int64)
    for stage, size in zip(symbols, code.shape.alphabet_sizes, strict=True):
        index = index * size + stage
    return Binning(x=x, stage_symbols=symbols, message_index=index)


@torch.inference_mode()
def reconstruction(code: Code, pair: Pair, generator: torch.Generator) -> Reconstruction | None:
    """x_hat by message prefix and y, where the decoder can be evaluated on all prefixes."""
    decoder = code.decoder
    if (
        code.block_length != 1
        or isinstance(pair, DiscretePair)
        or not isinstance(decoder, PrefixTreeDecoder)
        or code.shape.prefix_counts[-1] > LARGEST_TREE
    ):
        return None
    y = _axis(pair, "y", Y_POINTS, generator)
    column = torch.as_tensor(y, dtype=torch.float32, device=generator.device)[:, None]
    curves = tuple(stage.T.cpu().numpy().astype(np.float64) for stage in decoder.tree(column))
    return Reconstruction(y=y, x_hat=curves)
