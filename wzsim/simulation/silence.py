"""x_hat where no message came: what a decoder can say from y alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, final

import attrs
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator

from wzsim.contracts import DensityPair, Distortion, Pair
from wzsim.simulation.frames import Frame
from wzsim.simulation.message_coder import MessageCoder
from wzsim.simulation.symbol_law import SymbolLaw
from wzsim.theory.exact import mean_given

Array = NDArray[np.float64]

SAMPLES = 200_000

BINS = 200
"""Of y, of equal probability."""

CHUNK = 10_000
"""Samples whose means are integrated at once."""


@final
class Silence:
    """E[X | y] for the squared error, sample by sample; for others the most probable first symbols.

    The mean is exact for a pair with densities. For any other it is that of samples, by bins of y
    between which it is a straight line; a memory of the source is not used.
    """

    def __init__(
        self, coder: MessageCoder, pair: Pair, distortion: Distortion, generator: Generator
    ) -> None:
        self._coder = coder
        self._mean: Callable[[Array], Array] | None = None
        if distortion.name != "squared-error":
            return
        if isinstance(pair, DensityPair):
            law = pair
            self._mean = lambda y: mean_given(law, y)
            return
        x, y = (
            part.double().reshape(-1).numpy()
            for part in pair.sample(max(1, SAMPLES // coder.code.block_length), generator)
        )
        order = np.argsort(y, kind="stable")
        bins = [part for part in np.array_split(order, BINS) if len(part)]
        centers, means = (np.array([values[part].mean() for part in bins]) for values in (y, x))
        self._mean = lambda y: np.interp(y, centers, means)

    @torch.inference_mode()
    def __call__(self, frame: Frame) -> NDArray[Any]:
        """As `MessageCoder.reconstruct`, of a frame without any stage."""
        if self._mean is not None:
            y = frame.y.double().reshape(-1).numpy()
            parts = [self._mean(y[start : start + CHUNK]) for start in range(0, len(y), CHUNK)]
            return np.concatenate(parts) if parts else np.zeros(0)
        law = SymbolLaw(self._coder.code).log_probs(0, (), frame.y, frame.shared)
        guess = attrs.evolve(frame, stages=(law.argmax(axis=1).astype(np.int32),))
        estimate = self._coder.reconstruct(guess)
        assert estimate is not None
        return estimate
