"""The two kinds of belief propagation beside each other: compiled, and in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy import special
from torch import Tensor

from wzsim.builtin.coders.ldpc.belief_propagation import TorchSolver
from wzsim.builtin.coders.ldpc.code import plane_code
from wzsim.builtin.coders.ldpc.compiled import CompiledSolver
from wzsim.builtin.coders.ldpc.graph import Graph
from wzsim.builtin.coders.ldpc.solving import CERTAIN, Algorithm

Blocks = tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.float32]]


def drawn(graph: Graph, count: int, width: float) -> Blocks:
    """Bits, their syndromes and their ratios: floor(x / width) mod 2, x = y + N(0, 1)."""
    rng = np.random.default_rng(4)
    y = rng.random((count, graph.bits)) * 2 * width
    cells = np.floor((y + rng.standard_normal(y.shape)) / width).astype(np.int32)
    odd = sum(
        special.ndtr((2 * cell + 2) * width - y) - special.ndtr((2 * cell + 1) * width - y)
        for cell in range(-4, 5)
    )
    llr = (np.log1p(-odd) - np.log(odd)).clip(-CERTAIN, CERTAIN)
    bits = cells % 2
    syndromes = np.stack([graph.syndromes(block).ravel() for block in bits])
    return bits, syndromes, llr.astype(np.float32)


@pytest.mark.parametrize(
    ("algorithm", "rate", "width"), [("sum-product", 0.52, 5.5), ("min-sum", 0.45, 7.5)]
)
def test_both_solve_the_same_blocks(algorithm: Algorithm, rate: float, width: float) -> None:
    graph = plane_code(2_000, rate).ladder.graph
    bits, syndromes, llr = drawn(graph, 200, width)
    one, first = CompiledSolver(graph).solve(syndromes, llr, 200, algorithm)
    other, second = TorchSolver(graph).solve(syndromes, llr, 200, algorithm)
    both = first & second
    # At the edge the order of the checks decides.
    assert np.count_nonzero(first != second) <= 10
    assert 100 <= both.sum() < 200
    # What was found is the word, or one that is as near and for the checksum to find.
    assert np.any(one != other, axis=1)[both].sum() <= 1
    assert np.any(one != bits, axis=1)[both].sum() <= 2
    for found, met in ((one, first), (other, second)):
        for block, odd in zip(found[met], syndromes[met], strict=True):
            np.testing.assert_array_equal(graph.syndromes(block).ravel(), odd)


@pytest.mark.parametrize("algorithm", ["sum-product", "min-sum"])
def test_every_tensor_is_on_the_device_that_was_asked_for(
    algorithm: Algorithm, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The device "meta" has shapes and no numbers; it refuses to work with tensors of another.
    def without_numbers(tensor: Tensor) -> Tensor:
        return torch.ones(tensor.shape, dtype=tensor.dtype)

    graph = plane_code(500, 0.5).ladder.graph
    _, syndromes, llr = drawn(graph, 3, 5.5)
    monkeypatch.setattr(Tensor, "cpu", without_numbers)
    found, met = TorchSolver(graph, "meta").solve(syndromes, llr, 3, algorithm)
    assert found.shape == (3, graph.bits)
    assert not met.any()
