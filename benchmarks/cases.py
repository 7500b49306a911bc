"""The cases that trainings are compared on: the paper's conditional systems and their prices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, final

import attrs

REFERENCES = Path(__file__).parent / "references.json"
"""Losses of the best codes known, by case: `python -m benchmarks references` writes it."""


@final
@attrs.frozen
class Case:
    """Alphabets, noise variance, lambda; X = Y + N, Y of variance one."""

    alphabet_sizes: tuple[int, ...]
    noise_variance: float
    multiplier: float

    @property
    def name(self) -> str:
        """Such as `222, s2 = 0.1, lambda = 160`."""
        sizes = "".join(map(str, self.alphabet_sizes))
        return f"{sizes}, s2 = {self.noise_variance:g}, lambda = {self.multiplier:g}"

    def scenario(self, seed: int, training: dict[str, Any], network: dict[str, Any]) -> Any:
        """A scenario of this case, evaluated by quadrature; network: keys of all three parts."""
        part = "rnn-layered" if len(self.alphabet_sizes) > 1 else "mlp-monolithic"
        return {
            "schema": 1,
            "name": "case",
            "seed": seed,
            "correlation": {
                "source": {"name": "gaussian"},
                "channel": {"name": "gaussian", "noise_variance": self.noise_variance},
            },
            "code": {
                "alphabet_sizes": list(self.alphabet_sizes),
                "encoder": {"name": part, **network},
                "rate_estimator": {"name": "conditional", **network},
                "decoder": {"name": part, **network},
            },
            "training": {"lagrange_multiplier": self.multiplier, **training},
            "evaluation": {"method": "quadrature"},
        }


LAYERED = (
    Case((2, 2, 2), 0.1, 160.0),
    Case((4, 4), 0.1, 120.0),
    Case((2, 2, 2), 0.01, 120.0),
    Case((4, 4), 0.01, 160.0),
)

MONOLITHIC = tuple(
    Case((size,), noise_variance, 120.0) for noise_variance in (0.1, 0.01) for size in (2, 4, 8, 16)
)


def reference(case: Case) -> float:
    """Loss of the best code known [nat]."""
    return float(json.loads(REFERENCES.read_text())["losses"][case.name])
