"""Exact training on cases drawn at random, against `lloyd` on the same case.

s2 from 0.003 to 1 and lambda s2 from 2 to 50, both log-uniform; alphabets 222, 44, 33 and 2222;
rate weights (0, .., 0, 1) or balanced; Gaussian or Laplacian noise. Both start at random, with
default effort. Excess: of the trained networks over the designed code [nat a stage].
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.trials import spread, trials

SEED = 7
CASES = 24
ALPHABETS = ((2, 2, 2), (4, 4), (3, 3), (2, 2, 2, 2))
PLUGINS = (str(Path(__file__).parent / "laplace.py"),)


def draw(rng: np.random.Generator) -> dict[str, Any]:
    """A scenario without a code."""
    variance = float(np.exp(rng.uniform(np.log(0.003), np.log(1.0))))
    multiplier = float(np.exp(rng.uniform(np.log(2.0), np.log(50.0)))) / variance
    sizes = ALPHABETS[rng.integers(len(ALPHABETS))]
    stages = len(sizes)
    weights = [1.0] * stages if rng.random() < 0.5 else [0.0] * (stages - 1) + [1.0]
    channel: dict[str, Any] = {"name": "gaussian", "noise_variance": variance}
    if rng.random() < 0.3:
        channel = {"name": "laplace", "scale": float(np.sqrt(variance / 2))}
    return {
        "schema": 1,
        "name": "random",
        "seed": int(rng.integers(2**31)),
        "correlation": {"source": {"name": "gaussian"}, "channel": channel},
        "code": {"alphabet_sizes": list(sizes)},
        "training": {"lagrange_multiplier": multiplier, "rate_weights": weights},
        "evaluation": {"method": "quadrature"},
    }


def with_encoder(scenario: dict[str, Any], name: str) -> dict[str, Any]:
    """The scenario with an encoder; rate estimator, decoder and method follow from it."""
    return {**scenario, "code": {**scenario["code"], "encoder": name}}


def run() -> Iterator[str]:
    rng = np.random.default_rng(SEED)
    drawn = [draw(rng) for _ in range(CASES)]
    found = list(
        trials(
            [with_encoder(one, name) for one in drawn for name in ("rnn-layered", "lloyd")], PLUGINS
        )
    )
    yield "| alphabets | noise | s2 | lambda s2 | weights | lloyd | s | exact | s | excess |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    excesses = []
    for one, exact, lloyd in zip(drawn, found[::2], found[1::2], strict=True):
        sizes, channel = one["code"]["alphabet_sizes"], one["correlation"]["channel"]
        variance = channel.get("noise_variance") or 2 * channel["scale"] ** 2
        excesses.append((exact.loss - lloyd.loss) / len(sizes))
        weights = "balanced" if one["training"]["rate_weights"][0] else "total"
        product = one["training"]["lagrange_multiplier"] * variance
        yield (
            f"| {''.join(map(str, sizes))} | {channel['name']} | {variance:.3g} | {product:.3g} "
            f"| {weights} | {lloyd.loss:.3f} | {lloyd.seconds:.0f} | {exact.loss:.3f} "
            f"| {exact.seconds:.0f} | {excesses[-1]:+.4f} |"
        )
    yield ""
    yield f"Excess a stage, median / worst: {spread(excesses, 4)} nat."
