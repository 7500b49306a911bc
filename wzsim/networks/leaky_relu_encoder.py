"""Encoders whose network sees x alone, and is piecewise linear."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from wzsim.contracts import (
    LearnedEncoder,
    Message,
    MessageShape,
    RelaxedMessage,
    ScalarEncoder,
)
from wzsim.networks.dense import Dense
from wzsim.networks.features import InputFeatures
from wzsim.networks.partition import prefix_index
from wzsim.networks.piecewise_linear import envelope_changes, label_changes, leaky_relu_kinks
from wzsim.networks.state import module_state

if TYPE_CHECKING:
    from collections.abc import Callable

Array = NDArray[np.float64]
Labels = NDArray[np.int64]

SPREAD_POINTS = 4_001
"""Points at which the spread of logits is measured."""

TIED = 1e-10
"""Relative difference below which two logits in float64 are the same."""

CHUNK = 2_000
"""Samples that pass through the network in float64 at once: activations stay in the cache."""


class LeakyReluEncoder(nn.Module, LearnedEncoder, ScalarEncoder):
    """p(m_k | x) by a LeakyReLU network of x alone, applied to each sample of a block.

    The network does not see the symbols it sends, so p(m_1^K | x) is a product
    over stages. A subclass makes the layers and writes `logits` and `hidden`; the
    first layer sees `seen(x)`. Used hard, it is a partition of the line. Where
    the network sees x itself all thresholds can be computed, because the logits
    are piecewise linear in x; with Fourier features they have to be searched.
    """

    def __init__(self, shape: MessageShape, features: InputFeatures | None) -> None:
        super().__init__()
        self.shape = shape
        self.features = features

    @property
    def inputs(self) -> int:
        """Numbers that the first layer sees."""
        return 1 if self.features is None else self.features.size

    def seen(self, x: Tensor) -> Tensor:
        """What the first layer sees of x, shape (J, 1): shape (J, inputs)."""
        return x if self.features is None else self.features(x)

    @abstractmethod
    def logits(self, x: Tensor) -> Tensor:
        """Unnormalised log p(m_k | x) [nat], linear in the last hidden layer.

        x: shape (J, 1). Returns shape (K, J, largest M_k); stage k uses the first M_k.
        """

    @abstractmethod
    def hidden(self, x: Tensor) -> Iterator[Tensor]:
        """Outputs of all hidden layers in the order in which `logits` computes them.

        x: shape (J, 1). Each has shape (J, units) and is LeakyReLU of something linear
        in x and the layers before it.
        """

    @property
    @abstractmethod
    def last_layer(self) -> Dense:
        """The one whose outputs are the logits."""

    @torch.no_grad()
    def spread_logits(self, low: float, high: float, deviation: float) -> None:
        """Scale the last layer so that logits have this deviation over (low, high).

        As drawn a network says nearly the same for every x, and a decoder learns nothing from it.
        """
        device = self.last_layer.weight.device
        x = torch.linspace(low, high, SPREAD_POINTS, device=device)[:, None]
        logits = self.logits(x)
        spread = (logits - logits.mean(dim=1, keepdim=True)).std()
        self.last_layer.weight.mul_(deviation / spread.clamp(min=1e-9))
        self.last_layer.bias.zero_()

    def stage_logits(self, x: Tensor) -> Tensor | tuple[Tensor, ...]:
        """`logits` by stage; x: (batch, n), stage k: (batch, n, M_k)."""
        sizes = self.shape.alphabet_sizes
        logits = self.logits(x.reshape(-1, 1)).reshape(len(sizes), *x.shape, max(sizes))
        if len(set(sizes)) == 1:
            return logits
        return tuple(stage[..., :size] for stage, size in zip(logits, sizes, strict=True))

    def log_probs(self, x: Tensor) -> tuple[Tensor, ...]:
        """log p(m_k | x) [nat]; x: (batch, n), stage k: (batch, n, M_k)."""
        return tuple(functional.log_softmax(stage, dim=-1) for stage in self.stage_logits(x))

    def draw(
        self, x: Tensor, choose: Callable[[int, Tensor], Tensor]
    ) -> tuple[tuple[Tensor, ...], RelaxedMessage]:
        log_probs = self.log_probs(x)
        chosen = tuple(choose(stage, log_p) for stage, log_p in enumerate(log_probs))
        return log_probs, RelaxedMessage(chosen)

    def encode(self, x: Tensor, common_randomness: Tensor | None = None) -> Message:
        return Message(tuple(stage.argmax(dim=-1) for stage in self.stage_logits(x)))

    def tree_log_probs(self, x: Tensor) -> tuple[Tensor, ...]:
        return self.log_probs(x)

    def message_index(self, x: Array) -> Labels:
        return _message_index(_in_float64(self), x)

    @torch.inference_mode()
    def thresholds(self, low: float, high: float) -> Array | None:
        if self.features is not None:
            return None
        exact = _in_float64(self)

        def hidden(x: Array) -> Iterator[Array]:
            return (layer.numpy() for layer in exact.hidden(torch.from_numpy(x)[:, None]))

        points = leaky_relu_kinks(hidden, low, high)
        stages = exact.stage_logits(torch.from_numpy(points)[:, None])
        crossings = [envelope_changes(points, stage[:, 0].numpy()) for stage in stages]
        return label_changes(partial(_message_index, exact), np.concatenate(crossings), low, high)

    def state(self) -> dict[str, NDArray[np.generic]]:
        return module_state(self)


def _in_float64(encoder: LeakyReluEncoder) -> LeakyReluEncoder:
    """A copy for numpy. Made anew each time: training moves the weights."""
    return copy.deepcopy(encoder).to("cpu", torch.float64)


@torch.inference_mode()
def _message_index(encoder: LeakyReluEncoder, x: Array) -> Labels:
    """`message_index` of a network that is in float64 already."""
    index = np.empty(x.shape, dtype=np.int64)
    for start in range(0, len(x), CHUNK):
        part = slice(start, start + CHUNK)
        stages = encoder.stage_logits(torch.from_numpy(x[part])[:, None])
        symbols = tuple(_lowest_best(stage) for stage in stages)
        whole = prefix_index(encoder.shape.alphabet_sizes, symbols)[-1]
        index[part] = whole[:, 0].numpy()
    return index


def _lowest_best(logits: Tensor) -> Tensor:
    """The first symbol of largest logit, up to rounding.

    Equal columns of weights may give sums that differ in the last bit, and not everywhere alike.
    """
    best = logits.amax(dim=-1, keepdim=True)
    return (logits >= best - TIED * (1 + best.abs())).to(torch.uint8).argmax(dim=-1)
