"""Belief propagation in torch: many blocks at once, on a CPU or a GPU.

The rows of a graph are taken in a few layers. Within a layer all checks work on the same
beliefs, and the next layer on those that it left.
"""

from __future__ import annotations

from typing import final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from wzsim.builtin.coders.ldpc.graph import Graph
from wzsim.builtin.coders.ldpc.solving import CERTAIN, Algorithm, Patience

LAYERS = 8
"""More of them need fewer iterations, each of more and smaller steps."""

BATCH = 32
"""Blocks at once."""


@final
class TorchSolver:
    """Solves for bits, given their syndromes and what side information says of them."""

    def __init__(self, graph: Graph, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self._bits = graph.bits
        degrees = np.diff(graph.row_starts)
        tied = graph.edge_bits()
        self._layers: list[tuple[Tensor, Tensor]] = []
        for layer in np.array_split(np.arange(graph.rows), min(LAYERS, graph.rows)):
            # Rows of fewer edges are filled up with a bit that is certain, beyond the last one.
            shape = (len(layer), int(degrees[layer].max()), graph.lift)
            places = np.full(shape, graph.bits, dtype=np.int64)
            for index, row in enumerate(layer):
                start, stop = graph.row_starts[row : row + 2]
                places[index, : stop - start] = tied[start:stop]
            checks = layer[:, None] * graph.lift + np.arange(graph.lift)
            pair = torch.from_numpy(places), torch.from_numpy(checks)
            self._layers.append((pair[0].to(self._device), pair[1].to(self._device)))

    def solve(
        self,
        syndromes: NDArray[np.uint8],
        llr: NDArray[np.float32],
        iterations: int,
        algorithm: Algorithm,
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        """Bits, shape (blocks, bits), and which blocks meet their syndromes, shape (blocks,).

        syndromes: shape (blocks, checks). llr: log P(0) / P(1), shape (blocks, bits) [nat].
        """
        parts = [
            self._solve(
                syndromes[start : start + BATCH], llr[start : start + BATCH], iterations, algorithm
            )
            for start in range(0, len(llr), BATCH)
        ]
        return np.concatenate([part[0] for part in parts]), np.concatenate(
            [part[1] for part in parts]
        )

    @torch.inference_mode()
    def _solve(
        self,
        syndromes: NDArray[np.uint8],
        llr: NDArray[np.float32],
        iterations: int,
        algorithm: Algorithm,
    ) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        blocks = len(llr)
        odd = torch.from_numpy(syndromes.T.copy()).to(self._device).bool()
        total = torch.full((self._bits + 1, blocks), CERTAIN, device=self._device)
        total[:-1] = torch.from_numpy(llr.T.copy()).to(self._device)
        sent = [
            torch.zeros((*places.shape, blocks), device=self._device) for places, _ in self._layers
        ]
        patience = Patience(blocks)
        found = (total[:-1] < 0).T
        for _ in range(iterations):
            doubts = torch.zeros(blocks, dtype=torch.int64, device=self._device)
            for index, (places, checks) in enumerate(self._layers):
                sent[index] = self._pass(places, odd[checks], total, sent[index], algorithm)
            for places, checks in self._layers:
                parity = (total[places] < 0).sum(dim=1) % 2 == 1
                doubts += (parity ^ odd[checks]).sum(dim=(0, 1))
            met = patience.look(doubts.cpu().numpy())
            fresh = torch.from_numpy(met).to(self._device)[:, None]
            found = torch.where(fresh, (total[:-1] < 0).T, found)
            if patience.over:
                break
        return found.to(torch.uint8).cpu().numpy(), patience.solved

    @staticmethod
    def _pass(
        places: Tensor, odd: Tensor, total: Tensor, sent: Tensor, algorithm: Algorithm
    ) -> Tensor:
        """Update the beliefs by one layer; returns what its checks sent, (rows, d, Z, blocks)."""
        message = total[places] - sent
        negative = (message < 0).sum(dim=1, keepdim=True) % 2 == 1
        flip = negative ^ odd[:, None] ^ (message < 0)
        size = message.abs().clamp(1e-7, CERTAIN)
        if algorithm == "min-sum":
            least = size.topk(min(2, size.shape[1]), dim=1, largest=False).values
            strength = 0.75 * torch.where(size > least[:, :1], least[:, :1], least[:, -1:])
        else:
            doubt = _involution(size)
            strength = _involution((doubt.sum(dim=1, keepdim=True) - doubt).clamp_min(1e-12))
        answer = torch.where(flip, -strength, strength)
        change = (answer - sent).reshape(-1, answer.shape[-1])
        total.index_add_(0, places.reshape(-1), change)
        total[-1] = CERTAIN
        return answer


def _involution(x: Tensor) -> Tensor:
    """-log tanh(x / 2), which is its own inverse."""
    return torch.log1p(2 / torch.expm1(x.clamp_max(CERTAIN)))
