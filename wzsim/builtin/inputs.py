"""Inputs and outputs of networks in the scale of the pair: `features = "fourier"`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, final

import attrs
import numpy as np

from wzsim.contracts import DensityPair, DesignProblem, DiscretePair, OneOf, Pair, doc

if TYPE_CHECKING:
    import torch

    from wzsim.networks.features import InputFeatures, OutputForm

Features = Literal["none", "fourier"]

BANDWIDTH = 3.0
"""Of Fourier features, in radian a deviation of X given Y: bins half a deviation wide."""

LOGIT_DEVIATION = 5.0
"""Of an encoder's logits over x, as drawn: its messages differ from the start."""

SQUARED_ERROR = "squared-error"

TAIL = 1e-7
"""Probability outside the interval that the series covers."""

SAMPLES = 20_000
"""Of a pair without a density, to learn its scales."""


ONE_OF_FEATURES = OneOf(("none", "fourier"))

FEATURES_DOC = doc(
    "what the network sees: none, the number itself as in the paper; fourier, its Fourier series "
    "too, and a decoder adds to the linear estimate from y (method 'exact' sets it)"
)


@final
@attrs.frozen
class PairScales:
    """Where X and Y lie, and how X follows Y."""

    x_interval: tuple[float, float]
    y_interval: tuple[float, float]
    slope: float
    """Of the best linear estimate of X from Y."""
    offset: float
    deviation: float
    """Scale of X given Y."""


def pair_scales(pair: Pair) -> PairScales:
    """From the density where there is one, else from samples: the same at each call."""
    from torch import Generator

    x, y = (part.double().ravel().numpy() for part in pair.sample(SAMPLES, Generator()))
    slope = float(np.cov(x, y)[0, 1] / np.var(y)) if np.var(y) > 0 else 0.0
    offset = float(np.mean(x) - slope * np.mean(y))
    if isinstance(pair, DensityPair):
        from wzsim.theory.lloyd import conditional_deviation

        return PairScales(
            pair.x_interval(TAIL), pair.y_interval(TAIL), slope, offset, conditional_deviation(pair)
        )
    low, high = np.quantile(x - slope * y, [0.159, 0.841])
    deviation = 0.5 * float(high - low) or 1.0
    return PairScales(
        (float(x.min()), float(x.max())), (float(y.min()), float(y.max())), slope, offset, deviation
    )


def input_features(
    kind: Features, pair: Pair, variable: Literal["x", "y"], device: torch.device
) -> InputFeatures | None:
    """What a network of x or y sees, or None where it sees the number itself.

    Symbols of a finite alphabet are always seen as unit vectors.
    """
    from wzsim.networks.features import FourierFeatures, OneHotFeatures

    if isinstance(pair, DiscretePair):
        return OneHotFeatures(pair.joint().shape[0 if variable == "x" else 1])
    if kind == "none":
        return None
    scales = pair_scales(pair)
    low, high = scales.x_interval if variable == "x" else scales.y_interval
    return FourierFeatures(low, high, BANDWIDTH / scales.deviation).to(device)


def output_form(kind: Features, problem: DesignProblem, device: torch.device) -> OutputForm | None:
    """What a decoder's output becomes, or None where it is x_hat itself."""
    from wzsim.networks.features import AroundEstimate, SymbolOutput

    pair, distortion = problem.pair, problem.distortion
    if isinstance(pair, DiscretePair) and distortion.name != SQUARED_ERROR:
        import torch

        alphabet = len(pair.joint())
        values = torch.arange(alphabet, device=device)
        return SymbolOutput(alphabet, lambda weights: distortion.bayes(values, weights))
    if kind == "none" or isinstance(pair, DiscretePair):
        return None
    scales = pair_scales(pair)
    return AroundEstimate(scales.slope, scales.offset, scales.deviation).to(device)


def why_not_learned(problem: DesignProblem) -> str | None:
    """Why a network cannot give what the distortion takes; None when it can."""
    if problem.distortion.name == SQUARED_ERROR or isinstance(problem.pair, DiscretePair):
        return None
    return f"it gives numbers, which distortion '{problem.distortion.name}' may not take"
